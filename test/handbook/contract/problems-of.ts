import { codeRows, type OrderEffect } from '../../../instance/ib/codes.ts'
import type { Operation } from '../../../shared/api/operation.ts'
import { scopeOf } from '../../../shared/api/scope.ts'

/** Problems that any call can meet, whatever it asks; told once, as `default`. */
export const ANYWHERE: readonly string[] = [
  'REQUEST_MALFORMED',
  'REQUEST_UNKNOWN_PATH',
  'REQUEST_METHOD_NOT_ALLOWED',
  'REQUEST_HEADERS_TOO_LARGE',
  'REQUEST_EXPECTATION',
  'REQUEST_FOREIGN_ADDRESS',
  'REQUEST_FOREIGN_HOST',
  'REQUEST_TOO_SLOW',
  'PROXY_RATE_LIMITED',
  'INTERNAL',
]

const CARRIED = [
  'PROXY_SHUTTING_DOWN',
  'PROXY_INSTANCE_LOST',
  'PROXY_DEADLINE',
  'PROXY_UNKNOWN_CLIENT',
  'INSTANCE_NOT_READY',
  'INSTANCE_SHUTTING_DOWN',
]
const LEASED = [
  'PROXY_POOL_BUSY',
  'PROXY_PAUSED',
  'PROXY_DRAINING',
  'PROXY_NO_INSTANCE',
  'INSTANCE_BUSY',
]
const ASKS_IB = [
  'INSTANCE_SESSION_LOST',
  'INSTANCE_QUERY_TIMEOUT',
  'IB_GATEWAY_UNAVAILABLE',
  'IB_RATE_EXCEEDED',
  'IB_REQUEST_INVALID',
  'IB_REQUEST_FAILED',
  'IB_REQUEST_UNREADABLE',
  'IB_REQUEST_LIMIT',
  'IB_DUPLICATE_REQUEST_ID',
  'IB_DECODE',
  'IB_VERSION',
  'IB_NOT_PERMITTED',
  'IB_ERROR',
]
const ABOUT_CONTRACTS = ['IB_UNKNOWN_CONTRACT']
const MARKET = [
  ...ABOUT_CONTRACTS,
  'IB_NO_MARKET_DATA_PERMISSION',
  'IB_MARKET_DATA_LINES',
  'IB_DATA_PACING',
  'IB_COMPETING_SESSION',
]
const HISTORY = [
  ...ABOUT_CONTRACTS,
  'IB_NO_DATA',
  'IB_NO_MARKET_DATA_PERMISSION',
  'IB_HISTORY_FAILED',
  'IB_HISTORY_PACING',
  'IB_HISTORY_CANCELLED',
  'IB_COMPETING_SESSION',
]
const NEWS = ['IB_NEWS_FAILED', 'IB_NO_DATA', 'IB_NOT_PERMITTED']
const LISTS = ['IB_NO_ADVISER', 'INSTANCE_NO_PROFILES', 'REQUEST_FORBIDDEN']

/** By the request to IB: what that is answered with, beside what any is. */
const BY_REQUEST: Readonly<Record<string, readonly string[]>> = {
  reqContractDetails: ABOUT_CONTRACTS,
  reqMktData: MARKET,
  reqMktDepth: [...MARKET, 'IB_DEPTH_LINES', 'IB_DEPTH_HALTED'],
  reqTickByTickData: [...MARKET, 'IB_TICK_LINES', 'IB_HISTORY_FAILED'],
  reqRealTimeBars: MARKET,
  reqHistoricalData: HISTORY,
  reqHistoricalTicks: HISTORY,
  reqHeadTimestamp: HISTORY,
  reqScannerSubscription: ['IB_HISTORY_FAILED', 'IB_NO_DATA', 'IB_HISTORY_CANCELLED'],
  reqScannerParameters: ['INSTANCE_DOCUMENT_UNREADABLE'],
  reqFundamentalData: [...ABOUT_CONTRACTS, 'IB_NO_FUNDAMENTALS', 'IB_NO_MARKET_DATA_PERMISSION'],
  reqSecDefOptParams: ABOUT_CONTRACTS,
  reqHistoricalNews: [...ABOUT_CONTRACTS, ...NEWS, 'INSTANCE_NO_NEWS_PROVIDER'],
  reqNewsArticle: NEWS,
  reqAccountUpdates: ['IB_ACCOUNT_LEASE_TAKEN', 'INSTANCE_UNKNOWN_ACCOUNT'],
  reqPnL: ['INSTANCE_UNKNOWN_ACCOUNT'],
  reqPositions: ['INSTANCE_UNKNOWN_ACCOUNT'],
  reqAccountSummary: ['INSTANCE_UNKNOWN_ACCOUNT'],
  requestFA: [...LISTS, 'INSTANCE_DOCUMENT_UNREADABLE'],
  replaceFA: LISTS,
}

