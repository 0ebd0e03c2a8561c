import type { GatewayWord } from './events.ts'

/**
 * What a code means for an order it names: `refused` – never accepted, unless the order already lived;
 * `rejected` – dead in any case; `cancelled`; `untouched` – only a cancel or change was refused;
 * `warning` – it goes on.
 */
export type OrderEffect = 'refused' | 'rejected' | 'cancelled' | 'untouched' | 'warning'

/** What a code means for the session. */
export type SessionEffect = 'cut-off' | 'restored' | 'ended'

interface Meaning {
  readonly order?: OrderEffect
  readonly session?: SessionEffect
  /** worth knowing, but whatever it names goes on */
  readonly notice?: true
  /** the query or stream it can only mean where it names none */
  readonly query?: string
  /** seconds */
  readonly retryAfter?: number
  /** where one code stands for several things, its text tells which; the first that fits */
  readonly variants?: readonly (readonly [text: RegExp, row: CodeRow])[]
}

/** What one code means: its name in problems, an HTTP status, a title, and what is to be done. */
export interface CodeRow extends Meaning {
  readonly name: string
  readonly status: number
  readonly title: string
}

function row(name: string, status: number, title: string, meaning: Meaning = {}): CodeRow {
  return { name, status, title, ...meaning }
}

/** Refuses an order that is new. */
const refused = { order: 'refused' } as const
/** Refuses what was to be done to an order. */
const untouched = { order: 'untouched' } as const

const notice = row('IB_NOTICE', 502, 'IB says', { notice: true })
const warning: CodeRow = { ...notice, order: 'warning' }
const field = row('IB_ORDER_FIELD_INVALID', 422, 'IB refuses a field of the order', refused)
const finished = row(
  'IB_ORDER_ALREADY_EXECUTED',
  400,
  'The order has been executed, or can no longer be cancelled',
  untouched,
)
const unchanged = row(
  'IB_MODIFICATION_REFUSED',
  409,
  'The change was refused; the order lives on',
  untouched,
)
const noOrder = row('IB_UNKNOWN_ORDER', 404, 'IB knows no such order of this client', untouched)
const noData = row('IB_NO_MARKET_DATA_PERMISSION', 403, 'No subscription for this market data')
const twice = row('IB_DUPLICATE_REQUEST_ID', 500, 'IB saw a request id twice')
const away = row('IB_GATEWAY_UNAVAILABLE', 503, 'The gateway or IB behind it cannot be reached', {
  retryAfter: 2,
})
const invalid = row('IB_REQUEST_INVALID', 400, 'IB finds the request invalid', refused)
const paced = row('IB_DATA_PACING', 429, 'Too many data requests', {
  retryAfter: 15,
  variants: [
    [/permission|subscri/i, noData],
    [/not supported|for this contract/i, invalid],
  ],
})
const noAdviser = row('IB_NO_ADVISER', 403, "This login is not an adviser's", {
  ...refused,
  query: 'adviserList',
})
const readOnly = row('IB_READ_ONLY', 403, 'The gateway is in read-only mode', refused)
const slower = row('IB_HISTORY_PACING', 429, 'Too many history requests', { retryAfter: 15 })
const nothing = row('IB_NO_DATA', 404, 'IB has no such data')
const stopped = row('IB_HISTORY_CANCELLED', 502, 'The history request was cancelled')
const tooMany = row('IB_REQUEST_LIMIT', 429, 'Too many requests of this kind at once', {
  ...refused,
  retryAfter: 5,
})

const noPermission = row('IB_NOT_PERMITTED', 403, 'No permission for this news')
const calendarFailed = row('IB_CALENDAR_FAILED', 400, 'IB could not serve its calendar of events')

/** What one text of the history service or another means. */
const historyVariants: NonNullable<Meaning['variants']> = [
  // of scanners, which the same service runs
  [/is disabled|is not configured|no valid value/i, invalid],
  [/subscription cancelled/i, stopped],
  [/pacing/i, slower],
  [/no data|returned no/i, nothing],
  [/permission|subscri/i, noData],
  [/cancel/i, stopped],
  [/invalid|not supported|unsupported/i, invalid],
]

