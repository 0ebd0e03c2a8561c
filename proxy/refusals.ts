import { type Problem, problem } from '../shared/problem.ts'

/** Seconds after which a caller that met a pool without usable instances should try again. */
const RETRY_AFTER_DOWN_S = 2
/** Seconds after which a caller should look whether an operator has resumed. */
const RETRY_AFTER_OPERATOR_S = 5

/** What a newcomer hears, and who still waits, when the proxy ends. */
export function shuttingDown(): Problem {
  return problem('PROXY_SHUTTING_DOWN', { retryAfter: RETRY_AFTER_DOWN_S })
}

/** What a caller hears who has waited in vain for the pool to be resumed. */
export function paused(detail: string): Problem {
  return problem('PROXY_PAUSED', { detail, retryAfter: RETRY_AFTER_OPERATOR_S })
}

/** What a caller hears whose call only a client that is being drained could serve; undefined: any of several. */
export function draining(clientId: number | undefined, why: string): Problem {
  const who = clientId === undefined ? 'Every client that is connected' : `Client ${clientId}`
  return problem('PROXY_DRAINING', {
    detail: `${who} takes no new calls: ${why}`,
    retryAfter: RETRY_AFTER_OPERATOR_S,
    ...(clientId !== undefined && { members: { client_id: clientId } }),
  })
}

/** What a caller hears when no instance is usable, with the reasons of some. */
export function noInstance(size: number, reasons: Iterable<string>): Problem {
  return problem('PROXY_NO_INSTANCE', {
    detail: `None of ${size} instances is usable: ${[...reasons].slice(0, 3).join('; ')}`,
    retryAfter: RETRY_AFTER_DOWN_S,
  })
}

/** What a caller hears who names a client the pool has not. */
export function unknownClient(clientId: number | string, size: number): Problem {
  return problem('PROXY_UNKNOWN_CLIENT', {
    detail: `There is no client ${clientId}; the pool has 0 to ${size - 1}`,
  })
}

/** What a caller hears whose call only one client may serve while that one is down. */
export function ownerDown(clientId: number, reason: string | null): Problem {
  return problem('PROXY_OWNER_DOWN', {
    detail: `Only client ${clientId} can serve this, and it is not usable${reason === null ? '' : `: ${reason}`}`,
    retryAfter: RETRY_AFTER_DOWN_S,
    members: { client_id: clientId },
  })
}
