import type { IncomingHttpHeaders } from 'node:http'
import { timeoutOf } from '../../shared/deadline.ts'
import type { HostRule } from '../../shared/hosts.ts'
import { JSON_TYPE } from '../../shared/media.ts'
import { givenRequestId } from '../../shared/request-id.ts'
import { type Caller, tellCaller } from '../auth/caller.ts'
import type { Gate } from '../auth/gate.ts'
import { passedOn } from '../headers.ts'
import type { RateLimits } from '../limits/rate-limits.ts'
import { tellStanding } from '../limits/standings.ts'
import { linesOf } from '../wire/request.ts'

export interface AdmissionRules {
  readonly gate: Pick<Gate, 'isClosed' | 'reader'>
  readonly rates: Pick<RateLimits, 'countRead'>
  /** whether calls on a connection from an address come from there, and may */
  readonly passes: (address: string) => boolean
  readonly hosts: HostRule | undefined
  /** deadline of a call that names none, ms */
  readonly requestTimeoutMs: number
}

/** What was found of header fields; it holds as long as the same are said on the same connection. */
export interface Found {
  /** of its own, where it has one */
  readonly id: string | undefined
  readonly timeoutMs: number
  readonly given: Readonly<IncomingHttpHeaders>
  /** who said them last; undefined where nobody is asked */
  caller: Caller | undefined
  /** with who said them */
  headers: IncomingHttpHeaders
  /** as `Asked` has it */
  linesOn: string
}

/**
 * Which reads the hooks of the service would let pass: whose key they know or who needs none, who has calls left, who calls us by our
 * name and takes JSON. The hooks need not be run for those. Everybody else meets them, whoever is to be refused among them.
 */
export class Admission {
  readonly #rules: AdmissionRules

  constructor(rules: AdmissionRules) {
    this.#rules = rules
  }

  /** What there is to know of these header fields from that address; undefined: the hooks have to judge them. */
  judge(given: Readonly<IncomingHttpHeaders>, ip: string): Found | undefined {
    const { passes, hosts, requestTimeoutMs } = this.#rules
    const { host, accept, origin } = given
    if (!passes(ip) || origin !== undefined) return undefined
    if (host === undefined || hosts?.(host) === false) return undefined
    if (accept !== undefined && accept !== '*/*' && accept !== JSON_TYPE) return undefined
    try {
      const timeoutMs = timeoutOf(given, requestTimeoutMs)
      const linesOn = linesOf(passedOn(given))
      return {
        id: givenRequestId(given),
        timeoutMs,
        given,
        caller: undefined,
        headers: given,
        linesOn,
      }
    } catch {
      // who names a deadline that cannot be kept is told so by them
      return undefined
    }
  }

  /** The header fields of a call with what is known of its caller, who is counted by it; undefined: the hooks have to judge it. */
  admit(found: Found, url: string, ip: string): IncomingHttpHeaders | undefined {
    const { gate, rates } = this.#rules
    if (gate.isClosed) {
      const caller = gate.reader(url, found.given)
      if (caller === undefined) return undefined
      if (caller !== found.caller) meet(found, caller)
    }
    const standing = rates.countRead(found.headers, ip)
    if (standing === 'no room') return undefined
    if (standing === undefined) return found.headers
    const own = { ...found.headers }
    tellStanding(own, standing)
    return own
  }
}

function meet(found: Found, caller: Caller): void {
  found.caller = caller
  found.headers = { ...found.given }
  tellCaller(found.headers, caller)
  found.linesOn = linesOf(passedOn(found.headers))
}
