import type { FieldError, ProblemDocument } from './schemas/problem.ts'

/** One problem of the table. */
export interface ProblemRow {
  readonly status: number
  readonly title: string
  /** TESS' sentence for it (S4.10–S4.20). */
  readonly message?: string
  /** Whether the same call may be sent again as it is: only where nothing was done. */
  readonly retryable?: boolean
}

/**
 * Every problem this system reports by itself. The prefix says who speaks: PROXY_ the proxy, INSTANCE_ an
 * instance, REQUEST_ whoever read the call first. What IB says is in `instance/ib/codes.ts` and starts IB_.
 */
export const problems = {
  REQUEST_UNPARSABLE: {
    status: 400,
    title: 'The body cannot be read',
    message: 'JSON cannot be parsed',
  },
  REQUEST_MALFORMED: { status: 400, title: 'The request is malformed' },
  REQUEST_UNAUTHORIZED: {
    status: 401,
    title: 'Nobody may do this without saying who calls',
    message: 'Bad credentials',
  },
  REQUEST_FORBIDDEN: { status: 403, title: 'This caller may not do that' },
  REQUEST_LOCKED_OUT: {
    status: 429,
    title: 'Too many wrong credentials',
    message: 'Rate limited',
    retryable: true,
  },
  REQUEST_FOREIGN_ADDRESS: { status: 403, title: 'Callers from this address are not served' },
  REQUEST_FOREIGN_HOST: { status: 421, title: 'This host is not called so' },
  REQUEST_TOO_SLOW: { status: 408, title: 'The request took too long to come', retryable: true },
  REQUEST_CROSS_SITE: { status: 403, title: 'A page of another site made this call' },
  REQUEST_UNKNOWN_PATH: { status: 404, title: 'No such path' },
  REQUEST_METHOD_NOT_ALLOWED: { status: 405, title: 'The path does not take this method' },
  REQUEST_NOT_ACCEPTABLE: { status: 406, title: 'No representation you accept' },
  REQUEST_TOO_LARGE: { status: 413, title: 'The body is too large' },
  REQUEST_UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The body must be application/json' },
  REQUEST_RANGE: { status: 416, title: 'There are no such rows' },
  REQUEST_EXPECTATION: { status: 417, title: 'The request expects what is not done here' },
  REQUEST_UPGRADE_REQUIRED: { status: 426, title: 'This path is a WebSocket' },
  REQUEST_HEADERS_TOO_LARGE: { status: 431, title: 'The header fields are too large' },
  REQUEST_INVALID: {
    status: 422,
    title: 'Fields are missing or invalid',
    message: 'Invalid parameter',
  },
  REQUEST_KEY_MISSING: { status: 400, title: 'An Idempotency-Key or clientOrderId is required' },
  REQUEST_KEY_IN_USE: {
    status: 409,
    title: 'A call under this key is still running',
    retryable: true,
  },
  REQUEST_KEY_REUSED: { status: 422, title: 'This key was used for something else' },
  REQUEST_NOT_IMPLEMENTED: { status: 501, title: 'Not supported' },
  INTERNAL: { status: 500, title: 'Unexpected failure' },

  PROXY_AUTH_BUSY: {
    status: 503,
    title: 'Too many credentials are being judged',
    retryable: true,
  },
  PROXY_POOL_BUSY: { status: 503, title: 'No instance became free in time', retryable: true },
  PROXY_PACED: {
    status: 429,
    title: 'IB allows no more of these before the deadline',
    message: 'Rate limited',
    retryable: true,
  },
  PROXY_RATE_LIMITED: {
    status: 429,
    title: 'This caller calls too often',
    message: 'Rate limited',
    retryable: true,
  },
  PROXY_PAUSED: { status: 503, title: 'The pool is paused', retryable: true },
  PROXY_DRAINING: { status: 503, title: 'The client takes no new calls', retryable: true },
  PROXY_NO_INSTANCE: { status: 503, title: 'No instance is usable', retryable: true },
  PROXY_OWNER_DOWN: {
    status: 503,
    title: 'The instance that owns this is not usable',
    retryable: true,
  },
  PROXY_NOT_OWNER: { status: 421, title: 'Another client owns this name' },
  PROXY_SHUTTING_DOWN: { status: 503, title: 'Shutting down', retryable: true },
  PROXY_TOO_MANY_READERS: {
    status: 503,
    title: 'Too many readers of events',
    retryable: true,
  },
  PROXY_EVENTS_GONE: { status: 410, title: 'There are no events at that position' },
  PROXY_UNKNOWN_CLIENT: { status: 404, title: 'No such client id' },
  PROXY_UNKNOWN_ORDER: { status: 404, title: 'No client knows this order' },
  PROXY_AMBIGUOUS_ORDER: { status: 409, title: 'Several clients have an order of that number' },
  PROXY_ORDERS_PAUSED: { status: 403, title: 'Orders are paused', retryable: true },
  PROXY_ORDER_RATE: {
    status: 429,
    title: 'Too many orders within a minute',
    message: 'Rate limited',
    retryable: true,
  },
  PROXY_INSTANCE_LOST: { status: 502, title: 'The instance was lost during the call' },
  PROXY_DEADLINE: { status: 504, title: 'The instance did not answer in time' },

  INSTANCE_STRANGER: {
    status: 401,
    title: 'An instance answers its proxies only',
    message: 'Bad credentials',
  },
  INSTANCE_NOT_READY: { status: 503, title: 'Not logged in to the gateway', retryable: true },
  INSTANCE_BUSY: { status: 503, title: 'The instance already works on a call', retryable: true },
  INSTANCE_ORDERS_PAUSED: { status: 403, title: 'Orders are paused', retryable: true },
  INSTANCE_RESTART_WINDOW: { status: 503, title: 'The gateway is restarting', retryable: true },
  INSTANCE_SHUTTING_DOWN: { status: 503, title: 'Shutting down', retryable: true },
  INSTANCE_SESSION_LOST: { status: 502, title: 'The gateway was lost during the call' },
  INSTANCE_QUERY_TIMEOUT: { status: 504, title: 'The gateway did not answer in time' },
  INSTANCE_LEDGER_FAILED: { status: 503, title: 'The ledger cannot be written' },
  INSTANCE_NOT_OWNER: { status: 421, title: 'Another client id owns this' },
  INSTANCE_UNKNOWN_ORDER: { status: 404, title: 'This client has no such order' },
  INSTANCE_ORDER_EXECUTED: { status: 400, title: 'The order has already been executed' },
  INSTANCE_ORDER_FINISHED: { status: 409, title: 'The order is already finished' },
  INSTANCE_ORDER_UNCONFIRMED: { status: 409, title: 'Nobody knows whether the order lives' },
  INSTANCE_ORDER_CHANGED: { status: 412, title: 'The order is no longer as you knew it' },
  INSTANCE_EVENTS_GONE: { status: 410, title: 'There are no events at that position' },
  INSTANCE_UNKNOWN_ACCOUNT: { status: 404, title: 'There is no such account' },
  INSTANCE_UNKNOWN_PLAN: { status: 404, title: 'No plan began with this order' },
  INSTANCE_PLAN_FINISHED: { status: 409, title: 'The plan can no longer be given up' },
  INSTANCE_UNKNOWN_FEED: { status: 404, title: 'There is no such subscription' },
  INSTANCE_FEED_ENDED: { status: 410, title: 'The subscription has ended' },
  INSTANCE_FEED_REF_IN_USE: { status: 409, title: 'There is such a subscription already' },
  INSTANCE_FEED_TAKEN: { status: 409, title: 'IB gives this to one question at a time' },
  INSTANCE_FEED_NACK: { status: 409, title: 'The subscription cannot be changed so' },
  INSTANCE_TOO_MANY_FEEDS: { status: 503, title: 'Too many feeds', retryable: true },
  INSTANCE_TOO_MANY_READERS: { status: 503, title: 'Too many readers', retryable: true },
  INSTANCE_DOCUMENT_UNREADABLE: { status: 502, title: 'A document of IB cannot be read' },
  INSTANCE_NO_NEWS_PROVIDER: { status: 403, title: 'This login has no news provider' },
  INSTANCE_NO_PROFILES: { status: 501, title: 'IB has given up profiles for groups' },
  INSTANCE_NO_POSITION: { status: 404, title: 'The account has no such position' },
} satisfies Record<string, ProblemRow>

