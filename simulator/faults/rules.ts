import { type FarmName, farmNames } from '../farms.ts'
import { farmData, historyRequests } from './farm-data.ts'
import {
  type Effect,
  type Event,
  type Fault,
  type FaultDetails,
  FaultError,
  type Passing,
} from './fault.ts'

/** What a fault of that name does. */
export interface Rule {
  readonly tells: string
  /** how often it strikes unless told; null until it is taken back */
  readonly count: number | null
  readonly delayMs?: number
  readonly lingerMs?: number
  /** what it takes besides match, count, delayMs and probability */
  readonly takes?: readonly (keyof FaultDetails)[]
  /** strikes a message */
  readonly effect?: (fault: Fault, passing: Passing, keep: Keep) => Effect
  /** a further test of the message; without one its name and direction decide */
  readonly strikes?: (fault: Fault, passing: Passing) => boolean
  /** strikes at once */
  readonly event?: (fault: Fault) => Event
  /** it lasts: what happens when it is taken back, or when delayMs are over */
  readonly ends?: (fault: Fault) => Event
  /** strikes a whole order, from the moment it is placed */
  readonly order?: 'lost' | 'filled first'
}

/** Keeps what waits for the end of a fault. */
export type Keep = (letGo: () => void) => void

/** What ends the answer to a request. */
const ENDS: Readonly<Record<string, string>> = {
  reqContractDetails: 'contractDetailsEnd',
  reqOpenOrders: 'openOrderEnd',
  reqAllOpenOrders: 'openOrderEnd',
  reqAutoOpenOrders: 'openOrderEnd',
  reqCompletedOrders: 'completedOrdersEnd',
  reqExecutions: 'execDetailsEnd',
  reqPositions: 'positionEnd',
  reqPositionsMulti: 'positionMultiEnd',
  reqAccountSummary: 'accountSummaryEnd',
  reqAccountUpdates: 'accountDownloadEnd',
  reqAccountUpdatesMulti: 'accountUpdateMultiEnd',
  reqSecDefOptParams: 'securityDefinitionOptionParameterEnd',
  reqMktData: 'tickSnapshotEnd',
  reqHistoricalData: 'historicalData',
  reqHistoricalNews: 'historicalNewsEnd',
}
const ENDING = new Set(Object.values(ENDS))
/** How long a client id stays in use after its connection has died, unless told, ms. */
const LINGER_MS = 1000

// without a name only what the gateway says is struck: a request is struck by its own name
function nameMatches({ match }: Fault, { name, direction }: Passing): boolean {
  return match.message === undefined ? direction === 'out' : match.message === name
}

function isRequest({ match }: Fault, { name, direction }: Passing): boolean {
  return direction === 'in' && (match.message === undefined || match.message === name)
}

function notice(code: number, text: string): Rule {
  return {
    tells: `notice ${code} with id -1 to all clients, or to the matching one`,
    count: 1,
    event: ({ match: { clientId } }) => ({
      ...{ kind: 'notice', code, text },
      ...(clientId === undefined ? {} : { clientId }),
    }),
  }
}

function farmOf({ farm = 'usfarm' }: Fault): FarmName {
  const known = farmNames.find((name) => name === farm)
  if (known === undefined) throw new FaultError(`there is no farm "${farm}"`, farmNames)
  return known
}

function whichOf({ symbol, conId }: Fault) {
  if (symbol === undefined && conId === undefined) {
    throw new FaultError('which instrument: a symbol or a conId is needed', ['symbol', 'conId'])
  }
  return { ...(symbol === undefined ? {} : { symbol }), ...(conId === undefined ? {} : { conId }) }
}

function dropped({ match: { clientId }, lingerMs = LINGER_MS }: Fault): Event {
  if (clientId === undefined) {
    throw new FaultError('match.clientId: whose connection is meant?', ['match.clientId'])
  }
  return { kind: 'drop', clientId, lingerMs }
}

function withoutFarm(fault: Fault, { name }: Passing, keep: Keep): Effect {
  const { held, silent } = farmData[farmOf(fault)]
  if (held.has(name)) return { kind: 'hold', keep }
  if (silent.has(name)) return { kind: 'silent' }
  const text =
    'Historical Market Data Service error message:HMDS connection attempt failed.  Connection will be re-attempted...'
  return { kind: 'error', code: 162, text }
}

function rolledBack({ by }: Fault): Effect {
  const lower = (id: number) => (by === undefined ? 1 : Math.max(1, id - by))
  return {
    kind: 'rewrite',
    rewrite: (row) => ('orderId' in row ? { ...row, orderId: lower(Number(row.orderId)) } : row),
  }
}

function paced(_fault: Fault, { name }: Passing): Effect {
  if (historyRequests.has(name)) {
    const text =
      'Historical Market Data Service error message:Historical data request pacing violation'
    return { kind: 'error', code: 162, text }
  }
  const text = 'Max rate of messages per second has been exceeded:max=50 rec=51 (1)'
  return { kind: 'error', code: 100, text }
}

