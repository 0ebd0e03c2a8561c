import { type Problem, problem } from '../shared/problem.ts'
import type { PoolStatus } from '../shared/schemas/client.ts'
import { FillsTold } from './fills-told.ts'
import { Lease } from './lease.ts'
import { type CallClass, fits, Line, type Waiter } from './line.ts'
import type { Member } from './member.ts'
import { Pause } from './pause.ts'
import { slotFor } from './placement.ts'
import { viewOf } from './pool-view.ts'
import { draining, ownerDown, paused, shuttingDown } from './refusals.ts'
import { Roster } from './roster.ts'
import type { Slot, SlotState } from './slot.ts'
import { Utilisation } from './utilisation.ts'
import { Work } from './work.ts'

/** How long a slot rests whose instance was busy for another proxy, ms: long enough not to spin, short beside a call. */
const TURNED_AWAY_REST_MS = 20
/** Weight of the newest call in the running mean of service times. */
const MEAN_WEIGHT = 0.05
/** What is served while the pool is paused: an order must remain cancellable. */
const NEVER_HELD: readonly CallClass[] = ['cancel']

export interface PoolOptions {
  /** one per instance; the index is the client id */
  readonly origins: readonly string[]
  readonly slotsPerInstance: number
  readonly queueLimit: number
  /** so many client ids share the keys of orders; the number of origins where nothing is said */
  readonly keyClients?: number | undefined
  readonly now?: () => number
}

/**
 * The slots of all instances and the line before them. A state is a set: whoever counts a state counts its set.
 * A freed slot goes to the head of the line in the same turn.
 */
