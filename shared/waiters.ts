/** Those who wait for something to happen: each until it does, its time is over, or its caller goes. */
export class Waiters {
  readonly #waiting = new Set<(isWoken: boolean) => void>()

  /** How many wait. */
  get size(): number {
    return this.#waiting.size
  }

  /** True at the next `wake`; false after so long, ms (undefined: never by itself), or when `gone` aborts. */
  wait(withinMs?: number, gone?: AbortSignal): Promise<boolean> {
    if (gone?.aborted) return Promise.resolve(false)
    return new Promise((resolve) => {
      const end = (isWoken: boolean) => {
        clearTimeout(timer)
        this.#waiting.delete(end)
        gone?.removeEventListener('abort', leave)
        resolve(isWoken)
      }
      const leave = () => end(false)
      const timer = withinMs === undefined ? undefined : setTimeout(leave, Math.max(0, withinMs))
      gone?.addEventListener('abort', leave)
      this.#waiting.add(end)
    })
  }

  /** It has happened: everybody goes and looks. */
  wake(): void {
    for (const end of [...this.#waiting]) end(true)
  }
}
