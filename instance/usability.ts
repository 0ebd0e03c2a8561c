import { randomUUID } from 'node:crypto'

/** Whether the instance takes calls. Who asks may wait until that is no longer as it was. */
export class Usability {
  readonly #read: () => boolean
  /** another process has other states, whatever it counts */
  readonly #process = randomUUID().slice(0, 8)
  readonly #waiting = new Set<() => void>()
  #isUsable: boolean
  #changes = 0
  #closed = false

  /** @param read whether it takes calls now */
  constructor(read: () => boolean) {
    this.#read = read
    this.#isUsable = read()
  }

  get isUsable(): boolean {
    return this.#read()
  }

  /** Names the present state: it has changed when this is another text. */
  get state(): string {
    this.look()
    return `${this.#process}.${this.#changes}`
  }

  /** Something happened that it may depend on. */
  look(): void {
    const isUsable = this.#read()
    if (isUsable === this.#isUsable) return
    this.#isUsable = isUsable
    this.#changes += 1
    this.#wake()
  }

  /** The instance ends: nobody waits here any longer. */
  close(): void {
    this.#closed = true
    this.look()
    this.#wake()
  }

  #wake(): void {
    for (const end of [...this.#waiting]) end()
  }

  /** Resolves when the state is not this, at the deadline (clock of `performance.now()`, ms), or when its caller goes. */
  changed(from: string, deadlineAt: number, gone: AbortSignal | undefined): Promise<void> {
    if (this.#closed || this.state !== from || gone?.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        this.#waiting.delete(end)
        gone?.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, Math.max(0, deadlineAt - performance.now()))
      gone?.addEventListener('abort', end)
      this.#waiting.add(end)
    })
  }
}
