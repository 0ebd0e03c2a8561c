import { messages } from './wire/messages.ts'
import { requests } from './wire/requests.ts'

/** What happens to one message. */
export type Effect =
  | { readonly kind: 'late'; readonly delayMs: number }
  | { readonly kind: 'silent' | 'twice' | 'torn' | 'sliced' | 'reset' }

/** What happens to the whole gateway at once. */
export type Event =
  | {
      readonly kind: 'notice'
      readonly code: number
      readonly text: string
      readonly clientId?: number
    }
  | { readonly kind: 'restart'; readonly delayMs: number }

/** Which messages a fault concerns; what is left out matches everything. */
export interface FaultMatch {
  readonly clientId?: number
  /** name of a request (`reqPositions`) or of a message (`openOrder`, `positionEnd`) */
  readonly message?: string
  readonly orderId?: number
}

/** A fault as it is asked for. */
export interface FaultRequest {
  readonly fault: string
  readonly match?: FaultMatch
  /** how often it strikes; each fault has its own default */
  readonly count?: number
  readonly delayMs?: number
}

/** A fault that is waiting to strike. */
export interface Fault {
  readonly id: number
  readonly fault: string
  readonly match: FaultMatch
  /** times left; null when it goes on until it is taken back */
  left: number | null
  readonly delayMs: number
  struck: number
}

/** One message on its way in or out. */
export interface Passing {
  readonly clientId: number
  readonly name: string
  readonly direction: 'in' | 'out'
  readonly orderId?: number | undefined
  readonly pushed?: boolean | undefined
}

interface Rule {
  readonly tells: string
  readonly count: number | null
  readonly delayMs?: number
  /** strikes a message */
  readonly effect?: (delayMs: number) => Effect
  /** a further test of the message; without one the match alone decides */
  readonly strikes?: (fault: Fault, passing: Passing) => boolean
  /** strikes at once */
  readonly event?: (request: FaultRequest, delayMs: number) => Event
}

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

function notice(code: number, text: string): Rule {
  return {
    tells: `notice ${code} with id -1 to all clients, or to the matching one`,
    count: 1,
    event: ({ match }) => ({
      kind: 'notice',
      code,
      text,
      ...(match?.clientId === undefined ? {} : { clientId: match.clientId }),
    }),
  }
}

/** Every misbehaviour that can be asked for. */
const RULES: Readonly<Record<string, Rule>> = {
  late: {
    tells: 'holds matching messages back for delayMs (default 1000); others overtake them',
    count: null,
    delayMs: 1000,
    effect: (delayMs) => ({ kind: 'late', delayMs }),
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
  },
  restart: {
    tells: 'ends all connections and listens again after delayMs (default 1000); the world is kept',
    count: 1,
    delayMs: 1000,
    event: (_, delayMs) => ({ kind: 'restart', delayMs }),
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

/** The faults that can be asked for, each with what it does. */
export const knownFaults: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(RULES).map(([name, { tells }]) => [name, tells]),
)

const knownMessages = new Set([
  ...Object.values(requests).map(({ name }) => name),
  ...Object.values(messages).map(({ name }) => name),
])

/** A fault that cannot be set; `known` lists what could have been said instead. */
export class FaultError extends Error {
  override readonly name = 'FaultError'
  readonly known: readonly string[]

  constructor(message: string, known: readonly string[]) {
    super(message)
    this.known = known
  }
}

/** The faults that are set, asked by every message that passes. */
export class Faults {
  readonly #active = new Map<number, Fault>()
  readonly #lost = new Set<string>()
  readonly #happen: (event: Event) => void
  #lastId = 0

  constructor(happen: (event: Event) => void) {
    this.#happen = happen
  }

  get active(): Fault[] {
    return [...this.#active.values()]
  }

  /**
   * Sets a fault; one that strikes the whole gateway strikes now.
   * @throws FaultError for a fault or a message nobody knows
   */
  add(request: FaultRequest): Fault {
    const rule = RULES[request.fault]
    if (rule === undefined) {
      throw new FaultError(`there is no fault "${request.fault}"`, Object.keys(RULES))
    }
    const { message } = request.match ?? {}
    if (message !== undefined && !knownMessages.has(message)) {
      throw new FaultError(`there is no message "${message}"`, [...knownMessages])
    }
    this.#lastId += 1
    const delayMs = request.delayMs ?? rule.delayMs ?? 0
    const fault: Fault = {
      id: this.#lastId,
      fault: request.fault,
      match: request.match ?? {},
      left: request.count ?? rule.count,
      delayMs,
      struck: 0,
    }
    if (rule.event === undefined) this.#active.set(fault.id, fault)
    else {
      fault.left = 0
      fault.struck = 1
      this.#happen(rule.event(request, delayMs))
    }
    return fault
  }

  /** Takes back one fault, or all; false when there was no such one. */
  remove(id?: number): boolean {
    if (id !== undefined) return this.#active.delete(id)
    this.#active.clear()
    this.#lost.clear()
    return true
  }

  /** Whether a new connection is refused. */
  refuses(): boolean {
    const fault = this.active.find(({ fault }) => fault === 'refuse')
    if (fault === undefined) return false
    this.#strike(fault)
    return true
  }

  /** What happens to a message that passes; undefined when nothing does. */
  effectOn(passing: Passing): Effect | undefined {
    if (this.#active.size === 0 && this.#lost.size === 0) return undefined
    if (this.#isLost(passing)) return { kind: 'silent' }
    for (const fault of this.#active.values()) {
      const rule = RULES[fault.fault] as Rule
      const strikes = rule.strikes ?? nameMatches
      if (rule.effect === undefined || !matches(fault, passing) || !strikes(fault, passing))
        continue
      this.#strike(fault)
      return rule.effect(fault.delayMs)
    }
    return undefined
  }

  #isLost(passing: Passing): boolean {
    const { clientId, name, direction, orderId, pushed } = passing
    const key = `${clientId}.${orderId}`
    if (direction === 'out') return pushed === true && this.#lost.has(key)
    if (name !== 'placeOrder' || this.#lost.has(key)) return false
    const fault = this.active.find((one) => one.fault === 'lost-ack' && matches(one, passing))
    if (fault !== undefined) {
      this.#strike(fault)
      this.#lost.add(key)
    }
    return false
  }

  #strike(fault: Fault): void {
    fault.struck += 1
    if (fault.left === null) return
    fault.left -= 1
    if (fault.left <= 0) this.#active.delete(fault.id)
  }
}

function matches({ match }: Fault, { clientId, orderId }: Passing): boolean {
  return (
    (match.clientId === undefined || match.clientId === clientId) &&
    (match.orderId === undefined || match.orderId === orderId)
  )
}

// without a name only what the gateway says is struck: a request is struck by its own name
function nameMatches({ match }: Fault, { name, direction }: Passing): boolean {
  return match.message === undefined ? direction === 'out' : match.message === name
}
