import type { Operation } from '../../../shared/api/operation.ts'
import { scopeOf } from '../../../shared/api/scope.ts'

/** A header field that calls may bear, said once. */
interface HeaderField {
  readonly name: string
  readonly description: string
  readonly schema: object
  /** whether an operation heeds it */
  readonly heededBy: (operation: Operation) => boolean
}

const isCarried = ({ traffic }: Operation) => traffic !== 'local'
const isOfFeed = ({ feed }: Operation) => feed !== undefined
const isStreamed = (operation: Operation) =>
  (isOfFeed(operation) && operation.method === 'GET') || operation.operationId === 'listOrderEvents'

/** Whether a call can be tried and nothing done; what is told of plans that would end are rows, as ever. */
export function isAnalyzable(operation: Operation): boolean {
  const { operationId, tag, method } = operation
  if (method === 'GET' || tag !== 'orders' || operationId === 'endPlans') return false
  return scopeOf(operation) === 'trade'
}

/** What calls may bear, by the name it has in the contract's components. */
export const requestFields: Readonly<Record<string, HeaderField>> = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    description:
      'Any text of your own: the same call under it is never done twice, and is answered as the first was',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
    heededBy: ({ idempotency }) => idempotency !== undefined,
  },
  Prefer: {
    name: 'Prefer',
    description:
      '`wait=N`: so many seconds may the answer take (RFC 7240); where news is asked for, so long is waited for it. `return=minimal`: 204 where nothing need be told',
    schema: { type: 'string', examples: ['wait=30', 'return=minimal'] },
    heededBy: (operation) => isCarried(operation) || isStreamed(operation),
  },
  DeadlineMs: {
    name: 'X-Deadline-Ms',
    description: 'The deadline of this call, waiting and work together, ms; at most 60000',
    schema: { type: 'number', exclusiveMinimum: 0, maximum: 60_000 },
    heededBy: (operation) => isCarried(operation) || operation.operationId === 'pauseClients',
  },
  IfMatch: {
    name: 'If-Match',
    description: "The order's `ETag` as you know it: 412 where it is no longer so",
    schema: { type: 'string' },
    heededBy: ({ operationId }) => operationId === 'changeOrder',
  },
  Analyze: {
    name: 'X-Analyze',
    description:
      '`1`: what the call would send, bind and cost is told (200), and nothing is sent; `IBREST-Analyzed: yes` on its answer',
    schema: { type: 'string', enum: ['1', '0'] },
    heededBy: isAnalyzable,
  },
  Range: {
    name: 'Range',
    description:
      '`page=2` or `page=2-4`, and where rows have a time `timestamp=a-b` in seconds since 1970: a part of the list',
    schema: { type: 'string', examples: ['page=2', 'timestamp=1767225600-1767312000'] },
    heededBy: ({ list, method }) => list !== undefined && method === 'GET',
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    description: 'The `ETag` of what you have: 304 where it is still so',
    schema: { type: 'string' },
    heededBy: ({ schema }) => 304 in schema.response,
  },
  SourceRef: {
    name: 'Source-Ref',
    description:
      'Names a subscription; 1 to 64 letters, digits and . : _ -. `Source_Ref` and `?sourceRef=` say the same',
    schema: { type: 'string', pattern: '^[\\w.:-]{1,64}$' },
    heededBy: isOfFeed,
  },
  SubscriptionRef: {
    name: 'Subscription-Ref',
    description: 'The subscription that is to be changed; `Source-Ref` then names the change',
    schema: { type: 'string', pattern: '^[\\w.:-]{1,64}$' },
    heededBy: (operation) => isOfFeed(operation) && operation.method === 'PUT',
  },
  LastEventId: {
    name: 'Last-Event-ID',
    description: 'Where a stream goes on: the `id` of the last event you have',
    schema: { type: 'string' },
    heededBy: isStreamed,
  },
  CacheControl: {
    name: 'Cache-Control',
    description: '`no-cache`: asked for you alone, and of IB itself',
    schema: { type: 'string', examples: ['no-cache'] },
    heededBy: ({ method, traffic }) =>
      method === 'GET' && (traffic === 'leased' || traffic === 'gathered'),
  },
  RequestId: {
    name: 'X-Request-Id',
    description: 'Your own name of the call, a plain token: kept in logs and given back',
    schema: { type: 'string', pattern: '^[\\w.:-]{1,64}$' },
    heededBy: () => true,
  },
}

interface AnswerField {
  readonly name: string
  readonly description: string
  readonly on: (operation: Operation, status: number) => boolean
}

const isFine = (status: number) => status < 300

/** What answers bear, by the name it has in the contract's components. */
export const answerFields: Readonly<Record<string, AnswerField>> = {
  RequestId: {
    name: 'X-Request-Id',
    description: 'The name of the call in all logs',
    on: () => true,
  },
  ClientId: {
    name: 'IBREST-Client-Id',
    description: 'Which client served it',
    on: ({ traffic }, status) => isFine(status) && traffic !== 'local' && traffic !== 'gathered',
  },
  MissingClients: {
    name: 'IBREST-Missing-Clients',
    description: 'Clients that could not be asked: what only they know is missing',
    on: ({ traffic }, status) => isFine(status) && traffic === 'gathered',
  },
  ServerTiming: {
    name: 'Server-Timing',
    description: 'Where the time went, ms',
    on: ({ traffic }, status) => isFine(status) && traffic !== 'local',
  },
  TradingMode: {
    name: 'Trading-Mode',
    description: 'Whose money it moves: simulated, paper or live',
    on: ({ tag }, status) => isFine(status) && tag === 'orders',
  },
  Location: {
    name: 'Location',
    description: 'Where the order or plan is',
    on: ({ opens }, status) => opens === true && (status === 201 || status === 202),
  },
  ETag: {
    name: 'ETag',
    description: 'For `If-Match` or `If-None-Match`: what it is as it stands',
    on: ({ operationId, schema }, status) =>
      (status === 200 && (operationId === 'getOrder' || operationId === 'changeOrder')) ||
      (304 in schema.response && (status === 200 || status === 304)),
  },
  ContentRange: {
    name: 'Content-Range',
    description: 'Which part it is, and how many there are: `page 2-2/3`, `timestamp 1-5/5`',
    on: ({ list }, status) => list !== undefined && (status === 206 || status === 416),
  },
  Link: {
    name: 'Link',
    description: 'The other pages (RFC 8288): first, prev, next, last',
    on: ({ list }, status) => list !== undefined && (status === 200 || status === 206),
  },
  IdempotencyReplayed: {
    name: 'Idempotency-Replayed',
    description: '`true`: the answer of the first call under this key',
    on: ({ idempotency }, status) => isFine(status) && idempotency !== undefined,
  },
  Source: {
    name: 'IBREST-Source',
    description: '`mirror`: from what IB has pushed; `gateway`: IB was asked',
    on: ({ mirrored, operationId }, status) =>
      isFine(status) && (mirrored === true || operationId === 'listExecutions'),
  },
  RateLimit: {
    name: 'RateLimit',
    description: "What is left of IB's limits",
    on: ({ pacing }, status) => pacing !== undefined && (isFine(status) || status === 429),
  },
  Analyzed: {
    name: 'IBREST-Analyzed',
    description: '`yes`: nothing was done, the call was only tried',
    on: (operation, status) => status === 200 && isAnalyzable(operation),
  },
  RetryAfter: {
    name: 'Retry-After',
    description: 'So many seconds later it is worth trying again',
    on: (_, status) => status === 429 || status === 503,
  },
}
