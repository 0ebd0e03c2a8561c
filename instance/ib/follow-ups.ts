import { Problem, problem } from '../../shared/problem.ts'
import type { Order, OrderRequest } from '../../shared/schemas/order.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { NewPlan, PlanRow } from '../ledger/plans.ts'
import type { Cancels } from './cancels.ts'
import type { KeyedOrders } from './keyed-orders.ts'
import type { Link } from './link.ts'
import { isCertain, type Look, type NextStep } from './next-step.ts'
import { groupKey, nextOfOca } from './oca-plan.ts'
import { isFinal } from './order-documents.ts'
import type { OrderStore } from './order-store.ts'
import type { Terms } from './query.ts'
import { nextOfSplit, sliceKey, slicesOf } from './split-plan.ts'

/** Plans of one client of which something is still to follow. */
const MAX_OPEN_PLANS = 200
/** Pauses before a step that could not be done is tried again, ms: doubling from the first to the last. */
const FIRST_PAUSE_MS = 200
const LAST_PAUSE_MS = 5000
/** A plan that waits for an order looks again by itself after this long, ms: timers hold no longer time than days. */
const LOOK_AGAIN_MS = 3_600_000

/** Answers that say nothing about the order: it is asked for again. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([429, 500, 502, 503, 504])
const PASSING_CODES: ReadonlySet<string> = new Set([
  'REQUEST_KEY_IN_USE',
  'INSTANCE_ORDERS_PAUSED',
  'IB_DUPLICATE_ORDER_ID',
])

type Placing = Extract<NextStep, { does: 'place' }>

export interface FollowUpsOptions {
  readonly link: Link
  readonly ledger: Ledger
  readonly store: OrderStore
  readonly keyedOrders: KeyedOrders
  readonly cancels: Cancels
  /** how long one try may take, ms */
  readonly timeoutMs: number
  /** a step could not be done; it is tried again */
  readonly onFailure: (error: unknown) => void
}

/** A plan's first order, and what is to follow it. */
export interface PlanCall {
  readonly key: string
  readonly first: OrderRequest
  readonly plan: NewPlan
  readonly terms: Terms
  readonly wait: boolean
}

/**
 * Places what follows an order: its OCA group once it has filled, further slices (design §4). A plan is on the disk
 * with the intent of its first order, and each of its steps is placed under a key of its own, so that it is done once
 * whatever ends in between: a caller's patience, the session, this process.
 */
export class FollowUps {
  readonly #options: FollowUpsOptions
  /** as they are on the disk */
  readonly #open = new Map<number, PlanRow>()
  readonly #running = new Map<number, Promise<void>>()
  readonly #placing = new Set<number>()
  readonly #troubles = new Map<number, string>()
  #logins = 0
  #stopped = false

  constructor(options: FollowUpsOptions) {
    this.#options = options
    for (const plan of options.ledger.plans.open()) this.#open.set(plan.orderId, plan)
  }