const OPENS = [
  'PROXY_ORDERS_PAUSED',
  'PROXY_ORDER_RATE',
  'INSTANCE_ORDERS_PAUSED',
  'INSTANCE_RESTART_WINDOW',
  'INSTANCE_LEDGER_FAILED',
  'INSTANCE_NOT_OWNER',
]
const PLANS = ['INSTANCE_UNKNOWN_PLAN', 'INSTANCE_PLAN_FINISHED', 'INSTANCE_LEDGER_FAILED']
const ENDS_ORDER = [
  'INSTANCE_ORDER_EXECUTED',
  'INSTANCE_ORDER_FINISHED',
  'INSTANCE_ORDER_UNCONFIRMED',
]

/** What IB's codes come to that do so with an order. */
function namesOf(...effects: readonly OrderEffect[]): readonly string[] {
  const rows = Object.values(codeRows).flatMap((row) => [
    row,
    ...(row.variants ?? []).map(([, variant]) => variant),
  ])
  return rows
    .filter(({ order }) => order !== undefined && effects.includes(order))
    .map(({ name }) => name)
}

const SESSIONS = [
  'REQUEST_LOCKED_OUT',
  'PROXY_AUTH_BUSY',
  // there are no users
  'REQUEST_NOT_IMPLEMENTED',
]

/** By operation id: what no rule tells. */
const FURTHER: Readonly<Record<string, readonly string[]>> = {
  listOrderEvents: [
    'REQUEST_RANGE',
    'PROXY_EVENTS_GONE',
    'PROXY_TOO_MANY_READERS',
    'PROXY_SHUTTING_DOWN',
  ],
  createSession: ['REQUEST_UNAUTHORIZED', ...SESSIONS],
  refreshSession: ['REQUEST_UNAUTHORIZED', ...SESSIONS],
  endSession: SESSIONS,
  listFeeds: ['REQUEST_FORBIDDEN'],
  openEventSocket: [
    'REQUEST_UPGRADE_REQUIRED',
    'REQUEST_CROSS_SITE',
    'PROXY_EVENTS_GONE',
    'PROXY_TOO_MANY_READERS',
    'PROXY_SHUTTING_DOWN',
  ],
  getBeacon: ['PROXY_SHUTTING_DOWN'],
  drainClient: ['PROXY_UNKNOWN_CLIENT'],
  resumeClient: ['PROXY_UNKNOWN_CLIENT'],
  getStatusPage: ['PROXY_TOO_MANY_READERS', 'PROXY_SHUTTING_DOWN'],
  getStatusPageFile: ['REQUEST_UNKNOWN_PATH'],
  getDocsPage: ['REQUEST_UNKNOWN_PATH'],
  placeOrder: [...ENDS_ORDER, 'PROXY_UNKNOWN_ORDER', 'PROXY_AMBIGUOUS_ORDER', 'PROXY_OWNER_DOWN'],
  changeOrder: [...ENDS_ORDER, 'INSTANCE_ORDER_CHANGED', 'IB_UNKNOWN_ORDER'],
  cancelOrder: ENDS_ORDER,
  cancelOrders: ENDS_ORDER,
  cancelOca: [...PLANS, ...ENDS_ORDER],
  cancelSplit: [...PLANS, ...ENDS_ORDER],
  endPlans: ['INSTANCE_LEDGER_FAILED'],
  closePosition: ['INSTANCE_NO_POSITION'],
  getOca: ['INSTANCE_UNKNOWN_PLAN'],
  getSplit: ['INSTANCE_UNKNOWN_PLAN'],
}

