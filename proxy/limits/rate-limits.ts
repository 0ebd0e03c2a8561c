import type { IncomingHttpHeaders } from 'node:http'
import { isIPv6 } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { isLoopback } from '../../shared/env.ts'
import { type Problem, problem } from '../../shared/problem.ts'
import type { Service } from '../../shared/service.ts'
import { callerIn } from '../auth/caller.ts'
import { callerOf } from '../order-rate.ts'
import type { Standing } from '../rate-fields.ts'
import { type MovingWindow, WindowsByCaller } from './moving-window.ts'
import { type Rate, rateOf } from './rate.ts'
import { type RateClass, rateClassOf } from './rate-class.ts'
import type { RateSettings } from './settings.ts'
import { standingFields, tellStanding } from './standings.ts'

/** Callers that are counted apart in each class; those that come when so many are busy share one count. */
export const MAX_CALLERS = 10_000
/** So many of the groups of an IPv6 address are a network; the rest its owner chooses. */
const NETWORK_GROUPS = 4

type Counted = Exclude<RateClass, 'free'>

/** Which window a call is counted in, and what that holds. */
interface Count {
  readonly policy: 'anonymous' | Counted
  readonly caller: string
  readonly rate: Rate
}

export interface RateLimitsOptions {
  readonly settings: RateSettings
  readonly onRefused: (code: string) => void
  /** ms, never falling */
  readonly now?: () => number
}

/** How often each caller may call: known ones by their name and what they do, others by their address. */
export class RateLimits {
  readonly #options: RateLimitsOptions
  readonly #windows = {
    anonymous: new WindowsByCaller(MAX_CALLERS),
    read: new WindowsByCaller(MAX_CALLERS),
    order: new WindowsByCaller(MAX_CALLERS),
    login: new WindowsByCaller(MAX_CALLERS),
  }

  constructor(options: RateLimitsOptions) {
    this.#options = options
  }

  /** Counts every call before anything is done for it, and tells in each answer what is left. Call it when callers are known. */
  register(app: Service): void {
    app.addHook('onRequest', (request, _, done) => {
      const refusal = this.#judge(request)
      if (refusal !== undefined) throw refusal
      done()
    })
    // answers that are carried are written elsewhere
    app.addHook('onSend', (request, reply, _, done) => {
      reply.headers(standingFields(request.raw.headers))
      done()
    })
  }

  #judge(request: FastifyRequest): Problem | undefined {
    const { headers } = request.raw
    const count = this.#countOf(rateClassOf(request), headers, request.ip)
    if (count === undefined) return undefined
    const { window, now } = this.#windowOf(count)
    const isIn = window.take(now)
    tellStanding(headers, standingIn(count, window, now))
    if (isIn) return undefined
    this.#options.onRefused('PROXY_RATE_LIMITED')
    return limited(count, window.waitMs(now))
  }

  /**
   * Counts a read of a caller with these header fields from that address, and says what he has left then; undefined: he is not
   * counted. Where there is no room for it nothing is counted: the hooks refuse it.
   */
  countRead(headers: IncomingHttpHeaders, ip: string): Standing | 'no room' | undefined {
    const count = this.#countOf('read', headers, ip)
    if (count === undefined) return undefined
    const { window, now } = this.#windowOf(count)
    return window.take(now) ? standingIn(count, window, now) : 'no room'
  }

  #windowOf({ policy, caller, rate }: Count): { window: MovingWindow; now: number } {
    const now = (this.#options.now ?? performance.now.bind(performance))()
    return { window: this.#windows[policy].of(caller, rate, now), now }
  }

  #countOf(kind: RateClass, headers: IncomingHttpHeaders, ip: string): Count | undefined {
    if (kind === 'free') return undefined
    const known = callerIn(headers)
    if (known !== undefined && kind !== 'login') {
      const rate = this.#ownRate(kind, known.limits[`${kind}Rate`])
      return rate && { policy: kind, caller: callerOf(headers), rate }
    }
    // what a stranger calls himself he can change with every call
    if (isThisMachine(ip)) return undefined
    const policy = kind === 'login' ? kind : 'anonymous'
    const rate = this.#options.settings[policy]
    return rate && { policy, caller: networkOf(ip), rate }
  }

  #ownRate(kind: 'read' | 'order', own: string | undefined): Rate | undefined {
    return own === undefined ? this.#options.settings[kind] : rateOf(own)
  }
}

function standingIn({ policy, rate }: Count, window: MovingWindow, now: number): Standing {
  const resetSeconds = Math.max(1, Math.ceil(window.waitMs(now) / 1000))
  const remaining = window.remaining(now)
  const { quota, windowMs } = rate
  return { name: policy, quota, windowSeconds: windowMs / 1000, remaining, resetSeconds }
}

function limited({ policy, rate }: Count, waitMs: number): Problem {
  const { quota, windowMs } = rate
  const resetAt = Math.ceil((Date.now() + waitMs) / 1000)
  const whose = policy === 'anonymous' || policy === 'login' ? 'this address' : 'this key'
  return problem('PROXY_RATE_LIMITED', {
    detail: `${policy}: ${quota} calls in any ${windowMs / 1000} s are what ${whose} may make; nothing was done`,
    retryAfter: waitMs / 1000,
    members: { policy, limit: quota, reset_at: resetAt },
  })
}

/** IPv4 may come in the clothes of IPv6. */
function plain(address: string): string {
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address
}

function isThisMachine(address: string): boolean {
  return isLoopback(plain(address))
}

/** Who has an IPv6 address has a whole network of them, so that is counted; an IPv4 address is counted by itself. */
function networkOf(given: string): string {
  const address = plain(given)
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.replace(/%.*$/, '').split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const missing = tail === undefined ? 0 : 8 - before.length - after.length
  const groups = [...before, ...Array.from({ length: missing }, () => '0'), ...after]
  return groups
    .slice(0, NETWORK_GROUPS)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
