import type { Clock } from './clock.ts'
import { Signal } from './signal.ts'
import { dayOf } from './zone.ts'

/** Older bulletins than the latest so many are forgotten. */
const MAX_KEPT = 1000

/** One bulletin. Type 1 is a regular one, 2 an exchange that closes to trading, 3 one that opens again. */
export interface Bulletin {
  readonly messageId: number
  readonly messageType: number
  readonly text: string
  readonly exchange: string
  readonly issuedAt: number
}

/** Bulletins: rare news from IB itself to everybody. */
export class Bulletins {
  /** one has been issued */
  readonly issued = new Signal<Bulletin>()
  readonly #clock: Clock
  readonly #zone: string
  #kept: Bulletin[] = []
  #lastId = 0

  constructor(clock: Clock, zone: string) {
    this.#clock = clock
    this.#zone = zone
  }

  /** Those of today, the oldest first. */
  get today(): Bulletin[] {
    const day = dayOf(this.#zone, this.#clock.now())
    return this.#kept.filter(({ issuedAt }) => dayOf(this.#zone, issuedAt) === day)
  }

  issue(bulletin: Pick<Bulletin, 'messageType' | 'text' | 'exchange'>): Bulletin {
    this.#lastId += 1
    const one = { messageId: this.#lastId, issuedAt: this.#clock.now(), ...bulletin }
    this.#kept = [...this.#kept.slice(1 - MAX_KEPT), one]
    this.issued.tell(one)
    return one
  }
}
