import { operations, urlsOf } from '../../shared/api/index.ts'
import type { Operation } from '../../shared/api/operation.ts'

/** What calls about orders mean to do. */
export const ORDER_ACTIONS = ['place', 'change', 'cancel'] as const
export type OrderAction = (typeof ORDER_ACTIONS)[number]

/**
 * What became of such a call, as its status tells: IB confirmed it; it was passed on and not confirmed as yet; it was
 * refused; nobody could take it and nothing was sent; nobody knows; its caller had gone before the answer.
 */
export const ORDER_OUTCOMES = [
  'confirmed',
  'unconfirmed',
  'refused',
  'notSent',
  'inDoubt',
  'callerGone',
] as const
export type OrderOutcome = (typeof ORDER_OUTCOMES)[number]

/** How many calls about orders ended how, today and at this proxy. Calls, not orders: a repetition counts again. */
export interface OrderCallsView {
  /** the beginning of the day (UTC), or of this proxy where that was later */
  readonly since: string
  readonly counts: Readonly<Record<OrderAction, Readonly<Record<OrderOutcome, number>>>>
  /** when the last one ended that nobody knows the outcome of; null: none today */
  readonly lastInDoubt: string | null
}

const DAY_MS = 86_400_000

function actionOf({ opens, method, tag }: Operation): OrderAction | undefined {
  if (opens) return method === 'PUT' ? 'change' : 'place'
  return tag === 'orders' && method === 'DELETE' ? 'cancel' : undefined
}

const actions: ReadonlyMap<string, OrderAction> = new Map(
  operations.flatMap((operation) => {
    const action = actionOf(operation)
    if (action === undefined) return []
    return urlsOf(operation).map((url) => [`${operation.method} ${url}`, action] as const)
  }),
)

/** What a status says of a call that would change something. */
export function outcomeOf(status: number): OrderOutcome {
  if (status === 202) return 'unconfirmed'
  if (status < 400) return 'confirmed'
  if (status === 499) return 'callerGone'
  if (status < 500) return 'refused'
  return status === 503 ? 'notSent' : 'inDoubt'
}

function nothing(): Record<OrderAction, Record<OrderOutcome, number>> {
  const none = () =>
    Object.fromEntries(ORDER_OUTCOMES.map((outcome) => [outcome, 0])) as Record<
      OrderOutcome,
      number
    >
  return { place: none(), change: none(), cancel: none() }
}

/** Counts the calls about orders of one day. */
export class OrderCalls {
  #since: number
  #day: number
  #counts = nothing()
  #lastInDoubt: number | null = null

  /** @param begun epoch ms */
  constructor(begun: number) {
    this.#since = begun
    this.#day = Math.floor(begun / DAY_MS)
  }

  /** A call ended `at`, epoch ms. */
  add(at: number, method: string, route: string, status: number): void {
    // reads are most calls, and named by no text that would have to be made
    const action = method === 'GET' ? undefined : actions.get(`${method} ${route}`)
    if (action === undefined) return
    this.#turn(at)
    const outcome = outcomeOf(status)
    this.#counts[action][outcome] += 1
    if (outcome === 'inDoubt') this.#lastInDoubt = at
  }

  /** @param now epoch ms */
  view(now: number): OrderCallsView {
    this.#turn(now)
    return {
      since: new Date(this.#since).toISOString(),
      counts: this.#counts,
      lastInDoubt: this.#lastInDoubt === null ? null : new Date(this.#lastInDoubt).toISOString(),
    }
  }

  #turn(at: number): void {
    const day = Math.floor(at / DAY_MS)
    if (day <= this.#day) return
    this.#day = day
    this.#since = day * DAY_MS
    this.#counts = nothing()
    this.#lastInDoubt = null
  }
}