function ofFeed({ feed, method, owner, operationId }: Operation): readonly string[] {
  if (operationId === 'getSubscription') return ['INSTANCE_UNKNOWN_FEED', 'INSTANCE_FEED_ENDED']
  if (feed === undefined || owner !== 'feed') return []
  const found = ['INSTANCE_UNKNOWN_FEED', 'INSTANCE_FEED_ENDED']
  const opened = [
    'INSTANCE_TOO_MANY_FEEDS',
    'INSTANCE_TOO_MANY_READERS',
    'INSTANCE_FEED_TAKEN',
    ...('symbol' in feed.question.properties ? ABOUT_CONTRACTS : []),
    // what only some have to show, a window for one
    ...(feed.name === 'displayGroups' ? ['REQUEST_NOT_IMPLEMENTED'] : []),
  ]
  switch (method) {
    case 'POST':
      return ['INSTANCE_FEED_REF_IN_USE', 'INSTANCE_FEED_ENDED', ...opened]
    case 'GET':
      return ['PROXY_TOO_MANY_READERS', ...found, ...opened]
    case 'PUT':
      return ['INSTANCE_FEED_NACK', 'INSTANCE_FEED_REF_IN_USE', ...found]
    case 'DELETE':
      return found
  }
}

/** What who calls may not do, where callers have to say who they are. */
function ofCallers(operation: Operation): readonly string[] {
  const scope = scopeOf(operation)
  if (scope === 'open') return []
  const refused = ['REQUEST_UNAUTHORIZED', 'REQUEST_LOCKED_OUT', 'PROXY_AUTH_BUSY']
  return scope === 'read' && operation.traffic === 'local'
    ? refused
    : [...refused, 'REQUEST_FORBIDDEN']
}

function ofKeys({ method, idempotency, traffic }: Operation): readonly string[] {
  if (method === 'GET' || traffic === 'local') return []
  if (idempotency === undefined) return ['REQUEST_NOT_IMPLEMENTED']
  const kept = ['REQUEST_KEY_IN_USE', 'REQUEST_KEY_REUSED', 'INSTANCE_LEDGER_FAILED']
  return idempotency === 'answer' ? kept : ['REQUEST_KEY_MISSING', ...kept]
}

function ofIb({ ib, operationId, opens, feed, method }: Operation): readonly string[] {
  if (ib === undefined || ib.request.length === 0) return []
  // the feed is there: what is asked about it, IB is not
  if (feed !== undefined && method !== 'POST' && method !== 'GET') return []
  return [
    ...ASKS_IB,
    ...ib.request.flatMap((request) => BY_REQUEST[request] ?? []),
    ...(opens || operationId === 'previewOrder' ? namesOf('refused', 'rejected') : []),
    ...(opens && operationId !== 'previewOrder' ? ['IB_ORDER_CANCELLED'] : []),
    ...(ib.request.includes('cancelOrder') || operationId === 'changeOrder'
      ? namesOf('untouched')
      : []),
  ]
}

/** The codes of every problem an operation is known to answer with, each once. */
export function problemsOf(operation: Operation): readonly string[] {
  const { schema, method, traffic, owner, pacing, opens, operationId, ownerInBody } = operation
  const judged = schema.params ?? schema.querystring ?? schema.body
  const isCarried = traffic !== 'local'
  return [
    ...new Set([
      ...(judged === undefined ? [] : ['REQUEST_INVALID']),
      ...(schema.body === undefined
        ? []
        : ['REQUEST_UNPARSABLE', 'REQUEST_TOO_LARGE', 'REQUEST_UNSUPPORTED_MEDIA_TYPE']),
      ...(method === 'GET' ? ['REQUEST_NOT_ACCEPTABLE'] : ['REQUEST_CROSS_SITE']),
      ...(operation.list === undefined ? [] : ['REQUEST_RANGE']),
      ...ofCallers(operation),
      ...(isCarried ? CARRIED : []),
      ...(traffic === 'leased' ? LEASED : []),
      ...(traffic === 'gathered' ? ['PROXY_NO_INSTANCE', 'PROXY_PAUSED'] : []),
      ...(traffic === 'owned' ? ['PROXY_OWNER_DOWN', 'PROXY_PAUSED'] : []),
      ...(owner === 'orderId' || ownerInBody
        ? [
            'PROXY_UNKNOWN_ORDER',
            'PROXY_AMBIGUOUS_ORDER',
            'INSTANCE_UNKNOWN_ORDER',
            'INSTANCE_NOT_OWNER',
          ]
        : []),
      ...(operation.keyed ? ['PROXY_NOT_OWNER', 'PROXY_OWNER_DOWN'] : []),
      ...(pacing === undefined ? [] : ['PROXY_PACED']),
      ...(opens ? OPENS : []),
      ...ofKeys(operation),
      ...ofFeed(operation),
      ...ofIb(operation),
      ...(FURTHER[operationId] ?? []),
    ]),
  ]
}
