import type { Operation } from '../../../shared/api/operation.ts'
import { ProxyStatus, SwitchThrown } from '../../../shared/schemas/client.ts'

/** What stands before all operations. */
export const preamble = {
  summary: 'One REST address in front of Interactive Brokers',
  description: `Plain HTTP and JSON with IB's own names. Absent values are \`null\`. Times are UTC, ISO 8601.

\`/clients/{clientId}/…\` is the same API at one client, \`/api/v1/…\` the same as \`/…\`, and \`/orders…\` is redirected to \`/order…\`.

Errors are \`application/problem+json\` (RFC 9457): [every problem](docs/problems), [status codes](docs/status-codes).
See also [rate limits](docs/rate-limits), [constants](docs/constants) and [how instruments are named](docs/symbols).

Each operation says what it asks IB for (\`x-ib-request\`, \`x-ib-callbacks\`, \`x-ib-end\`), how the proxy carries it (\`x-traffic\`: leased, owned,
gathered, local; \`x-owner\`: whose it is) and which of IB's limits it falls under (\`x-pacing\`).`,
}

/** What each group of operations is about. */
export const TAGS: Readonly<Record<string, string>> = {
  account: 'Accounts, what they hold and what they are worth',
  clients: 'The system itself: who answers, how the pool stands, its switches',
  contract: 'What can be traded',
  docs: 'This contract and the pages beside it',
  executions: 'Fills and commissions',
  feeds: 'Subscriptions',
  history: 'The past of a market',
  market: 'Markets now',
  news: 'News and reports',
  orders: 'Orders, what follows them, and what happened to them',
  reference: 'What IB publishes about its instruments',
}

const STREAMED = ['application/json', 'text/event-stream', 'application/atom+xml'] as const

const OTHER: Readonly<Record<string, readonly string[]>> = {
  getMetrics: ['text/plain'],
  getContractYaml: ['application/yaml'],
  getDocs: ['text/html'],
  getDocsPage: ['text/html', 'text/css', 'text/javascript'],
  getStatusPage: ['application/json', 'text/html', 'text/event-stream'],
  getStatusPageFile: ['text/css', 'text/javascript', 'image/svg+xml'],
  listOrderEvents: STREAMED,
}

/** The media types an operation's answer comes in, the usual one first. */
export function representationsOf({ operationId, feed, method }: Operation): readonly string[] {
  if (feed !== undefined && method === 'GET' && operationId.startsWith('read')) return STREAMED
  return OTHER[operationId] ?? ['application/json']
}

/** Answers of which the proxy tells more than the declaration that it shares with instances. */
export const CLOSER: Readonly<Record<string, object>> = {
  getClients: ProxyStatus,
  pauseOrders: SwitchThrown,
  resumeOrders: SwitchThrown,
}
