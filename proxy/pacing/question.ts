import type { FastifyRequest } from 'fastify'
import { getHistory } from '../../shared/api/market.ts'
import type { PacingClass } from '../../shared/api/operation.ts'
import { LISTING_NAMES } from '../../shared/schemas/listing.ts'
import { spelledOut } from '../../shared/symbol.ts'
import { compileValidator } from '../../shared/validation.ts'
import { isWild, prefixOf } from '../../shared/wildcard.ts'
import { representationOf } from '../question.ts'
import { LARGEST_SMALL_BAR_SECONDS, type Paced } from './rules.ts'

/** A call, as far as IB's limits look at it. */
export interface PacedQuestion {
  /** what counts it */
  readonly counts: readonly Paced[]
  /** as how many requests it counts: BID_ASK as two */
  readonly cost: number
  /** the contract and the type of data */
  readonly contract: string
  /** all that IB would be told: the same text is the same request */
  readonly whole: string
  /** how long an answer stands for the next, ms */
  readonly freshMs: number
  /** who has the same text may have the same answer; undefined: the answer is not kept */
  readonly answer: string | undefined
}

/** Until IB would serve the same question again (facts §3.1), ms. */
const FRESH_MS = 15_000
/** What ended more than a day ago changes only by late corrections, ms. */
const PAST_FRESH_MS = 600_000
const DAY_MS = 86_400_000

const PLAIN: Readonly<Record<Exclude<PacingClass, 'history' | 'pattern'>, PacedQuestion>> = {
  search: plain('search'),
  snapshot: plain('snapshot'),
}

function plain(counts: Paced): PacedQuestion {
  return { counts: [counts], cost: 1, contract: '', whole: '', freshMs: 0, answer: undefined }
}

const SECONDS: Readonly<Record<string, number>> = { secs: 1, min: 60, mins: 60 }

/** Whether bars of IB's spelling are small enough to be paced strictly: `30 secs`, not `1 min` or `1 day`. */
export function areSmall(barSizeSetting: string): boolean {
  const [count = '', unit = ''] = barSizeSetting.split(' ')
  return Number(count) * (SECONDS[unit] ?? Number.POSITIVE_INFINITY) <= LARGEST_SMALL_BAR_SECONDS
}

const judgeQuery = compileValidator({ schema: getHistory.schema.querystring })
const judgeParams = compileValidator({ schema: getHistory.schema.params })

type Named = Readonly<Record<string, string | number | boolean | undefined>>

/**
 * What a call will cost of IB's limits, read from its path and query, with the defaults its instance would put in;
 * undefined for what the instance will refuse before anything is sent.
 */
export function pacedQuestionOf(
  paced: PacingClass,
  request: FastifyRequest,
): PacedQuestion | undefined {
  if (paced === 'history') return historyQuestion(request)
  if (paced === 'pattern') return isSearched(request) ? PLAIN.search : undefined
  return PLAIN[paced]
}

/** Whether IB will be asked for contracts by the beginning of a pattern. */
function isSearched({ query }: FastifyRequest): boolean {
  const { symbol } = query as { symbol?: unknown }
  return typeof symbol === 'string' && isWild(symbol) && prefixOf(symbol) !== ''
}

function historyQuestion({ query, params, raw }: FastifyRequest): PacedQuestion | undefined {
  const { symbol } = params as { symbol?: string }
  const given = { ...(query as object) }
  if (!judgeParams({ symbol }) || !judgeQuery(given)) return undefined
  const { endDateTime, durationStr, barSizeSetting, whatToShow, useRTH, formatDate, ...others } =
    given as Named
  const described = Object.fromEntries(
    Object.entries(others).filter(([field]) => !LISTING_NAMES.includes(field)),
  )
  const { name, further } = contractOf(String(symbol), described)
  const contract = `${name} ${whatToShow}`
  const end = momentOf(String(endDateTime ?? ''))
  const whole = [contract, further, end, durationStr, barSizeSetting, useRTH].join('|')
  const told = [symbol, formatDate, ...Object.entries(others).sort()]
  return {
    counts: [areSmall(String(barSizeSetting)) ? 'small bars' : 'large bars', 'history'],
    cost: whatToShow === 'BID_ASK' ? 2 : 1,
    contract,
    whole,
    freshMs: Date.parse(`${end}Z`) < Date.now() - DAY_MS ? PAST_FRESH_MS : FRESH_MS,
    answer: `${whole}|${JSON.stringify(told)}${representationOf(raw.headers)}`,
  }
}

/**
 * The contract, by as little as tells it from others (too coarse a name makes callers wait, too fine a one makes IB
 * refuse), and what else was said of it.
 */
function contractOf(written: string, said: Named): { name: string; further: string } {
  const { symbol = '', ...described }: Named = spelledOut({ symbol: written, ...said })
  const { conId, secIdType, secId, secType = 'STK', currency = 'USD', ...others } = described
  const { lastTradeDateOrContractMonth, localSymbol, strike, right, exchange, ...rest } = others
  const usual = secType === 'CASH' ? 'IDEALPRO' : 'SMART'
  const further = JSON.stringify([exchange ?? usual, ...Object.entries(rest).sort()])
  if (conId !== undefined) return { name: `#${conId}`, further }
  if (secId !== undefined) return { name: `${secIdType} ${secId}`, further }
  const side = typeof right === 'string' ? right.charAt(0) : undefined
  const name = [symbol, secType, currency, localSymbol, lastTradeDateOrContractMonth, strike, side]
  return { name: name.join(), further }
}

/** A moment in whatever spelling as one text, as IB is told it: to the second. */
function momentOf(text: string): string {
  const stamp = /^(\d{4})(\d{2})(\d{2})(?:[- ]{1,2}(\d{2}:\d{2}:\d{2}))?/.exec(text)
  // a bare day means its end
  const iso =
    stamp === null ? text : `${stamp[1]}-${stamp[2]}-${stamp[3]}T${stamp[4] ?? '23:59:59'}`
  const at = Date.parse(/(Z|[+-]\d{2}:?\d{2})$/.test(iso) ? iso : `${iso}Z`)
  return Number.isNaN(at) ? text : new Date(at).toISOString().slice(0, 19)
}