/** Every misbehaviour that can be asked for. */
export const rules: Readonly<Record<string, Rule>> = {
  late: {
    tells: 'holds matching messages back for delayMs (default 1000); others overtake them',
    count: null,
    delayMs: 1000,
    effect: ({ delayMs }) => ({ kind: 'late', delayMs }),
  },
  silent: { tells: 'drops matching messages', count: null, effect: () => ({ kind: 'silent' }) },
  twice: {
    tells: 'sends or takes matching messages twice',
    count: 1,
    effect: () => ({ kind: 'twice' }),
  },
  torn: {
    tells: 'sends half of a message, then closes the connection',
    count: 1,
    effect: () => ({ kind: 'torn' }),
  },
  sliced: {
    tells: 'sends matching messages in slices of a few bytes',
    count: null,
    effect: () => ({ kind: 'sliced' }),
  },
  reset: {
    tells: 'resets the connection when a matching message passes',
    count: 1,
    effect: () => ({ kind: 'reset' }),
  },
  refuse: { tells: 'closes new connections at once', count: null },
  'no-end': {
    tells: 'leaves out the message that ends an answer (match by request or by the end itself)',
    count: 1,
    strikes: ({ match }, { name }) =>
      match.message === undefined
        ? ENDING.has(name)
        : (ENDS[match.message] ?? match.message) === name,
    effect: () => ({ kind: 'silent' }),
  },
  'lost-ack': {
    tells: 'an order lives, but nothing about it is told to its owner unasked; count is in orders',
    count: 1,
    order: 'lost',
  },
  'fill-before-status': {
    tells:
      'the first execution of an order comes before its openOrder and orderStatus, which then follow; count is in orders',
    count: 1,
    order: 'filled first',
  },
  'status-twice': {
    tells: 'every orderStatus of a matching order is told twice',
    count: null,
    strikes: (_, { name }) => name === 'orderStatus',
    effect: () => ({ kind: 'twice' }),
  },
  'id-rollback': {
    tells: 'tells a next valid id that was used before: 1, or one that is lower "by" that many',
    count: 1,
    takes: ['by'],
    strikes: (_, { name }) => name === 'nextValidId',
    effect: rolledBack,
  },
  pace: {
    tells: 'matching requests get a pacing error instead of an answer: 162 for history, else 100',
    count: null,
    strikes: isRequest,
    effect: paced,
  },
  'farm-down': {
    tells:
      '"farm" breaks: usfarm (2103: quotes stand still), ushmds (2105: history gets 162) or secdefil (2157: contract requests wait); until it is taken back or delayMs are over, then 2104, 2106 or 2158',
    count: null,
    takes: ['farm'],
    event: (fault) => ({ kind: 'farm', farm: farmOf(fault), isDown: true }),
    ends: (fault) => ({ kind: 'farm', farm: farmOf(fault), isDown: false }),
    strikes: (fault, { name, direction }) => {
      const { held, refused, silent } = farmData[farmOf(fault)]
      return direction === 'out' ? silent.has(name) : held.has(name) || refused.has(name)
    },
    effect: withoutFarm,
  },
  halt: {
    tells:
      'trading in "symbol" or "conId" is halted: tick 49 says 1 and nothing trades, until it is taken back or delayMs are over',
    count: null,
    takes: ['symbol', 'conId'],
    event: (fault) => ({ kind: 'halt', which: whichOf(fault), isHalted: true }),
    ends: (fault) => ({ kind: 'halt', which: whichOf(fault), isHalted: false }),
  },
  restart: {
    tells:
      'notice 1100, then all connections end; it listens again after delayMs (default 1000), and the client ids stay in use for lingerMs (default 1000) more; the world is kept',
    count: 1,
    delayMs: 1000,
    lingerMs: LINGER_MS,
    takes: ['lingerMs'],
    event: ({ delayMs, lingerMs = LINGER_MS }) => ({ kind: 'restart', delayMs, lingerMs }),
  },
  'drop-client': {
    tells:
      'ends the connection of match.clientId without a word; the id stays in use for lingerMs (default 1000)',
    count: 1,
    lingerMs: LINGER_MS,
    takes: ['lingerMs'],
    event: dropped,
  },
  'code-1100': notice(1100, 'Connectivity between IBKR and Trader Workstation has been lost.'),
  'code-1101': notice(
    1101,
    'Connectivity between IBKR and Trader Workstation has been restored - data lost.',
  ),
  'code-1102': notice(
    1102,
    'Connectivity between IBKR and Trader Workstation has been restored - data maintained.',
  ),
  'code-2110': notice(
    2110,
    'Connectivity between Trader Workstation and server is broken. It will be restored automatically.',
  ),
}

/** Whether a message is one a fault of that rule strikes, its client and order aside. */
export function strikes(rule: Rule, fault: Fault, passing: Passing): boolean {
  return (rule.strikes ?? nameMatches)(fault, passing)
}
