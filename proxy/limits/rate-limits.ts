import { isIPv6 } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { isLoopback } from '../../shared/env.ts'
import { type Problem, problem } from '../../shared/problem.ts'
import type { Service } from '../../shared/service.ts'
import { callerIn } from '../auth/caller.ts'
import { callerOf } from '../order-rate.ts'
import { WindowsByCaller } from './moving-window.ts'
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
    const count = this.#countOf(request)
    if (count === undefined) return undefined
    const { policy, caller, rate } = count
    const now = (this.#options.now ?? performance.now.bind(performance))()
    const window = this.#windows[policy].of(caller, rate, now)
    const isIn = window.take(now)
    const waitMs = window.waitMs(now)
    tellStanding(request.raw.headers, {
      ...{ name: policy, quota: rate.quota, windowSeconds: rate.windowMs / 1000 },
      ...{ remaining: window.remaining(now), resetSeconds: Math.max(1, Math.ceil(waitMs / 1000)) },
    })
    if (isIn) return undefined
    this.#options.onRefused('PROXY_RATE_LIMITED')
    return limited(count, waitMs)
  }

  #countOf(request: FastifyRequest): Count | undefined {
    const kind = rateClassOf(request)
    if (kind === 'free') return undefined
    const { headers } = request.raw
    const known = callerIn(headers)
    if (known !== undefined && kind !== 'login') {
      const rate = this.#ownRate(kind, known.limits[`${kind}Rate`])
      return rate && { policy: kind, caller: callerOf(headers), rate }
    }
    // what a stranger calls himself he can change with every call
    if (isThisMachine(request.ip)) return undefined
    const policy = kind === 'login' ? kind : 'anonymous'
    const rate = this.#options.settings[policy]
    return rate && { policy, caller: networkOf(request.ip), rate }
  }

  #ownRate(kind: 'read' | 'order', own: string | undefined): Rate | undefined {
    return own === undefined ? this.#options.settings[kind] : rateOf(own)
  }
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
