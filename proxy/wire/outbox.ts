import { TurnEnd } from '../turn-end.ts'

/** Has something that is to be written. */
export interface Sender {
  flush(): void
}

/** Requests to instances that leave together, at the end of a turn of the event loop. */
export class Outbox extends TurnEnd<Sender> {
  readonly #isAwaited: () => boolean

  /** `isAwaited`: whether calls wait for a slot */
  constructor(isAwaited: () => boolean) {
    super((sender) => sender.flush())
    this.#isAwaited = isAwaited
  }

  /**
   * Whether requests leave together: while calls wait for slots many come and go at once, and an instance that is woken in between
   * preempts the proxy, a tenth of all calls with 1 ms of service time. While none waits, each instance is awaited by somebody.
   */
  get holds(): boolean {
    return this.#isAwaited()
  }
}