export class Pool {
  readonly fills = new FillsTold()
  readonly line: Line
  /** Whether newcomers are held back, and those of them that take no slot. */
  readonly pause: Pause
  /** Keys of orders belong to client ids below this, whatever joins or leaves: a key must never change its owner. */
  readonly keyClients: number
  readonly #sets: Readonly<Record<SlotState, Set<Slot>>> = {
    down: new Set(),
    idle: new Set(),
    busy: new Set(),
    draining: new Set(),
    drained: new Set(),
  }
  /** Share of the slots' time in which they were at work, lately. */
  readonly utilisation: Utilisation
  readonly #roster: Roster
  readonly #work = new Work()
  readonly #now: () => number
  #closed = false
  #meanServiceMs = 10
  /** the client `anyUp` named last */
  #lastTaken = -1

  constructor({ origins, slotsPerInstance, queueLimit, keyClients, now = Date.now }: PoolOptions) {
    this.#now = now
    this.line = new Line(queueLimit, now)
    this.pause = new Pause(queueLimit, now)
    this.keyClients = keyClients ?? origins.length
    this.utilisation = new Utilisation(now)
    this.#roster = new Roster({
      ...{ slotsPerInstance, now, known: this.keyClients },
      onSlotMoved: (slot, from) => {
        if (from !== undefined) this.#sets[from].delete(slot)
        this.#sets[slot.state].add(slot)
        const busy = this.count('busy') + this.count('draining')
        this.utilisation.count(busy, busy + this.count('idle'))
      },
      onSlotGone: (slot) => this.#sets[slot.state].delete(slot),
      onDrain: (member) => this.#apply(member),
    })
    this.become(origins)
  }

  /** Client ids of the pool. */
  get size(): number {
    return this.members.length
  }

  /** Client ids that may have orders, those that have left included. */
  get known(): number {
    return this.#roster.known
  }

  get members(): readonly Member[] {
    return this.#roster.members
  }

  /** Running mean of the time a leased call takes at its instance, ms. */
  get meanServiceMs(): number {
    return this.#meanServiceMs
  }

  /** How many slots are in a state. */
  count(state: SlotState): number {
    return this.#sets[state].size
  }

  /** Leased calls that have not ended at their instance. */
  get open(): number {
    return this.#work.leased
  }

  /** Whether an instance may be sent to: nothing bad was heard of it last. */
  isUp(clientId: number): boolean {
    return this.members[clientId]?.isUp === true
  }

  /** Why an instance may not be sent to, as far as that is known. */
  reasonOf(clientId: number): string | null {
    const member = this.members[clientId]
    return member === undefined ? 'it is not in the pool' : member.reason
  }

  /** Tells of each client that has joined, has left or is somewhere else now. */
  whenMoved(listener: (clientId: number) => void): void {
    this.#roster.whenMoved(listener)
  }

  /**
   * Stands from now on before these instances; the index is the client id. Who leaves or moves finishes its calls
   * first and gets no new ones; who joins is down until it was probed.
   */
  become(origins: readonly string[]): void {
    this.#roster.become(origins)
  }

  /**
   * A client that may be sent to, each in turn, for a call that takes no slot and may go anywhere.
   * @throws Problem PROXY_NO_INSTANCE, PROXY_DRAINING, PROXY_SHUTTING_DOWN
   */
  anyUp(): number {
    if (this.#closed) throw shuttingDown()
    for (let step = 1; step <= this.size; step += 1) {
      const clientId = (this.#lastTaken + step) % this.size
      const member = this.members[clientId]
      if (member?.isUp !== true || member.whyDraining !== null) continue
      this.#lastTaken = clientId
      return clientId
    }
    throw this.#roster.whyNone()
  }

  /** Grants an idle slot, lets the caller wait for one, or refuses at once where waiting is in vain. */
  acquire(waiter: Waiter): void {
    const barred = waiter.barred?.()
    if (barred !== undefined) {
      waiter.refused(barred)
      return
    }
    // no slot stays idle while somebody waits who is not held
    const mayServe = !(this.#closed || this.#isHeld(waiter))
    const slot = mayServe ? slotFor(waiter, this.#sets.idle, this) : undefined
    if (slot !== undefined) {
      this.#grant(slot, waiter)
      return
    }
    const refusal =
      this.#whyVain(waiter) ??
      (this.line.isFull ? this.#inVain(waiter, `${this.line.limit} calls wait already`) : undefined)
    if (refusal === undefined) this.line.join(waiter, waiter.since)
    else waiter.refused(refusal)
  }

  #isHeld({ callClass }: Waiter): boolean {
    return this.pause.since !== undefined && !NEVER_HELD.includes(callClass)
  }

  /** A caller stops waiting: its deadline passed. What it is to be told. */
  giveUp(waiter: Waiter): Problem {
    this.line.leave(waiter)
    return this.#isHeld(waiter)
      ? paused('The pool was not resumed before the deadline')
      : this.#busy('No instance became free before the deadline')
  }

  /** A call that takes no slot goes to its client. */
  enterBeside(clientId: number): void {
    this.#work.begin('beside')
    const member = this.members[clientId]
    if (member !== undefined) member.beside += 1
  }

  /** It has ended there. */
  leaveBeside(clientId: number): void {
    const member = this.members[clientId]
    if (member !== undefined) {
      member.beside -= 1
      this.#roster.settle(member)
    }
    this.#work.end('beside')
  }

  /** The probe's good word: the instance takes calls. */
  up(clientId: number): void {
    const member = this.members[clientId]
    if (member === undefined) return
    member.isUp = true
    member.answers = true
    for (const slot of member.slots) {
      if (this.#closed) continue
      slot.reason = null
      slot.hint = null
      if (slot.state === 'down') this.#revive(slot)
    }
  }

  /** The probe's bad word, or a connection's: nothing is sent there until a good one. `answers`: the instance said it itself. */
  down(clientId: number, reason: string, hint: string | null = null, answers = false): void {
    const member = this.members[clientId]
    if (member === undefined) return
    member.isUp = false
    member.answers = answers
    for (const slot of member.slots) {
      slot.reason = reason
      slot.hint = hint
      if (slot.state === 'idle' || slot.state === 'busy') slot.moveTo('down')
    }
    this.reconsider()
  }

  /** Gives a client no new leased calls, whatever its probe says, until it is resumed. */
  drain(clientId: number): void {
    this.#drain(this.members[clientId], true)
  }

  /** The other end of `drain`: what the probe said last counts again. */
  resume(clientId: number): void {
    this.#drain(this.members[clientId], false)
  }

  #drain(member: Member | undefined, isDrained: boolean): void {
    if (member === undefined) return
    member.isDrainedByOperator = isDrained
    this.#apply(member)
  }

  /** Lets running calls finish and holds newcomers back, in the line or beside it; cancels pass. */
  holdAll(): void {
    this.pause.begin()
  }

  /** The other end of `holdAll`: who waits is served, in the order of the line. */
  resumeAll(): void {
    this.pause.end()
    for (const slot of [...this.#sets.idle]) this.#free(slot)
    this.reconsider()
  }

  /** True as soon as no call runs at any instance, false after so long, ms. */
  quiet(withinMs?: number): Promise<boolean> {
    return this.#work.done(withinMs)
  }

  /** Refuses everyone who waits, lets running calls finish; resolves when the last has. */
  async close(): Promise<void> {
    this.#closed = true
    this.pause.release()
    this.reconsider()
    for (const slot of this.members.flatMap(({ slots }) => slots))
      if (slot.state === 'idle' || slot.state === 'busy') this.#retire(slot)
    await this.quiet()
  }

  /** What `GET /clients` shows. */
  status(): PoolStatus {
    return viewOf(this)
  }

  /** Takes its slots out of use, or back into it, as its drains and its destination say. */
  #apply(member: Member): void {
    const isDraining = member.whyDraining !== null || this.#closed
    for (const slot of member.slots) {
      const isOut = slot.state === 'draining' || slot.state === 'drained'
      if (isDraining === isOut) continue
      if (isDraining) this.#retire(slot)
      else if (member.isUp) this.#revive(slot)
      else slot.moveTo('down')
    }
    if (isDraining) this.reconsider()
  }

  #retire(slot: Slot): void {
    // one that rests is busy with nobody
    if (slot.state === 'busy' || slot.lease !== null) slot.moveTo('draining')
    if (slot.lease === null) slot.moveTo('drained')
  }

  /** Into use again: to the call that still runs there, or to the line. */
  #revive(slot: Slot): void {
    slot.moveTo(slot.lease === null ? 'idle' : 'busy')
    if (slot.lease === null) this.#free(slot)
  }

  #grant(slot: Slot, waiter: Waiter): void {
    if (slot.state === 'busy') slot.renew()
    else slot.moveTo('busy')
    const begun = slot.since
    slot.calls += 1
    this.#work.begin('leased')
    slot.lease = new Lease(slot, waiter, begun, (ending, reason) => {
      slot.lease = null
      if (ending === 'finished')
        this.#meanServiceMs += MEAN_WEIGHT * (this.#now() - begun - this.#meanServiceMs)
      if (ending === 'lost') this.down(slot.clientId, reason)
      if (slot.state === 'draining') slot.moveTo('drained')
      else if (ending === 'turned-away') this.#rest(slot)
      else if (slot.state === 'busy') this.#free(slot)
      const member = this.members[slot.clientId]
      if (member !== undefined) this.#roster.settle(member)
      this.#work.end('leased')
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
    const served = this.pause.since === undefined ? undefined : NEVER_HELD
    const next = this.line.shiftFor(slot, served)
    if (next !== undefined) this.#grant(slot, next)
    else if (slot.state !== 'idle') slot.moveTo('idle')
  }

  /** Whether some slot may come free for this caller; asked for every call that must wait, so it allocates nothing. */
  #mayServe(waiter: Waiter): boolean {
    for (const slot of this.#sets.busy) if (fits(waiter, slot)) return true
    for (const slot of this.#sets.idle) if (fits(waiter, slot)) return true
    return false
  }

  #whyVain(waiter: Waiter): Problem | undefined {
    if (this.#closed) return shuttingDown()
    if (this.#mayServe(waiter)) return undefined
    const { pinnedTo } = waiter
    const only = pinnedTo === undefined ? undefined : this.members[pinnedTo]
    if (only !== undefined && only.whyDraining !== null)
      return draining(only.clientId, only.whyDraining)
    // what is away now may be back when the pool is resumed
    if (this.#isHeld(waiter)) return undefined
    if (pinnedTo !== undefined && !this.isUp(pinnedTo))
      return ownerDown(pinnedTo, this.reasonOf(pinnedTo))
    const usable = this.count('idle') + this.count('busy')
    return usable > 0 ? this.#busy('every instance turned the call away') : this.#roster.whyNone()
  }

  /** What may be served has changed: whoever waits in vain now is told so. */
  reconsider(): void {
    for (const waiter of [...this.line.waiters()]) {
      const vain = waiter.barred?.() ?? this.#whyVain(waiter)
      if (vain === undefined) continue
      this.line.leave(waiter)
      waiter.refused(vain)
    }
  }

  #inVain(waiter: Waiter, detail: string): Problem {
    return this.#isHeld(waiter) ? paused(detail) : this.#busy(detail)
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
