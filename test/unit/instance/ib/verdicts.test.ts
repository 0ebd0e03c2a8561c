import t from 'tap'
import { KNOWN_CODES } from '../../../../instance/ib/codes.ts'
import { classify, nameOf, toProblem } from '../../../../instance/ib/verdicts.ts'

const QUERY = 1_000_000_001
const ORDER = 42
const NOBODY = -1

type Expected = readonly [code: number, reqId: number, verdict: object, text?: string]

/** One line per decision that differs (facts §3.4, §5; requirements D.1). */
const decisions: readonly Expected[] = [
  [200, QUERY, { about: 'query', fails: true }],
  [162, QUERY, { about: 'query', fails: true }],
  [354, QUERY, { about: 'query', fails: true }],
  [99_999, QUERY, { about: 'query', fails: true }],
  [10_167, QUERY, { about: 'query', fails: false }],
  [2109, QUERY, { about: 'query', fails: false }],
  [366, QUERY, { about: 'query', fails: false }],
  [110, ORDER, { about: 'order', effect: 'refused' }],
  [200, ORDER, { about: 'order', effect: 'refused' }],
  [321, ORDER, { about: 'order', effect: 'refused' }],
  [103, ORDER, { about: 'order', effect: 'refused' }],
  [201, ORDER, { about: 'order', effect: 'rejected' }],
  [202, ORDER, { about: 'order', effect: 'cancelled' }],
  [104, ORDER, { about: 'order', effect: 'untouched' }],
  [161, ORDER, { about: 'order', effect: 'untouched' }],
  [10_147, ORDER, { about: 'order', effect: 'untouched' }],
  [10_148, ORDER, { about: 'order', effect: 'untouched' }],
  [399, ORDER, { about: 'order', effect: 'warning' }],
  [404, ORDER, { about: 'order', effect: 'warning' }],
  [2109, ORDER, { about: 'order', effect: 'warning' }],
  [99_999, ORDER, { about: 'order', effect: 'warning' }],
  [202, -5, { about: 'order', effect: 'cancelled' }],
  [1100, NOBODY, { about: 'session', effect: 'cut-off' }],
  [2110, NOBODY, { about: 'session', effect: 'cut-off' }],
  [1101, NOBODY, { about: 'session', effect: 'restored' }],
  [1102, NOBODY, { about: 'session', effect: 'restored' }],
  [326, NOBODY, { about: 'session', effect: 'ended' }],
  [1300, NOBODY, { about: 'session', effect: 'ended' }],
  [506, NOBODY, { about: 'session', effect: 'ended' }],
  [505, NOBODY, { about: 'decoding' }],
  [2104, NOBODY, { about: 'notice' }],
  [2103, NOBODY, { about: 'notice' }],
  [2158, NOBODY, { about: 'notice' }],
  [99_999, NOBODY, { about: 'notice' }],
  [2101, NOBODY, { about: 'kind', only: 'accountUpdates' }],
  [321, NOBODY, { about: 'kind' }],
  [321, NOBODY, { about: 'kind', only: 'adviserList' }, 'ignored for non FA customers'],
]

t.test('what a code means depends on what it names', async (t) => {
  for (const [code, reqId, verdict, text = ''] of decisions)
    t.same(classify({ code, reqId, text }), verdict, `${code} for ${reqId}`)
})

type Told = readonly [code: number, text: string, status: number, name: string]