/** Every code whose meaning is known (facts §3.4, requirements D.1). What is not here is IB_ERROR. */
export const codeRows: Readonly<Record<number, CodeRow>> = {
  100: row('IB_RATE_EXCEEDED', 429, 'Too many messages to the gateway', {
    ...refused,
    retryAfter: 1,
  }),
  101: row('IB_MARKET_DATA_LINES', 429, 'All market data lines are in use', { retryAfter: 10 }),
  102: twice,
  103: row('IB_DUPLICATE_ORDER_ID', 409, 'IB has seen this order id before', refused),
  104: finished,
  105: unchanged,
  106: field,
  107: field,
  109: field,
  110: row('IB_PRICE_INCREMENT', 422, 'The price does not fit the smallest price step', refused),
  111: field,
  133: row('IB_SUBMIT_FAILED', 502, 'The gateway could not submit the order', refused),
  134: row('IB_MODIFY_FAILED', 502, 'The gateway could not change the order', untouched),
  135: noOrder,
  136: finished,
  160: field,
  161: finished,
  162: row('IB_HISTORY_FAILED', 502, 'IB could not serve the history', {
    variants: historyVariants,
  }),
  163: field,
  165: warning,
  200: row('IB_UNKNOWN_CONTRACT', 422, 'IB knows no such contract, or more than one', refused),
  201: row('IB_ORDER_REJECTED', 422, 'IB rejected the order', { order: 'rejected' }),
  202: row('IB_ORDER_CANCELLED', 409, 'IB cancelled the order', { order: 'cancelled' }),
  203: row('IB_NOT_PERMITTED', 403, 'This account may not trade the contract', refused),
  300: notice,
  309: row('IB_DEPTH_LINES', 429, 'All depth lines are in use', { retryAfter: 10 }),
  310: notice,
  316: row('IB_DEPTH_HALTED', 502, 'Depth was halted'),
  317: notice,
  320: row('IB_REQUEST_UNREADABLE', 400, 'The gateway cannot read the request', refused),
  321: {
    ...invalid,
    variants: [
      [/read-only/i, readOnly],
      [/non FA/i, noAdviser],
    ],
  },
  322: row('IB_REQUEST_FAILED', 400, 'The gateway failed to process the request', {
    ...refused,
    variants: [
      [/maximum number|simultaneous/i, tooMany],
      [/duplicate/i, twice],
    ],
  }),
  326: row('IB_CLIENT_ID_IN_USE', 503, 'The client id is in use', {
    session: 'ended',
    retryAfter: 5,
  }),
  327: row('IB_NEEDS_CLIENT_ZERO', 403, 'Only client 0 may do this', refused),
  329: unchanged,
  354: noData,
  355: field,
  365: notice,
  366: notice,
  382: field,
  383: field,
  385: twice,
  386: twice,
  387: field,
  388: field,
  399: warning,
  404: warning,
  413: invalid,
  414: invalid,
  420: paced,
  430: row('IB_NO_FUNDAMENTALS', 404, 'IB has no fundamentals of this contract'),
  434: field,
  435: field,
  481: warning,
  492: warning,
  501: notice,
  502: away,
  503: row('IB_VERSION', 501, 'The gateway is too old for this', refused),
  504: away,
  505: row('IB_DECODE', 502, 'A message of the gateway could not be read'),
  506: row('IB_VERSION', 503, 'The gateway speaks another version', { session: 'ended' }),
  507: away,
  1100: { ...away, session: 'cut-off' },
  1101: { ...notice, session: 'restored' },
  1102: { ...notice, session: 'restored' },
  1300: { ...away, session: 'ended' },
  2100: {
    ...row('IB_ACCOUNT_UNSUBSCRIBED', 502, 'Somebody else asked for the account'),
    notice: true,
  },
  2101: row('IB_ACCOUNT_LEASE_TAKEN', 409, 'Another client is subscribed to another account', {
    query: 'accountUpdates',
  }),
  2102: unchanged,
  2110: { ...away, session: 'cut-off' },
  10006: row('IB_UNKNOWN_PARENT', 409, 'IB does not know the parent order', refused),
  10089: noData,
  10090: warning,
  10147: noOrder,
  10148: finished,
  10167: warning,
  10168: noData,
  10172: row('IB_NEWS_FAILED', 502, 'IB could not serve the article', {
    variants: [
      [/no data|not found/i, nothing],
      [/permission|subscri|allowed/i, noPermission],
    ],
  }),
  10186: noData,
  10187: row('IB_HISTORY_FAILED', 502, 'IB could not serve the ticks', {
    variants: historyVariants,
  }),
  10189: paced,
  10190: row('IB_TICK_LINES', 429, 'All tick-by-tick lines are in use', { retryAfter: 10 }),
  10197: row('IB_COMPETING_SESSION', 503, 'Another session of this user takes the market data', {
    retryAfter: 30,
  }),
  10276: noPermission,
  10277: noPermission,
  10278: twice,
  10279: calendarFailed,
  10280: calendarFailed,
  10281: twice,
  10282: calendarFailed,
  10283: calendarFailed,
  10284: calendarFailed,
  10349: warning,
  10358: row('IB_NOT_PERMITTED', 403, 'No permission for fundamentals'),
}

/** What IB says with a code that is not in the table. */
export const unknownCode = row('IB_ERROR', 400, 'IB refused the request')

/** 2100…2169 are warnings but for the few that stand in the table. */
function isWarningRange(code: number): boolean {
  return code >= 2100 && code <= 2169
}

/** What is known of a code, by its text where that matters. */
export function rowOf({ code, text }: Pick<GatewayWord, 'code' | 'text'>): CodeRow {
  const found = codeRows[code] ?? (isWarningRange(code) ? warning : unknownCode)
  return found.variants?.find(([pattern]) => pattern.test(text))?.[1] ?? found
}

/** Codes with a meaning of their own; everything else counts as `other` in metrics. */
export const KNOWN_CODES: ReadonlySet<number> = new Set(Object.keys(codeRows).map(Number))
