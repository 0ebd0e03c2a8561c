import type { StatusFacts } from './snapshot.ts'

/** `critical`: calls fail now; `warning`: look soon; `notice`: as somebody wanted it, and not to be forgotten. */
export type AlertLevel = 'critical' | 'warning' | 'notice'

/** Something a person should know, and what to do about it. */
export interface Alert {
  readonly level: AlertLevel
  /** the same while it is the same trouble */
  readonly name: string
  readonly text: string
  readonly hint: string | null
}

/** The line counts as nearly full from this share of its limit. */
const NEARLY_FULL = 0.8
/** Slots that are at work this share of the time have no room for more. */
const WORKED_OUT = 0.95
/** Calls wait for long from so many ms on. */
const LONG_WAIT_MS = 5000
/** A call in doubt is spoken of for so long, ms; the day's table keeps it. */
const DOUBT_TOLD_MS = 15 * 60_000

type Rule = (facts: StatusFacts) => Alert | undefined

/** All that is to be said, the gravest first. */
export function alertsOf(facts: StatusFacts): Alert[] {
  const alerts = rules.map((rule) => rule(facts)).filter((alert) => alert !== undefined)
  const levels: readonly AlertLevel[] = ['critical', 'warning', 'notice']
  return levels.flatMap((wanted) => alerts.filter(({ level }) => level === wanted))
}

const rules: readonly Rule[] = [
  clientsDown,
  overlaps,
  lineFull,
  ordersInDoubt,
  differentMoney,
  longWaits,
  workedOut,
  pacingHolds,
  ordersPaused,
  poolPaused,
  drained,
  restartWindow,
  leaving,
]

function clientsDown({ clients, usable }: StatusFacts): Alert | undefined {
  const down = clients.filter(({ connected }) => !connected)
  if (down.length === 0) return undefined
  const reasons = [...new Set(down.flatMap(({ reason }) => reason ?? []))]
  const hints = [...new Set(down.flatMap(({ hint }) => hint ?? []))]
  const all = down.length === clients.length
  const who = all ? 'No client is' : `${named(down)} ${down.length === 1 ? 'is not' : 'are not'}`
  return {
    level: usable === 0 ? 'critical' : 'warning',
    name: 'clients-down',
    text: `${who} connected: ${reasons.slice(0, 2).join('; ') || 'no reason known'}`,
    hint:
      hints.slice(0, 2).join(' ') ||
      'Their orders live on at IB; calls about them are refused until they are back.',
  }
}

function overlaps({ clients }: StatusFacts): Alert | undefined {
  const some = clients.filter(({ said }) => (said?.overlaps ?? 0) > 0)
  if (some.length === 0) return undefined
  return {
    level: 'critical',
    name: 'overlaps',
    text: `${named(some)} worked on more calls at once than there are slots`,
    hint: 'This must never be. Keep the logs; restart the instance when nothing runs there.',
  }
}

function lineFull({ queue }: StatusFacts): Alert | undefined {
  if (queue.limit === 0 || queue.length < queue.limit * NEARLY_FULL) return undefined
  const isFull = queue.length >= queue.limit
  return {
    level: isFull ? 'critical' : 'warning',
    name: 'line-full',
    text: `${queue.length} of ${queue.limit} places in the line are taken`,
    hint: `${isFull ? 'Callers are' : 'Once it is full callers are'} refused with 503. More clients, fewer calls, or a higher QUEUE_LIMIT help.`,
  }
}

function ordersInDoubt({ orderCalls, at }: StatusFacts): Alert | undefined {
  const { lastInDoubt } = orderCalls
  if (lastInDoubt === null || Date.parse(at) - Date.parse(lastInDoubt) > DOUBT_TOLD_MS)
    return undefined
  const { place, change, cancel } = orderCalls.counts
  const count = place.inDoubt + change.inDoubt + cancel.inDoubt
  return {
    level: 'warning',
    name: 'orders-in-doubt',
    text: `${counted(count, 'call')} about orders ended today with an outcome unknown to this proxy`,
    hint: 'Look at GET /order and GET /order/completed before anything is sent again; with the same key a call may be repeated.',
  }
}

