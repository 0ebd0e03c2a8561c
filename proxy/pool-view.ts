import type { ClientStatus, PoolStatus } from '../shared/schemas/client.ts'
import { CALL_CLASSES } from './line.ts'
import type { Member } from './member.ts'
import type { Pool } from './pool.ts'

/** What `GET /clients` shows of a pool. */
export function viewOf(pool: Pool): PoolStatus {
  const clients = pool.members.map(clientView)
  const { line, pause } = pool
  const { share } = pool.utilisation
  return {
    usable: pool.members.filter(({ isUp, whyDraining }) => isUp && whyDraining === null).length,
    idle: pool.count('idle'),
    busy: pool.count('busy'),
    down: pool.count('down'),
    paused: pause.since === undefined ? null : { since: pause.since.toISOString() },
    connected: Object.fromEntries(clients.map(({ clientId, connected }) => [clientId, connected])),
    queue: { length: line.length, limit: line.limit, oldestWaitMs: line.oldestWaitMs },
    waiting: Object.fromEntries(
      CALL_CLASSES.map((callClass) => [callClass, line.count(callClass)]),
    ) as PoolStatus['waiting'],
    held: pause.held,
    maxWaitMs: line.oldestWaitMs,
    meanServiceMs: hundredths(pool.meanServiceMs),
    utilisation: share === null ? null : hundredths(share),
    clients,
  }
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100
}

/** What it shows of one client. */
export function clientView(member: Member): ClientStatus {
  const { clientId, slots } = member
  // an instance with a free slot is idle, and one with a running call is not drained, whatever its other slots do
  const shown =
    slots.find(({ state }) => state === 'idle') ??
    slots.find(({ state }) => state !== 'drained') ??
    slots[0]
  if (shown === undefined) throw new Error(`client ${clientId} has no slots`)
  return {
    clientId,
    origin: member.origin,
    connected: member.isUp,
    state: shown.state,
    since: new Date(shown.since).toISOString(),
    reason: shown.reason ?? member.whyDraining,
    hint: shown.hint,
    slots: slots.length,
    busy: member.busy,
    active: member.active,
    beside: member.beside,
    calls: slots.reduce((sum, slot) => sum + slot.calls, 0),
  }
}
