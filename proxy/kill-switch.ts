import type { FastifyRequest } from 'fastify'
import { pauseOrders, resumeOrders, SwitchWish } from '../shared/api/clients.ts'
import { judgeOfBody } from '../shared/judged.ts'
import { isNewer, NEVER_THROWN, pausedSince, readState, thrown } from '../shared/kill-switch.ts'
import { type Problem, problem } from '../shared/problem.ts'
import type { KillSwitchState, SwitchThrown } from '../shared/schemas/client.ts'
import type { Instances } from './upstreams.ts'

/** An instance is told of the switch within this time, ms, or later by the probe. */
const TELL_TIMEOUT_MS = 2000
/** Where another clock is ahead the word is given again, above what was heard there; so often at most. */
const MAX_ROUNDS = 3

/**
 * The kill switch as this proxy knows it: the newest word of all instances, which keep it. Whoever has an older one is
 * told before it is used. Once the word says paused nothing leaves here, whatever instances know.
 */
export class KillSwitch {
  readonly #options: Instances
  /** what each instance last said; none for one that knows no such switch */
  readonly #said = new Map<number, KillSwitchState>()
  #state = NEVER_THROWN

  constructor(options: Instances) {
    this.#options = options
  }

  get state(): KillSwitchState {
    return this.#state
  }

  /** What an instance said of itself when it was probed; resolves when one with an older word was told, or cannot be. */
  async heard(clientId: number, said: unknown): Promise<void> {
    if (
      this.#take(clientId, said) &&
      isNewer(this.#state, this.#said.get(clientId) as KillSwitchState)
    )
      await this.#tell(clientId)
  }

  /** Throws the switch and tells every instance that can be reached; the others hear of it from the probe. */
  async throw(paused: boolean, reason: string | null): Promise<SwitchThrown> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      this.#adopt(thrown(paused, reason, this.#state))
      await Promise.all(this.#clients.map((clientId) => this.#tell(clientId)))
      if (this.#state.paused === paused) break
    }
    const told = this.#clients.filter((clientId) => this.#knows(clientId))
    const untold = this.#clients.filter((clientId) => !told.includes(clientId))
    return { ...this.#state, clients: { told, untold } }
  }

  /**
   * Why a call that opens something is not let through; undefined while it is. Under a key an instance that knows of
   * the switch is asked all the same: it sends nothing new, and can tell what became of the key.
   */
  refusal(keyedFor?: number): Problem | undefined {
    if (!this.#state.paused) return undefined
    if (keyedFor !== undefined && this.#knows(keyedFor)) return undefined
    const { at, reason } = this.#state
    return problem('PROXY_ORDERS_PAUSED', {
      detail: pausedSince(this.#state),
      members: { since: new Date(at).toISOString(), reason },
    })
  }

  get #clients(): number[] {
    return Array.from({ length: this.#options.pool.size }, (_, clientId) => clientId)
  }

  #knows(clientId: number): boolean {
    const said = this.#said.get(clientId)
    return said !== undefined && !isNewer(this.#state, said)
  }

  #adopt(state: KillSwitchState): void {
    if (!isNewer(state, this.#state)) return
    this.#state = state
    // who waits in line with an order waits in vain
    if (state.paused) this.#options.pool.reconsider()
  }

  /** Takes note of an instance's word; false where it has none. */
  #take(clientId: number, said: unknown): boolean {
    const state = readState(said)
    if (state === undefined) {
      this.#said.delete(clientId)
      return false
    }
    this.#said.set(clientId, state)
    this.#adopt(state)
    return true
  }

  async #tell(clientId: number): Promise<void> {
    const { paused, at, reason } = this.#state
    const { url } = paused ? pauseOrders : resumeOrders
    try {
      const answer = await this.#options.upstreams.questions(clientId)?.request({
        method: 'POST',
        path: url,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ at, ...(reason !== null && { reason }) }),
        signal: AbortSignal.timeout(TELL_TIMEOUT_MS),
      })
      const text = (await answer?.body.text()) ?? ''
      if (answer?.statusCode === 200) this.#take(clientId, JSON.parse(text))
    } catch {
      // it is down, or no instance of ours: the probe tells it when it is back
    }
  }
}

const mustBeWish = judgeOfBody(SwitchWish)

/** Why the switch is thrown, as its caller says. @throws Problem for a body that says something else */
export function reasonIn(request: FastifyRequest): string | null {
  const { body } = request
  const text = Buffer.isBuffer(body) ? body.toString() : ''
  const wish = text === '' ? {} : parsed(text)
  mustBeWish(wish, request.url.split('?', 1)[0] ?? '')
  return (wish as { reason?: string }).reason ?? null
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw problem('REQUEST_UNPARSABLE', { detail: String(error) })
  }
}
