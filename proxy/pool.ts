import { type Problem, problem } from '../shared/problem.ts'
import type { ClientStatus, PoolStatus } from '../shared/schemas/client.ts'
import { FillsTold } from './fills-told.ts'
import { Lease } from './lease.ts'
import { fits, Line, type Waiter } from './line.ts'
import { Slot, type SlotState } from './slot.ts'
import { STEWARD } from './steward.ts'

/** Seconds after which a caller that met a pool without usable instances should try again. */
const RETRY_AFTER_DOWN_S = 2
/** How long a slot rests whose instance was busy for another proxy, ms: long enough not to spin, short beside a call. */
const TURNED_AWAY_REST_MS = 20
/** The steward counts as having so many calls more than it has. */
const STEWARD_LOAD = 0.5
/** Weight of the newest call in the running mean of service times. */
const MEAN_WEIGHT = 0.05

export interface PoolOptions {
  readonly origins: readonly string[]
  readonly slotsPerInstance: number
  readonly queueLimit: number
  readonly now?: () => number
}

/**
 * The slots of all instances and the line before them. A state is a set: whoever counts a state counts its set.
 * A freed slot goes to the head of the line in the same turn.
 */
export class Pool {
  readonly slots: readonly Slot[]
  readonly size: number
  readonly fills = new FillsTold()
  readonly line: Line
  readonly #sets: Readonly<Record<SlotState, Set<Slot>>> = {
    down: new Set(),
    idle: new Set(),
    busy: new Set(),
    draining: new Set(),
  }
  readonly #byClient: readonly (readonly Slot[])[]
  readonly #now: () => number
  #open = 0
  #closed = false
  #onEmpty: (() => void) | undefined
  #meanServiceMs = 10
  /** the client `anyUp` named last */
  #lastTaken = -1

  constructor({ origins, slotsPerInstance, queueLimit, now = Date.now }: PoolOptions) {
    const move = (slot: Slot, from: SlotState) => {
      this.#sets[from].delete(slot)
      this.#sets[slot.state].add(slot)
    }
    this.#now = now
    this.size = origins.length
    // lane by lane, so that the slots idle longest belong to different instances
    this.slots = Array.from({ length: slotsPerInstance }, () =>
      origins.map((origin, clientId) => new Slot(clientId, origin, move, now)),
    ).flat()
    for (const slot of this.slots) this.#sets.down.add(slot)
    this.#byClient = origins.map((_, clientId) =>
      this.slots.filter((slot) => slot.clientId === clientId),
    )
    this.line = new Line(queueLimit, now)
  }

  /** How many slots are in a state. */
  count(state: SlotState): number {
    return this.#sets[state].size
  }

  /** Leased calls that have not ended at their instance. */
  get open(): number {
    return this.#open
  }

  /** Whether an instance may be sent to: some slot of it is neither down nor draining. */
  isUp(clientId: number): boolean {
    return this.slotsOf(clientId).some(({ state }) => state === 'idle' || state === 'busy')
  }

  slotsOf(clientId: number): readonly Slot[] {
    return this.#byClient[clientId] ?? []
  }

  /**
   * A client that may be sent to, each in turn, for a call that takes no slot and may go anywhere.
   * @throws Problem PROXY_NO_INSTANCE, PROXY_SHUTTING_DOWN
   */
  anyUp(): number {
    if (this.#closed) throw shuttingDown()
    for (let step = 1; step <= this.size; step += 1) {
      const clientId = (this.#lastTaken + step) % this.size
      if (!this.isUp(clientId)) continue
      this.#lastTaken = clientId
      return clientId
    }
    throw this.#noInstance()
  }

  /** Grants the slot idle longest, lets the caller wait for one, or refuses at once where waiting is in vain. */
  acquire(waiter: Waiter): void {
    const slot = this.#closed ? undefined : this.#idleFor(waiter)
    if (slot !== undefined) {
      this.#grant(slot, waiter)
      return
    }
    const refusal =
      this.#whyVain(waiter) ??
      (this.line.isFull ? this.#busy(`${this.line.limit} calls wait already`) : undefined)
    if (refusal === undefined) this.line.join(waiter, waiter.since)
    else waiter.refused(refusal)
  }

  /**
   * The slot idle longest at the instance that works least, so that the instances' message rates are used evenly; the
   * steward, who has work nobody else can do, comes last. No slot stays idle while somebody waits.
   */
  #idleFor(waiter: Waiter): Slot | undefined {
    let best: Slot | undefined
    let least = Number.POSITIVE_INFINITY
    for (const slot of this.#sets.idle) {
      if (!fits(waiter, slot)) continue
      const isSteward = slot.clientId === STEWARD && this.size > 1
      const load = this.#busyAt(slot.clientId) + (isSteward ? STEWARD_LOAD : 0)
      if (load < least) [best, least] = [slot, load]
      if (load === 0) break
    }
    return best
  }

  #busyAt(clientId: number): number {
    let busy = 0
    for (const { state } of this.slotsOf(clientId)) if (state === 'busy') busy += 1
    return busy
  }

  /** A caller stops waiting: its deadline passed. What it is to be told. */
  giveUp(waiter: Waiter): Problem {
    this.line.leave(waiter)
    return this.#busy('No instance became free before the deadline')
  }

  /** The probe's good word: the instance takes calls. */
  up(clientId: number): void {
    for (const slot of this.slotsOf(clientId)) {
      if (slot.state !== 'down' || this.#closed) continue
      slot.reason = null
      slot.hint = null
      if (slot.lease === null) this.#free(slot)
      else slot.moveTo('busy')
    }
  }

  /** The probe's bad word, or a connection's: nothing is sent there until the next good one. */
  down(clientId: number, reason: string, hint: string | null = null): void {
    for (const slot of this.slotsOf(clientId)) {
      slot.reason = reason
      slot.hint = hint
      if (slot.state !== 'down') slot.moveTo('down')
    }
    this.#refuseInVain()
  }

  /** Refuses everyone who waits, lets running calls finish; resolves when the last has. */
  async close(): Promise<void> {
    this.#closed = true
    this.#refuseInVain()
    for (const slot of this.slots)
      if (slot.state === 'idle' || slot.state === 'busy') slot.moveTo('draining')
    if (this.#open > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve))
  }

  /** What `GET /clients` shows. */
  status(): PoolStatus {
    const clients = Array.from({ length: this.size }, (_, clientId) => this.#clientStatus(clientId))
    return {
      usable: clients.filter(({ connected }) => connected).length,
      idle: this.count('idle'),
      busy: this.count('busy'),
      down: this.count('down'),
      connected: Object.fromEntries(
        clients.map(({ clientId, connected }) => [clientId, connected]),
      ),
      queue: {
        length: this.line.length,
        limit: this.line.limit,
        oldestWaitMs: this.line.oldestWaitMs,
      },
      clients,
    }
  }

  #clientStatus(clientId: number): ClientStatus {
    const slots = this.slotsOf(clientId)
    // an instance with a free slot is idle, whatever its other slots do
    const shown = slots.find(({ state }) => state === 'idle') ?? slots[0]
    if (shown === undefined) throw new Error(`there is no client ${clientId}`)
    return {
      clientId,
      connected: this.isUp(clientId),
      state: shown.state,
      since: new Date(shown.since).toISOString(),
      reason: shown.reason,
      hint: shown.hint,
      slots: slots.length,
      busy: this.#busyAt(clientId),
      calls: slots.reduce((sum, slot) => sum + slot.calls, 0),
    }
  }

  #grant(slot: Slot, waiter: Waiter): void {
    const begun = this.#now()
    slot.moveTo('busy')
    slot.calls += 1
    this.#open += 1
    slot.lease = new Lease(slot, (ending, reason) => {
      this.#open -= 1
      slot.lease = null
      if (ending === 'finished') {
        this.#meanServiceMs += MEAN_WEIGHT * (this.#now() - begun - this.#meanServiceMs)
        if (slot.state === 'busy') this.#free(slot)
      } else if (ending === 'turned-away') {
        this.#rest(slot)
      } else {
        this.down(slot.clientId, reason)
      }
      if (this.#open === 0) this.#onEmpty?.()
    })
    waiter.granted(slot.lease)
  }

  /** Leaves a slot busy for a moment although nobody holds it. */
  #rest(slot: Slot): void {
    setTimeout(() => {
      if (slot.state === 'busy' && slot.lease === null) this.#free(slot)
    }, TURNED_AWAY_REST_MS)
  }

  /** A slot nobody uses: the head of the line has it in this very turn, or it is idle. */
  #free(slot: Slot): void {
    slot.moveTo('idle')
    const next = this.line.shiftFor(slot)
    if (next !== undefined) this.#grant(slot, next)
  }

  /** Whether some slot may come free for this caller; asked for every call that must wait, so it allocates nothing. */
  #mayServe(waiter: Waiter, slots: Iterable<Slot>): boolean {
    for (const slot of slots) if (fits(waiter, slot)) return true
    return false
  }

  #whyVain(waiter: Waiter): Problem | undefined {
    if (this.#closed) return shuttingDown()
    if (this.#mayServe(waiter, this.#sets.busy) || this.#mayServe(waiter, this.#sets.idle))
      return undefined
    const { pinnedTo } = waiter
    if (pinnedTo !== undefined && !this.isUp(pinnedTo)) {
      return ownerDown(pinnedTo, this.slotsOf(pinnedTo)[0]?.reason ?? null)
    }
    const usable = this.count('idle') + this.count('busy')
    return usable > 0 ? this.#busy('every instance turned the call away') : this.#noInstance()
  }

  #refuseInVain(): void {
    for (const waiter of [...this.line.waiters()]) {
      const vain = this.#whyVain(waiter)
      if (vain === undefined) continue
      this.line.leave(waiter)
      waiter.refused(vain)
    }
  }

  #noInstance(): Problem {
    const reasons = new Set(
      this.slots.map(({ reason }) => reason).filter((reason) => reason !== null),
    )
    return problem('PROXY_NO_INSTANCE', {
      detail: `None of ${this.size} instances is usable: ${[...reasons].slice(0, 3).join('; ')}`,
      retryAfter: RETRY_AFTER_DOWN_S,
    })
  }

  /** Retry-After from what the line holds and how fast it has been moving. */
  #busy(detail: string): Problem {
    const carried = Math.max(1, this.count('idle') + this.count('busy'))
    return problem('PROXY_POOL_BUSY', {
      detail,
      retryAfter: ((this.line.length + 1) * this.#meanServiceMs) / carried / 1000,
    })
  }
}

function shuttingDown(): Problem {
  return problem('PROXY_SHUTTING_DOWN', { retryAfter: RETRY_AFTER_DOWN_S })
}

/** What a caller hears whose call only one client may serve while that one is down. */
export function ownerDown(clientId: number, reason: string | null): Problem {
  return problem('PROXY_OWNER_DOWN', {
    detail: `Only client ${clientId} can serve this, and it is not usable${reason === null ? '' : `: ${reason}`}`,
    retryAfter: RETRY_AFTER_DOWN_S,
    members: { client_id: clientId },
  })
}