function differentMoney({ clients }: StatusFacts): Alert | undefined {
  const modes = new Set(
    clients.flatMap(({ connected, said }) => (connected && said?.tradingMode) || []),
  )
  if (modes.size < 2) return undefined
  return {
    level: 'critical',
    name: 'different-money',
    text: `Clients trade with different money: ${[...modes].join(', ')}`,
    hint: 'Which account an order meets depends on the client it gets. Pause orders and compare the instances.',
  }
}

function longWaits({ queue, paused }: StatusFacts): Alert | undefined {
  const { oldestWaitMs } = queue
  if (paused !== null || oldestWaitMs === null || oldestWaitMs < LONG_WAIT_MS) return undefined
  return {
    level: 'warning',
    name: 'long-waits',
    text: `A call has waited ${Math.round(oldestWaitMs / 1000)} s for a client`,
    hint: 'Calls that reach their deadline in the line are refused; nothing of them was sent.',
  }
}

function workedOut({ utilisation }: StatusFacts): Alert | undefined {
  if (utilisation === null || utilisation < WORKED_OUT) return undefined
  return {
    level: 'notice',
    name: 'worked-out',
    text: 'The clients are at work nearly all the time',
    hint: 'More calls will only wait for longer; more clients make room.',
  }
}

function pacingHolds({ pacing }: StatusFacts): Alert | undefined {
  const holding = pacing.filter(({ waiting }) => waiting > 0)
  if (holding.length === 0) return undefined
  const names = holding.map(({ name, waiting }) => `${name} (${waiting})`).join(', ')
  return {
    level: 'notice',
    name: 'pacing',
    text: `IB's limits hold up calls: ${names}`,
    hint: 'They go on by themselves as their budgets recover.',
  }
}

function ordersPaused({ orders }: StatusFacts): Alert | undefined {
  if (!orders.paused) return undefined
  return {
    level: 'warning',
    name: 'orders-paused',
    text: `Orders are paused${orders.reason === null ? '' : `: ${orders.reason}`}`,
    hint: 'Nothing that opens or changes an order is taken; cancels pass. It holds across restarts until orders are resumed.',
  }
}

function poolPaused({ paused, held, queue }: StatusFacts): Alert | undefined {
  if (paused === null) return undefined
  return {
    level: 'warning',
    name: 'pool-paused',
    text: `This proxy is paused; ${counted(queue.length + held, 'call')} ${queue.length + held === 1 ? 'waits' : 'wait'}`,
    hint: 'Newcomers wait until their deadline; cancels pass. Resume it when the work is done.',
  }
}

function drained({ clients }: StatusFacts): Alert | undefined {
  const some = clients.filter(({ state }) => state === 'draining' || state === 'drained')
  if (some.length === 0) return undefined
  const isOne = some.length === 1
  return {
    level: 'notice',
    name: 'drained',
    text: `${named(some)} ${isOne ? 'takes' : 'take'} no new calls`,
    hint: `${isOne ? 'Its' : 'Their'} orders can still be read, changed and cancelled. Resume ${isOne ? 'it' : 'them'} when ${isOne ? 'it' : 'they'} may work again.`,
  }
}

function restartWindow({ clients, at }: StatusFacts): Alert | undefined {
  const untils = clients.flatMap(({ said }) => said?.restartWindow?.until ?? [])
  const until = untils
    .filter((moment) => Date.parse(moment) > Date.parse(at))
    .sort()
    .at(-1)
  if (until === undefined) return undefined
  return {
    level: 'notice',
    name: 'restart-window',
    text: `The gateway is expected to restart; no new orders until ${until}`,
    hint: null,
  }
}

function leaving({ proxy }: StatusFacts): Alert | undefined {
  if (!proxy.isLeaving) return undefined
  return {
    level: 'warning',
    name: 'leaving',
    text: 'This proxy is shutting down',
    hint: 'It serves who is here; balancers send newcomers elsewhere.',
  }
}

function named(clients: readonly { readonly clientId: number }[]): string {
  const ids = clients.map(({ clientId }) => clientId)
  return `${ids.length === 1 ? 'Client' : 'Clients'} ${ids.join(', ')}`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
