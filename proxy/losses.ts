import { type Problem, problem } from '../shared/problem.ts'
import { mayBeSentAgain } from './retry-law.ts'

/** What a caller hears whose call had been written when its instance was lost. */
export function instanceLost(
  clientId: number | undefined,
  method: string,
  reason: string,
): Problem {
  const safe = mayBeSentAgain('reset', method)
  const doubt = safe ? '' : '; what was asked for may have happened: look before you send it again'
  return problem('PROXY_INSTANCE_LOST', {
    detail: `Client ${clientId} was lost during the call (${reason})${doubt}`,
    retryable: safe,
    members: { client_id: clientId },
  })
}

/** What a caller hears whose call could not be written to the only client that may serve it. */
export function ownerUnreachable(clientId: number | undefined, reason: string): Problem {
  return problem('PROXY_OWNER_DOWN', {
    detail: `Only client ${clientId} can serve this, and it cannot be reached: ${reason}`,
    retryAfter: 1,
    members: { client_id: clientId },
  })
}

/** What a caller hears whose deadline passed while the instance worked. */
export function tooLate(clientId: number, method: string): Problem {
  const safe = mayBeSentAgain('late', method)
  return problem('PROXY_DEADLINE', {
    detail: `Client ${clientId} did not answer before the deadline${safe ? '' : '; what was asked for may still happen'}`,
    retryable: safe,
    members: { client_id: clientId },
  })
}