/** Where the proxy explains every problem. */
const PROBLEMS_PAGE = '/docs/problems'

export type ProblemCode = keyof typeof problems

/** The part of a problem's address that names it: `PROXY_PAUSED` is `proxy-paused`. */
export function slugOf(code: string): string {
  return code.toLowerCase().replaceAll('_', '-')
}

/** What a problem may carry beside its code. Durations in seconds. */
export interface ProblemFacts {
  readonly detail?: string
  readonly errors?: readonly FieldError[]
  /** becomes the `Retry-After` header, whole seconds */
  readonly retryAfter?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
  /** further RFC 9457 extension members, e.g. `candidates` */
  readonly members?: Readonly<Record<string, unknown>>
  readonly retryable?: boolean
}

/** Something a caller must be told, as data: code, HTTP status, whether the call may be sent again. */
export class Problem extends Error {
  readonly code: string
  readonly status: number
  readonly title: string
  readonly retryable: boolean
  readonly facts: ProblemFacts

  constructor(code: string, row: ProblemRow, facts: ProblemFacts = {}) {
    super(facts.detail ?? row.title, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.name = 'Problem'
    this.code = code
    this.status = row.status
    this.title = row.title
    this.retryable = facts.retryable ?? row.retryable ?? false
    this.facts = facts
    this.#message = row.message
  }

  readonly #message: string | undefined

  /** Header fields the answer must carry, lower-case names. */
  get headers(): Record<string, string> {
    const { retryAfter, headers } = this.facts
    return {
      ...headers,
      ...(retryAfter !== undefined && {
        'retry-after': String(Math.max(1, Math.ceil(retryAfter))),
      }),
    }
  }

  /** The RFC 9457 document of this problem for one request. */
  document(requestId: string): ProblemDocument {
    const { errors, members } = this.facts
    const slug = slugOf(this.code)
    return {
      type: `https://ibrest.dev/problems/${slug}`,
      title: this.title,
      status: this.status,
      detail: this.message,
      instance: `urn:ibrest:request:${requestId}`,
      code: this.code,
      retryable: this.retryable,
      message: errors?.every((error) => error.code === 'missing')
        ? 'Missing parameter'
        : (this.#message ?? this.title),
      documentation_url: `${PROBLEMS_PAGE}#${slug}`,
      ...(errors && { errors: [...errors] }),
      ...members,
    }
  }
}

/** A problem of our own, by its code. */
export function problem(code: ProblemCode, facts: ProblemFacts = {}): Problem {
  return new Problem(code, problems[code], facts)
}
