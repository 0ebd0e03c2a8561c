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
gathered, local; \`x-owner\`: whose it is) which of IB's limits it falls under (\`x-pacing\`), and, where callers have to say who they are, what they must be allowed (\`x-scope\`).

Every JSON answer also comes as \`application/vnd.ibrest.v1+json\`, the name of this version.`,
}

/** What each group of operations is about. */
export const TAGS: Readonly<Record<string, string>> = {
  account: 'Accounts, what they hold and what they are worth',
  config: 'Limits, versions and what a contract is traded by',
  clients: 'The system itself: who answers, how the pool stands, its switches',
  contract: 'What can be traded',
  displaygroups: 'What a TWS window shows',
  docs: 'This contract and the pages beside it',
  executions: 'Fills and commissions',
  feeds: 'What all feeds have in common',
  fundamental: 'Reports on companies',
  history: 'The past of a market',
  market: 'Markets now',
  news: 'Headlines, articles and bulletins',
  orders: 'Orders, what follows them, and what happened to them',
  session: 'Who calls',
}

const STREAMED = ['application/json', 'text/event-stream', 'application/atom+xml'] as const

const OTHER: Readonly<Record<string, readonly string[]>> = {
  getMetrics: ['text/plain'],
  getContractYaml: ['application/yaml'],
  getDocs: ['text/html'],
  getDocsPage: ['text/html', 'text/css', 'text/javascript'],
  getStatusPage: ['application/json', 'text/html', 'text/event-stream'],
  getStatusPageFile: ['text/css', 'text/javascript', 'image/svg+xml'],
  getScannerParameters: ['application/json', 'application/xml'],
  getFundamentals: ['application/json', 'application/xml'],
  listOrderEvents: STREAMED,
}

/** The media types an operation's answer comes in, the usual one first. */
export function representationsOf(operation: Operation): readonly string[] {
  const { operationId, feed, method, list } = operation
  if (feed !== undefined && method === 'GET' && operationId.startsWith('read')) return STREAMED
  return OTHER[operationId] ?? ['application/json', ...(list?.csv ? ['text/csv'] : [])]
}

/** Answers of which the proxy tells more than the declaration that it shares with instances. */
export const CLOSER: Readonly<Record<string, object>> = {
  getClients: ProxyStatus,
  pauseOrders: SwitchThrown,
  resumeOrders: SwitchThrown,
}
