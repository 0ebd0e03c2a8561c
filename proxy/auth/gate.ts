import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import { covers } from '../../shared/api/scope.ts'
import { Problem } from '../../shared/problem.ts'
import type { Service } from '../../shared/service.ts'
import type { AuthOutcome } from './auth-metrics.ts'
import { type Caller, callerIn, tellCaller } from './caller.ts'
import { credentialIn } from './credential.ts'
import type { KeyRing, Verdict } from './key-ring.ts'
import { forbidden, lockedOut, prompting, unbelieved, unnamed } from './refusals.ts'
import { mayBeSocket, scopeOfCall } from './route-scopes.ts'
import type { Sessions } from './sessions.ts'

/** Open streams are ended within so long when their caller may not call any more, ms. */
const LOOK_MS = 1000
const ACCESS_TOKEN = 'ibs_'

export interface GateOptions {
  /** undefined: there are no keys */
  readonly ring: KeyRing | undefined
  /** undefined: there are no users */
  readonly sessions: Sessions | undefined
  readonly count: (outcome: AuthOutcome) => void
  readonly log: FastifyBaseLogger
}

/** An open stream and how it is ended. */
interface Stream {
  readonly caller: Caller
  readonly end: () => void
}

/** Knows who calls, and lets through who may. Where there are neither keys nor users everybody may everything. */
export class Gate {
  readonly #options: GateOptions
  readonly #streams = new Set<Stream>()
  #timer: NodeJS.Timeout | undefined

  constructor(options: GateOptions) {
    this.#options = options
  }

  /** Whether callers have to say who they are. */
  get isClosed(): boolean {
    return this.#options.ring !== undefined || this.#options.sessions !== undefined
  }

  /** Judges every call before anything is done for it. Call it before routes are made. */
  register(app: Service): void {
    if (!this.isClosed) return
    app.addHook('onRequest', (request, _, done) => {
      const refuse = (why: Error) =>
        done(why instanceof Problem && isPage(request) ? prompting(why) : why)
      try {
        const judged = this.#judge(request)
        if (judged instanceof Promise) judged.then(() => done(), refuse)
        else done()
      } catch (why) {
        refuse(why as Error)
      }
    })
    // what promised to become a WebSocket and did not is a call like any other
    app.addHook('preValidation', (request, _, done) => {
      if (mayBeSocket(request) && callerIn(request.raw.headers) === undefined && !request.ws)
        throw this.#refused('missing', unnamed())
      done()
    })
  }

  /** Looks at the files, and at who is there, from now on. */
  start(): void {
    const { ring, sessions } = this.#options
    ring?.watch()
    sessions?.watch()
    if (!this.isClosed) return
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#options.ring?.stop()
    this.#options.sessions?.stop()
  }

  /** Whether a call comes from somebody who has not said who he is where others have to. */
  isStranger({ raw }: FastifyRequest): boolean {
    return this.isClosed && callerIn(raw.headers) === undefined
  }

  /** A stream that stays open is ended when its caller may not call any more; the function it gives forgets that. */
  hold({ raw }: Pick<FastifyRequest, 'raw'>, end: () => void): () => void {
    const caller = callerIn(raw.headers)
    if (caller === undefined) return () => undefined
    const stream = { caller, end }
    this.#streams.add(stream)
    return () => void this.#streams.delete(stream)
  }

  #look(): void {
    const now = Date.now()
    for (const stream of this.#streams) {
      if (stream.caller.isValid(now)) continue
      this.#streams.delete(stream)
      stream.end()
    }
  }

  /** Whom a read comes from whose key or token was seen before; undefined: the hooks have to judge it. */
  reader(url: string, headers: IncomingHttpHeaders): Caller | undefined {
    try {
      const text = credentialIn(url, headers)
      if (text === undefined) return undefined
      const verdict = this.#known(text)
      if (verdict === undefined || !('caller' in verdict)) return undefined
      return covers(verdict.caller.scope, 'read') ? this.#believed(text, verdict) : undefined
    } catch {
      // a credential that cannot be taken
      return undefined
    }
  }

  #judge(request: FastifyRequest): Promise<void> | undefined {
    const { headers, url = '' } = request.raw
    let text: string | undefined
    try {
      text = credentialIn(url, headers)
    } catch (why) {
      throw this.#refused('malformed', why as Problem)
    }
    if (text === undefined) {
      this.#admitStranger(request)
      return undefined
    }
    const verdict = this.#known(text)
    if (verdict !== undefined) {
      this.#admit(request, this.#believed(text, verdict))
      return undefined
    }
    return this.authenticate(text, request.ip).then((caller) => this.#admit(request, caller))
  }

  #admitStranger(request: FastifyRequest): void {
    if (scopeOfCall(request) === 'open') this.#options.count('open')
    else if (!mayBeSocket(request)) throw this.#refused('missing', unnamed())
  }

  #admit(request: FastifyRequest, caller: Caller): void {
    tellCaller(request.raw.headers, caller)
    const needed = scopeOfCall(request)
    if (!covers(caller.scope, needed)) throw this.#refused('forbidden', forbidden(caller, needed))
  }

  #known(text: string): Verdict | undefined {
    const { ring, sessions } = this.#options
    if (text.startsWith(ACCESS_TOKEN)) return sessions?.judge(text) ?? { why: 'wrong' }
    return ring === undefined ? { why: 'wrong' } : ring.known(text)
  }

  /** Whom a key or an access token belongs to. @throws Problem REQUEST_UNAUTHORIZED, REQUEST_LOCKED_OUT, PROXY_AUTH_BUSY */
  async authenticate(text: string, address: string): Promise<Caller> {
    const known = this.#known(text)
    if (known !== undefined) return this.#believed(text, known)
    try {
      const { ring } = this.#options
      return this.#believed(text, (await ring?.judge(text, address)) ?? { why: 'wrong' })
    } catch (error) {
      if (error instanceof Problem && error.code === 'PROXY_AUTH_BUSY') this.#options.count('busy')
      throw error
    }
  }

  #believed(text: string, verdict: Verdict): Caller {
    if ('caller' in verdict) {
      this.#options.count(text.startsWith(ACCESS_TOKEN) ? 'session' : 'key')
      return verdict.caller
    }
    const { why } = verdict
    switch (why) {
      case 'wrong':
        throw this.#refused(why, unbelieved())
      case 'locked-out':
        throw this.#refused(why, lockedOut(verdict.until, verdict.limit))
      case 'expired':
      case 'revoked':
        throw this.#refused(why, unbelieved(`What ${verdict.name} called with is ${why}`))
    }
  }

  #refused(outcome: AuthOutcome, why: Problem): Problem {
    this.#options.count(outcome)
    return why
  }
}

/** Whether a browser wants to show it. */
function isPage({ method, headers }: FastifyRequest): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true
}
