/** Those who ask the same thing at the same time: one asking answers them all. */
export class Joined<Answer> {
  readonly #running = new Map<string, Promise<Answer>>()

  /**
   * The answer of the asking that runs under this key, or of `ask`, which must end by itself: it goes on though whoever
   * began it leaves. Undefined when it has not come within so long, ms, or `gone` aborts.
   */
  ask(
    key: string,
    ask: () => Promise<Answer>,
    withinMs: number,
    gone?: AbortSignal,
  ): Promise<Answer | undefined> {
    const running = this.#running.get(key) ?? this.#begin(key, ask)
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer)
        gone?.removeEventListener('abort', leave)
      }
      const leave = () => {
        end()
        resolve(undefined)
      }
      const timer = setTimeout(leave, Math.max(0, withinMs))
      gone?.addEventListener('abort', leave)
      running.then(resolve, reject).finally(end)
      if (gone?.aborted) leave()
    })
  }

  #begin(key: string, ask: () => Promise<Answer>): Promise<Answer> {
    const running = ask().finally(() => this.#running.delete(key))
    this.#running.set(key, running)
    return running
  }
}