  /** After a login, when it has been read what happened meanwhile: every open plan goes on. */
  resume(): void {
    this.#logins += 1
    for (const orderId of this.#open.keys()) this.#follow(orderId)
    this.#options.store.wake()
  }

  /** Begins nothing more; resolves when no step is under way. What is open goes on with the next process. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#options.store.wake()
    await Promise.allSettled(this.#running.values())
  }

  /**
   * Places the first order of a plan, once under its key; the rest follows in the background.
   * @throws Problem as `KeyedOrders.place` does, and INSTANCE_BUSY where too many plans are open
   */
  async begin({ key, first, plan, terms, wait }: PlanCall): Promise<{
    readonly plan: PlanRow
    readonly replayed: boolean
  }> {
    const { ledger, keyedOrders } = this.#options
    if (this.#open.size >= MAX_OPEN_PLANS && ledger.plans.byKey(key) === undefined) {
      const detail = `${MAX_OPEN_PLANS} plans are open here and no more are taken`
      throw problem('INSTANCE_BUSY', { detail, retryAfter: 5 })
    }
    try {
      const requests = [first]
      const placed = await keyedOrders.place({ key, requests, asList: false, terms, wait, plan })
      return { plan: this.#mustFind(ledger.plans.byKey(key)), replayed: placed.replayed }
    } finally {
      const written = ledger.plans.byKey(key)
      if (written?.state === 'open') {
        this.#open.set(written.orderId, written)
        this.#follow(written.orderId)
      }
    }
  }

  /** A plan as it stands. @throws Problem INSTANCE_UNKNOWN_PLAN where none of that kind began with this order */
  find(orderId: number, kind: NewPlan['kind']): PlanRow {
    const plan = this.#options.ledger.plans.find(orderId)
    return this.#mustFind(plan?.kind === kind ? plan : undefined)
  }

  /** Waits until nothing of a plan is to follow any more, or nothing will before the deadline; the plan as it stands then. */
  async wait({ orderId, kind }: PlanRow, { deadlineAt }: Terms): Promise<PlanRow> {
    const isOver = () => {
      const plan = this.#open.get(orderId)
      if (plan === undefined || this.#stopped) return true
      const next = this.#next(plan)
      const until = next.does === 'wait' ? (next.until ?? 0) : 0
      return until - Date.now() > deadlineAt - performance.now() || undefined
    }
    await this.#options.store.wait(isOver, deadlineAt)
    return this.find(orderId, kind)
  }

  /** Why a plan's next step could not be done yet; undefined while nothing stands in its way. */
  troubleWith({ orderId }: PlanRow): string | undefined {
    return this.#troubles.get(orderId)
  }

  /** Orders of a plan's step that is under way, or whose outcome is not certain. */
  ordersUnder(key: string): Order[] {
    const { ledger, store } = this.#options
    const orderIds = ledger.keys.find(key)?.orderIds ?? []
    return orderIds.map((orderId) => store.get(orderId)).filter((order) => order !== undefined)
  }

  /**
   * Nothing more follows from now on; then what lives of the plan is cancelled. `confirmed`: all of that is over.
   * @throws Problem INSTANCE_PLAN_FINISHED when nothing was to follow, or the group is on its way; INSTANCE_NOT_READY;
   * what a cancel throws, with the plan given up
   */
  async giveUp(
    orderId: number,
    kind: NewPlan['kind'],
    terms: Terms,
  ): Promise<{ readonly plan: PlanRow; readonly confirmed: boolean }> {
    const { link, store, ledger } = this.#options
    const plan = this.find(orderId, kind)
    if (plan.state !== 'open') throw tooLate(plan.reason ?? 'all of it was sent')
    const mayBeOut = kind === 'oca' && ledger.keys.find(groupKey(plan, link.clientId)) !== undefined
    if (mayBeOut || (kind === 'oca' && this.#placing.has(orderId)))
      throw tooLate('its group has been sent, or is being sent')
    if (this.#living(plan).length > 0) link.ready()
    this.#end(plan, 'ended', 'It was given up by its caller')
    await store.wait(() => !this.#placing.has(orderId) || undefined, terms.deadlineAt)
    const living = this.#living(this.find(orderId, kind))
    const ended = await Promise.all(living.map((each) => this.#cancelled(each.orderId, terms)))
    const confirmed = !this.#placing.has(orderId) && ended.every(Boolean)
    return { plan: this.find(orderId, kind), confirmed }
  }

  /** Nothing more follows any order, as a global cancel wants it; resolves when no step is under way. Orders that were sent are left alone. */
  async endAll({ deadlineAt }: Terms): Promise<PlanRow[]> {
    const plans = [...this.#open.values()]
    for (const plan of plans) this.#end(plan, 'ended', 'Everything was cancelled')
    await this.#options.store.wait(() => this.#placing.size === 0 || undefined, deadlineAt)
    return plans
  }

  #living(plan: PlanRow): Order[] {
    const { link, store } = this.#options
    const known = slicesOf(plan).map((orderId) => store.get(orderId))
    const orders = [...known, ...this.ordersUnder(sliceKey(plan, link.clientId))]
    return orders.filter((order) => order !== undefined).filter((order) => !isFinal(order))
  }

  /** True when the order is over; one that was filled instead is over too. */
  async #cancelled(orderId: number, terms: Terms): Promise<boolean> {
    try {
      return (await this.#options.cancels.cancel(orderId, terms)).confirmed
    } catch (error) {
      const order = this.#options.store.get(orderId)
      if (error instanceof Problem && order !== undefined && isFinal(order)) return true
      throw error
    }
  }

  #mustFind(plan: PlanRow | undefined): PlanRow {
    if (plan !== undefined) return plan
    throw problem('INSTANCE_UNKNOWN_PLAN', { detail: 'No plan of this kind began with this order' })
  }

  #follow(orderId: number): void {
    if (this.#running.has(orderId) || this.#stopped) return
    const run = this.#run(orderId).finally(() => this.#running.delete(orderId))
    this.#running.set(orderId, run)
  }

  async #run(orderId: number): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS
    while (!this.#stopped) {
      const plan = this.#open.get(orderId)
      if (plan === undefined) return
      try {
        await this.#do(plan)
        this.#troubles.delete(orderId)
        pauseMs = FIRST_PAUSE_MS
      } catch (error) {
        // what goes on for long is told once
        if (pauseMs === FIRST_PAUSE_MS || !isPassing(error)) this.#options.onFailure(error)
        this.#troubles.set(orderId, `${wordsOf(error).replace(/\.$/, '')}; it is tried again`)
        await this.#pause(pauseMs)
        pauseMs = Math.min(LAST_PAUSE_MS, pauseMs * 2)
      }
    }
  }

  /** One step of a plan. @throws when it must be tried again */
  async #do(plan: PlanRow): Promise<void> {
    const next = this.#next(plan)
    switch (next.does) {
      case 'wait': {
        const pauseMs = Math.min(LOOK_AGAIN_MS, (next.until ?? Number.MAX_VALUE) - Date.now())
        const isOver = () =>
          this.#stopped ||
          this.#open.get(plan.orderId) !== plan ||
          this.#next(plan).does !== 'wait' ||
          undefined
        await this.#options.store.wait(isOver, performance.now() + pauseMs)
        return
      }
      case 'place':
        await this.#place(plan, next)
        return
      case 'end':
        this.#end(plan, next.state, next.reason)
        return
    }
  }

  #next(plan: PlanRow): NextStep {
    const { clientId } = this.#options.link
    const look: Look = (orderId) => this.#options.store.get(orderId)
    return plan.kind === 'oca'
      ? nextOfOca(plan, clientId, look)
      : nextOfSplit(plan, clientId, look, Date.now())
  }

  async #place(plan: PlanRow, { key, requests, asList }: Placing): Promise<void> {
    const { link, keyedOrders, store, timeoutMs } = this.#options
    link.ready()
    this.#placing.add(plan.orderId)
    try {
      const terms = { deadlineAt: performance.now() + timeoutMs }
      const { orders } = await keyedOrders.place({ key, requests, asList, terms, wait: true })
      if (!orders.every(isCertain)) throw new Unsettled(key)
      this.#took(plan, key, null)
    } catch (error) {
      if (!(error instanceof Problem) || !this.#isFinal(key, error)) throw error
      this.#took(plan, key, error.message)
    } finally {
      this.#placing.delete(plan.orderId)
      store.wake()
    }
  }

  /** A refusal that is kept under its key comes again and again; any other may be gone the next time. */
  #isFinal(key: string, refusal: Problem): boolean {
    return !isPassing(refusal) || this.#options.ledger.keys.find(key)?.answer !== undefined
  }

  #took(plan: PlanRow, key: string, refusal: string | null): void {
    const { ledger } = this.#options
    const row = ledger.keys.find(key)
    const step = {
      ...{ key, refusal },
      orderIds: row?.orderIds ?? [],
      at: row?.claimedAt ?? new Date().toISOString(),
    }
    ledger.plans.step(plan.orderId, step)
    // one that was given up meanwhile stays so
    if (this.#open.has(plan.orderId))
      this.#open.set(plan.orderId, { ...plan, steps: [...plan.steps, step] })
  }

  #end({ orderId }: PlanRow, state: 'done' | 'ended', reason: string | null): void {
    const { ledger, store } = this.#options
    ledger.plans.end(orderId, state, reason)
    this.#open.delete(orderId)
    this.#troubles.delete(orderId)
    store.wake()
  }

  /** A new login ends the pause, since what stood in the way may be gone. */
  async #pause(ms: number): Promise<void> {
    const logins = this.#logins
    const isOver = () => this.#stopped || this.#logins !== logins || undefined
    await this.#options.store.wait(isOver, performance.now() + ms)
  }
}

/** Nobody knows yet what came of a step. */
class Unsettled extends Error {
  constructor(key: string) {
    super(`the outcome of ${key} is not known yet`)
    this.name = 'Unsettled'
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function isPassing(error: unknown): boolean {
  if (error instanceof Unsettled) return true
  return (
    error instanceof Problem &&
    (PASSING_STATUSES.has(error.status) || PASSING_CODES.has(error.code))
  )
}

function tooLate(why: string): Problem {
  return problem('INSTANCE_PLAN_FINISHED', { detail: `Nothing was cancelled: ${why}` })
}
