import { messages } from '../wire/messages.ts'
import { requests } from '../wire/requests.ts'
import { type Fault, type FaultDetails, FaultError, type FaultRequest } from './fault.ts'
import { rules } from './rules.ts'

/** Times a fault may be told to strike … */
const MAX_COUNT = 1_000_000
/** … and one that strikes at once. */
const MAX_AT_ONCE = 100
/** The longest delay, ms. */
const MAX_DELAY_MS = 86_400_000

const DETAILS = ['farm', 'symbol', 'conId', 'lingerMs', 'by'] as const

const knownMessages = new Set([
  ...Object.values(requests).map(({ name }) => name),
  ...Object.values(messages).map(({ name }) => name),
])

function check(name: string, value: number | undefined, low: number, high: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= low && value <= high)) return
  throw new FaultError(`${name}: ${value} is no whole number from ${low} to ${high}`)
}

/**
 * The fault that was asked for, complete.
 * @throws FaultError for a fault, a message or a detail nobody knows, and for numbers that make no sense
 */
export function asked(request: FaultRequest, id: number): Fault {
  const { fault, match = {}, count, delayMs, probability = 1, lingerMs, by } = request
  const rule = rules[fault]
  if (rule === undefined) throw new FaultError(`there is no fault "${fault}"`, Object.keys(rules))
  const { message } = match
  if (message !== undefined && !knownMessages.has(message)) {
    throw new FaultError(`there is no message "${message}"`, [...knownMessages])
  }
  if (rule.ends !== undefined && (count !== undefined || Object.keys(match).length > 0)) {
    throw new FaultError(
      `${fault} concerns all clients until it ends: it takes no match and no count`,
      rule.takes,
    )
  }
  check('count', count, 1, rule.event === undefined ? MAX_COUNT : MAX_AT_ONCE)
  check('delayMs', delayMs, 0, MAX_DELAY_MS)
  check('lingerMs', lingerMs, 0, MAX_DELAY_MS)
  check('by', by, 1, 0x7fff_ffff)
  if (!(probability >= 0 && probability <= 1)) {
    throw new FaultError(`probability: ${probability} is not from 0 to 1`)
  }
  const takes = rule.takes ?? []
  const stray = DETAILS.find((name) => request[name] !== undefined && !takes.includes(name))
  if (stray !== undefined) throw new FaultError(`${stray}: ${fault} does not take it`, takes)
  const given = Object.fromEntries(
    DETAILS.filter((name) => request[name] !== undefined).map((name) => [name, request[name]]),
  ) as FaultDetails
  return {
    ...{ id, fault, match },
    left: count ?? rule.count,
    delayMs: delayMs ?? rule.delayMs ?? 0,
    probability,
    ...(rule.lingerMs === undefined ? {} : { lingerMs: rule.lingerMs }),
    ...given,
    struck: 0,
  }
}
