import { isNewer, NEVER_THROWN, pausedSince, thrown } from '../shared/kill-switch.ts'
import { type Problem, problem } from '../shared/problem.ts'
import type { KillSwitchState } from '../shared/schemas/client.ts'

/** Where the switch is kept. */
export interface KillSwitchStore {
  readonly read: () => KillSwitchState | undefined
  /** on the disk when it returns; throws when it cannot be written */
  readonly write: (state: KillSwitchState) => void
}

/** This client's kill switch: while it is thrown nothing that opens or changes an order is sent. It survives restarts. */
export class KillSwitch {
  readonly #store: KillSwitchStore
  #state: KillSwitchState

  constructor(store: KillSwitchStore) {
    this.#store = store
    this.#state = store.read() ?? NEVER_THROWN
  }

  get state(): KillSwitchState {
    return this.#state
  }

  /**
   * Throws the switch now, or takes note that it was thrown elsewhere at `at`; a word older than its own changes nothing.
   * @throws Problem INSTANCE_LEDGER_FAILED when it cannot be written down: a pause holds all the same, until a restart
   */
  throw(paused: boolean, reason: string | null, at?: number): KillSwitchState {
    const word = at === undefined ? thrown(paused, reason, this.#state) : { paused, reason, at }
    if (!isNewer(word, this.#state)) return this.#state
    // what stops orders holds before it is written, what allows them only after
    if (paused) this.#state = word
    try {
      this.#store.write(word)
    } catch (error) {
      const detail = paused
        ? `Orders are paused, but it could not be written down: ${String(error)}`
        : `Orders stay as they were, because it could not be written down: ${String(error)}`
      throw problem('INSTANCE_LEDGER_FAILED', { detail, cause: error })
    }
    this.#state = word
    return word
  }

  /** Why nothing may be sent that opens or changes an order; undefined while it may. */
  get refusal(): Problem | undefined {
    if (!this.#state.paused) return undefined
    const { at, reason } = this.#state
    return problem('INSTANCE_ORDERS_PAUSED', {
      detail: pausedSince(this.#state),
      members: { since: new Date(at).toISOString(), reason },
    })
  }
}
