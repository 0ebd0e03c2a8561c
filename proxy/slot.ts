import type { SLOT_STATES } from '../shared/schemas/client.ts'
import type { Lease } from './lease.ts'

export type SlotState = (typeof SLOT_STATES)[number]

/**
 *          probe ok            acquire             settle
 *   down ───────────► idle ─────────────► busy ─────────────► idle, or at once busy with the next in line
 *     ▲  ◄── probe fails ┴─── instance lost ┘
 *     └── probe ok while a call from before still runs there ──► busy
 *   drain: a call still runs there ──► draining ──settle──► drained ◄── nothing runs there
 *   resume: draining ──► busy, drained ──► idle, or down as the last probe said
 */
const transitions: Readonly<Record<SlotState, readonly SlotState[]>> = {
  down: ['idle', 'busy', 'draining', 'drained'],
  idle: ['busy', 'drained', 'down'],
  busy: ['idle', 'draining', 'down'],
  draining: ['busy', 'drained', 'down'],
  drained: ['idle', 'down'],
}

/** What the proxy knows of one place for a call at one instance. */
export class Slot {
  readonly clientId: number
  readonly origin: string
  /** Why it is down; null while it is not. */
  reason: string | null = 'not probed yet'
  hint: string | null = null
  /** The call that runs there, also while the slot is down: an instance may come back before it has finished. */
  lease: Lease | null = null
  /** Leased calls begun here. */
  calls = 0
  #state: SlotState = 'down'
  #since: number
  readonly #now: () => number
  readonly #onMove: (slot: Slot, from: SlotState) => void

  constructor(
    clientId: number,
    origin: string,
    onMove: (slot: Slot, from: SlotState) => void,
    now: () => number = Date.now,
  ) {
    this.clientId = clientId
    this.origin = origin
    this.#onMove = onMove
    this.#now = now
    this.#since = now()
  }

  get state(): SlotState {
    return this.#state
  }

  /** When it came into its state, with the call it has, epoch ms. */
  get since(): number {
    return this.#since
  }

  /** Begins its state anew: another call is at work in it. */
  renew(): void {
    this.#since = this.#now()
  }

  /** The one door between states. @throws when there is no such way */
  moveTo(next: SlotState): void {
    const from = this.#state
    if (!transitions[from].includes(next)) {
      throw new Error(`slot ${this.clientId}: ${from} cannot become ${next}`)
    }
    this.#state = next
    this.#since = this.#now()
    this.#onMove(this, from)
  }
}