const problems: readonly Told[] = [
  [100, 'Max rate of messages per second has been exceeded', 429, 'IB_RATE_EXCEEDED'],
  [101, 'Max number of tickers has been reached', 429, 'IB_MARKET_DATA_LINES'],
  [103, 'Duplicate order id', 409, 'IB_DUPLICATE_ORDER_ID'],
  [104, 'Cannot modify a filled order', 400, 'IB_ORDER_ALREADY_EXECUTED'],
  [110, 'The price does not conform', 422, 'IB_PRICE_INCREMENT'],
  [135, "Can't find order with ID", 404, 'IB_UNKNOWN_ORDER'],
  [
    161,
    'Cancel attempted when order is not in a cancellable state',
    400,
    'IB_ORDER_ALREADY_EXECUTED',
  ],
  [162, 'Historical data request pacing violation', 429, 'IB_HISTORY_PACING'],
  [162, 'HMDS query returned no data: X@SMART', 404, 'IB_NO_DATA'],
  [162, 'API historical data query cancelled: 3', 502, 'IB_HISTORY_CANCELLED'],
  [162, 'No market data permissions for NYSE STK', 403, 'IB_NO_MARKET_DATA_PERMISSION'],
  [162, 'something else', 502, 'IB_HISTORY_FAILED'],
  [200, 'No security definition', 422, 'IB_UNKNOWN_CONTRACT'],
  [201, 'Order rejected', 422, 'IB_ORDER_REJECTED'],
  [203, 'The security is not available', 403, 'IB_NOT_PERMITTED'],
  [321, 'Error validating request', 400, 'IB_REQUEST_INVALID'],
  [420, 'Invalid Real-time Query', 429, 'IB_DATA_PACING'],
  [420, 'Invalid Real-time Query:No market data permissions', 403, 'IB_NO_MARKET_DATA_PERMISSION'],
  [
    10_189,
    'Failed to request tick-by-tick data:No more than 1 request can be made for the same instrument within 15 seconds.',
    429,
    'IB_DATA_PACING',
  ],
  [
    10_189,
    'Failed to request tick-by-tick data:BidAsk tick-by-tick data requests are not supported for VIX',
    400,
    'IB_REQUEST_INVALID',
  ],
  [10_190, 'Max number of tick-by-tick requests has been reached.', 429, 'IB_TICK_LINES'],
  [321, 'The API interface is currently in Read-Only mode.', 403, 'IB_READ_ONLY'],
  [321, 'FA data operations ignored for non FA customers', 403, 'IB_NO_ADVISER'],
  [322, 'Maximum number of account summary requests exceeded', 429, 'IB_REQUEST_LIMIT'],
  [322, 'Error processing request', 400, 'IB_REQUEST_FAILED'],
  [326, 'client id is already in use', 503, 'IB_CLIENT_ID_IN_USE'],
  [354, 'Requested market data is not subscribed', 403, 'IB_NO_MARKET_DATA_PERMISSION'],
  [2101, 'Unable to subscribe to account', 409, 'IB_ACCOUNT_LEASE_TAKEN'],
  [10_147, 'OrderId that needs to be cancelled is not found', 404, 'IB_UNKNOWN_ORDER'],
  [10_148, 'cannot be cancelled', 400, 'IB_ORDER_ALREADY_EXECUTED'],
  [10_168, 'Requested market data is not subscribed', 403, 'IB_NO_MARKET_DATA_PERMISSION'],
  [10_172, 'Failed to request news article:No data available', 404, 'IB_NO_DATA'],
  [10_172, 'Failed to request news article:Not allowed', 403, 'IB_NOT_PERMITTED'],
  [10_172, 'Failed to request news article', 502, 'IB_NEWS_FAILED'],
  [10_187, 'Failed to request historical ticks:No data', 404, 'IB_NO_DATA'],
  [10_187, 'Historical data request pacing violation', 429, 'IB_HISTORY_PACING'],
  [10_276, 'News feed is not allowed', 403, 'IB_NOT_PERMITTED'],
  [10_277, 'News feed permissions required', 403, 'IB_NOT_PERMITTED'],
  [10_278, 'Duplicate WSH metadata request', 500, 'IB_DUPLICATE_REQUEST_ID'],
  [10_283, 'Failed request WSH event data', 400, 'IB_CALENDAR_FAILED'],
  [10_358, 'Fundamentals data is not allowed', 403, 'IB_NOT_PERMITTED'],
  [10_197, 'No market data during competing live session', 503, 'IB_COMPETING_SESSION'],
  [54_321, 'whatever', 400, 'IB_ERROR'],
]

t.test('what IB says becomes a problem that carries its own code and text', async (t) => {
  for (const [code, text, status, name] of problems) {
    const told = toProblem({ code, text, reqId: 7 }, 3)
    t.equal(told.status, status, `${code} ${text}`)
    t.equal(told.code, name)
    t.match(told.document('r'), {
      errorCode: code,
      errorMsg: text,
      reqId: 7,
      client_id: 3,
      detail: text,
    })
    if (status === 429) t.ok(Number(told.headers['retry-after']) > 0)
  }
})

t.test('every known code has a name that starts IB_', async (t) => {
  for (const code of KNOWN_CODES) t.match(nameOf({ code, text: '' }), /^IB_[A-Z_]+$/)
})
