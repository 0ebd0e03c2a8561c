import { operations, urlsOf } from '../../shared/api/index.ts'
import type { Operation } from '../../shared/api/operation.ts'
import { type CallFacts, classOf } from '../call-facts.ts'

/** It may go to any client and waits for nothing but a slot, and all that it is, its path says. */
function isFree(operation: Operation): boolean {
  const { method, traffic, tag, url, pacing, patient, feed, produces } = operation
  const isPlain = method === 'GET' && traffic === 'leased' && !url.includes(':')
  const hasItsWay = pacing !== undefined || patient !== undefined || feed !== undefined
  // every answer about orders says whose money it is (trading-mode.ts)
  return isPlain && !hasItsWay && produces === undefined && tag !== 'orders'
}

/** By path: the calls that need no routing. `timeoutMs`: the deadline of those that name none. */
export function freeReads(timeoutMs: number): ReadonlyMap<string, CallFacts> {
  return new Map(
    operations.filter(isFree).flatMap((operation) => {
      const callClass = classOf(operation)
      const facts = { route: operation.url, callClass, pinnedTo: undefined, timeoutMs }
      return urlsOf(operation).map((path) => [path, facts])
    }),
  )
}
