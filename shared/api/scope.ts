import type { Operation } from './operation.ts'

/**
 * What a caller must be allowed, least first: `open` is for strangers too, `read` sees, `trade` can change orders,
 * positions and advisers' groups, `admin` runs the system. Each includes those before it.
 */
export const SCOPES = ['open', 'read', 'trade', 'admin'] as const
export type Scope = (typeof SCOPES)[number]

/** What a key or a user can be given. */
export const GRANTED_SCOPES = ['read', 'trade', 'admin'] as const
export type GrantedScope = (typeof GRANTED_SCOPES)[number]

/** Operations whose scope does not follow from what they are. */
const BY_ID: Readonly<Record<string, Scope>> = {
  getRoot: 'open',
  getBeacon: 'open',
  // strangers are shown no more than a balancer needs
  getClients: 'open',
  // how the page looks; what it shows is asked for apart
  getStatusPageFile: 'open',
  createSession: 'open',
  // it bears a token of its own
  refreshSession: 'open',
  endSession: 'read',
  // asks what an order would cost
  previewOrder: 'read',
  // who reads what, of every account
  listFeeds: 'admin',
  // other readers' lines are given up
  endIdleFeeds: 'admin',
}

const OPEN_PATHS = /^\/(docs|openapi)(\/|\.|$)/
const ADMIN_PATHS = /^\/clients\//

/** The scope an operation needs. What is new and changes something needs `trade` until it is said otherwise here. */
export function scopeOf({
  operationId,
  method,
  url,
  feed,
}: Pick<Operation, 'operationId' | 'method' | 'url' | 'feed'>): Scope {
  const named = Object.hasOwn(BY_ID, operationId) ? BY_ID[operationId] : undefined
  if (named !== undefined) return named
  if (ADMIN_PATHS.test(url)) return 'admin'
  if (OPEN_PATHS.test(url)) return 'open'
  // subscribing to a feed and ending that changes nothing but what is read
  return method === 'GET' || feed !== undefined ? 'read' : 'trade'
}

/** Whether who has one scope may do what needs another. */
export function covers(has: Scope, needed: Scope): boolean {
  return SCOPES.indexOf(has) >= SCOPES.indexOf(needed)
}

/** Whether a path that is no operation's is for everybody: what the API is described by. */
export function isOpenPath(url: string): boolean {
  return OPEN_PATHS.test(url)
}
