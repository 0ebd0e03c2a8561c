import { accountOperations } from './account.ts'
import { adviserOperations } from './advisers.ts'
import { clientOperations } from './clients.ts'
import { configOperations } from './config.ts'
import { contractOperations } from './contracts.ts'
import { docsOperations } from './docs.ts'
import { executionOperations } from './executions.ts'
import { feedOperationsList } from './feeds.ts'
import { marketOperations } from './market.ts'
import { newsOperations } from './news.ts'
import { feedListOperations } from './open-feeds.ts'
import type { Operation } from './operation.ts'
import { orderChangeOperations } from './order-changes.ts'
import { orderEventOperations } from './order-events.ts'
import { orderPlanOperations } from './order-plans.ts'
import { orderOperations } from './orders.ts'
import { referenceOperations } from './reference.ts'
import { sessionOperations } from './session.ts'
import { statusPageOperations } from './status-page.ts'
import { subscriptionOperations } from './subscriptions.ts'
import { tickOperations } from './ticks.ts'
import { trafficOperations } from './traffic.ts'

/** Every operation of the API. Both services route from this list and from nothing else. */
export const operations: readonly Operation[] = [
  ...clientOperations,
  ...statusPageOperations,
  ...trafficOperations,
  ...sessionOperations,
  ...docsOperations,
  ...orderOperations,
  ...orderChangeOperations,
  ...orderEventOperations,
  ...orderPlanOperations,
  ...accountOperations,
  ...executionOperations,
  ...configOperations,
  ...contractOperations,
  ...marketOperations,
  ...feedOperationsList,
  ...subscriptionOperations,
  ...tickOperations,
  ...referenceOperations,
  ...newsOperations,
  ...adviserOperations,
  ...feedListOperations,
]

/** The paths of one operation: its own and its aliases. */
export function urlsOf(operation: Operation): readonly string[] {
  return [operation.url, ...(operation.aliases ?? [])]
}

/** What an instance serves: all but what operates the proxy. */
export const instanceOperations = operations.filter(({ onlyProxy }) => onlyProxy !== true)

/** Which methods each path takes. */
export function methodsByUrl(served = operations): ReadonlyMap<string, readonly string[]> {
  const methods = new Map<string, string[]>()
  for (const operation of served) {
    for (const url of urlsOf(operation)) {
      methods.set(url, [...(methods.get(url) ?? []), operation.method])
    }
  }
  return methods
}

/** The map that `GET /` shows: path template (RFC 6570 style) → methods and what they do. */
export function endpointMap(served = operations): Record<string, Record<string, string>> {
  const map: Record<string, Record<string, string>> = {}
  for (const operation of served) {
    for (const url of urlsOf(operation)) {
      const template = url.replace(/:(\w+)/g, '{$1}')
      map[template] = { ...map[template], [operation.method]: operation.summary }
    }
  }
  return map
}

/** The same by group (S4.25): tag → path template → methods. */
export function endpointGroups(served = operations): Record<string, Record<string, string[]>> {
  const groups: Record<string, Record<string, string[]>> = {}
  for (const operation of served) {
    groups[operation.tag] ??= {}
    const group = groups[operation.tag] as Record<string, string[]>
    for (const url of urlsOf(operation)) {
      const template = url.replace(/:(\w+)/g, '{$1}')
      group[template] = [...(group[template] ?? []), operation.method]
    }
  }
  return groups
}
