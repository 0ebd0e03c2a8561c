import { randomUUID } from 'node:crypto'
import { Waiters } from '../shared/waiters.ts'

/** Whether the instance takes calls. Who asks may wait until that is no longer as it was. */
export class Usability {
  readonly #read: () => boolean
  /** another process has other states, whatever it counts */
  readonly #process = randomUUID().slice(0, 8)
  readonly #waiters = new Waiters()
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
    this.#waiters.wake()
  }

  /** The instance ends: nobody waits here any longer. */
  close(): void {
    this.#closed = true
    this.look()
    this.#waiters.wake()
  }

  /** Resolves when the state is not this, at the deadline (clock of `performance.now()`, ms), or when its caller goes. */
  async changed(from: string, deadlineAt: number, gone: AbortSignal | undefined): Promise<void> {
    if (this.#closed || this.state !== from) return
    await this.#waiters.wait(deadlineAt - performance.now(), gone)
  }
}
