import type { Slot } from './slot.ts'

/** One client id of the pool: its instance, its slots there, and whether they are given out. */
export class Member {
  readonly clientId: number
  origin: string
  slots: readonly Slot[] = []
  /** the last word of a probe or a connection; apart from whether its slots are given out */
  isUp = false
  /** its last probe was answered, whatever was said: what it knows can be read, also while it cannot be used */
  answers = false
  isDrainedByOperator = false
  /** where it is to be; undefined: it is to leave the pool */
  destination: string | undefined
  /** calls that take no slot and have not ended there */
  beside = 0

  constructor(clientId: number, origin: string) {
    this.clientId = clientId
    this.origin = origin
    this.destination = origin
  }

  /** Why its slots are not given out; null while they are. */
  get whyDraining(): string | null {
    if (this.isDrainedByOperator) return 'drained by an operator'
    if (this.destination === undefined) return 'it is leaving the pool'
    return this.destination === this.origin ? null : `it is moving to ${this.destination}`
  }

  /** Leased calls that have not ended there. */
  get active(): number {
    let active = 0
    for (const { lease } of this.slots) if (lease !== null) active += 1
    return active
  }

  /** Slots at work. */
  get busy(): number {
    let busy = 0
    for (const { state } of this.slots) if (state === 'busy' || state === 'draining') busy += 1
    return busy
  }

  /** Why it is down. */
  get reason(): string | null {
    return this.slots[0]?.reason ?? null
  }
}
