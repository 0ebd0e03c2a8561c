import { hash, randomUUID } from 'node:crypto'
import type { FastifyBaseLogger } from 'fastify'
import type { GrantedScope } from '../../shared/api/scope.ts'
import { problem } from '../../shared/problem.ts'
import type { Login, Session, Tokens } from '../../shared/schemas/session.ts'
import { VERSION } from '../../shared/version.ts'
import { Backoff } from './backoff.ts'
import { type Caller, callerNamed } from './caller.ts'
import { forgetOldest } from './forget.ts'
import type { Verdict } from './key-ring.ts'
import { FOR_PASSWORDS, type ScryptDesk } from './scrypt.ts'
import type { Claims, TokenSeal } from './session-token.ts'
import { readUsers, type UserRecord } from './user-file.ts'
import { WatchedFile } from './watched-file.ts'

/** Wrong passwords before a lock-out: of one user from one address, of one user, of one address. */
const FREE = { both: 5, user: 20, address: 50 } as const
const FIRST_LOCK_OUT_MS = 5000
/** Sessions whose tokens can be refreshed, and ended ones that are known to be; the oldest is forgotten. */
const MAX_SESSIONS = 10_000
/** Logins that are being looked at or wait for that. */
const MAX_WAITING = 64
const HEARTBEAT_S = 30

/** What is told of a session that has begun, beside the `Source-Ref` of its call. */
export type Begun = Omit<Session, 'sourceRef'>
export type NextTokens = Omit<Tokens, 'sourceRef'>

export type LoginOutcome = { readonly session: Begun } | Exclude<Verdict, { caller: Caller }>
export type RefreshOutcome =
  | { readonly tokens: NextTokens }
  | { readonly why: 'wrong' | 'expired' | 'reused' | 'forgotten' }

interface Family {
  readonly userName: string
  /** the token that may be used next */
  turn: number
  /** epoch ms */
  readonly expires: number
}

/** What is known of a user's logins, since this proxy began. */
interface Logins {
  last: number | undefined
  failed: number
  rejected: number
}

export interface SessionsOptions {
  readonly usersFile: string
  readonly seal: TokenSeal
  readonly desk: ScryptDesk
  readonly log: FastifyBaseLogger
  /** how long an access token, and how long a whole session is good, ms */
  readonly accessMs: number
  readonly sessionMs: number
}

/**
 * Users who log in for a while. Access tokens are signed, so that every proxy with the same key takes them; a refresh
 * token is worth something only where its session began, since only there a second use of it can be noticed.
 */
export class Sessions {
  readonly #options: SessionsOptions
  readonly #file: WatchedFile<readonly UserRecord[]>
  #byName = new Map<string, UserRecord>()
  readonly #families = new Map<string, Family>()
  readonly #ended = new Set<string>()
  readonly #logins = new Map<string, Logins>()
  /** the last attempt under each name that is being looked at */
  readonly #turns = new Map<string, Promise<LoginOutcome>>()
  #waiting = 0
  /** by the hash of an access token */
  readonly #seen = new Map<string, { readonly claims: Claims; readonly caller: Caller }>()
  readonly #backoffs = {
    both: new Backoff(FREE.both, FIRST_LOCK_OUT_MS),
    user: new Backoff(FREE.user, FIRST_LOCK_OUT_MS),
    address: new Backoff(FREE.address, FIRST_LOCK_OUT_MS),
  }

  /** @throws ConfigError */
  constructor(options: SessionsOptions) {
    this.#options = options
    const { usersFile: path, log } = options
    this.#file = new WatchedFile({ path, log, read: readUsers, onChange: () => this.#take() })
    this.#take()
  }

  watch(): void {
    this.#file.watch()
  }

  stop(): void {
    this.#file.stop()
  }

  #take(): void {
    this.#byName = new Map(this.#file.said.map((user) => [user.userName, user]))
    this.#seen.clear()
  }

  /**
   * Begins a session. A user who is not there takes as long as a wrong password. Of one name one attempt is looked at
   * after the other, so that many at once are no more attempts than many in turn.
   * @throws Problem PROXY_AUTH_BUSY
   */
  login(login: Login, address: string): Promise<LoginOutcome> {
    const { userName } = login
    const turns = this.#turns.get(userName)
    if (this.#waiting >= MAX_WAITING)
      throw problem('PROXY_AUTH_BUSY', {
        detail: `${MAX_WAITING} wait to be logged in already`,
        retryAfter: 1,
      })
    this.#waiting += 1
    const attempt = () => this.#login(login, address)
    const turn = turns === undefined ? attempt() : turns.then(attempt, attempt)
    this.#turns.set(userName, turn)
    return turn.finally(() => {
      this.#waiting -= 1
      if (this.#turns.get(userName) === turn) this.#turns.delete(userName)
    })
  }

  async #login({ userName, password }: Login, address: string): Promise<LoginOutcome> {
    const known = this.#byName.get(userName)
    const user = known?.disabledAt === null ? known : undefined
    const logins = user === undefined ? undefined : this.#loginsOf(user.userName)
    const names = { both: `${address} ${userName}`, user: userName, address }
    for (const kind of ['both', 'user', 'address'] as const) {
      const until = this.#backoffs[kind].lockedUntil(names[kind])
      if (until === undefined) continue
      if (logins !== undefined) logins.rejected += 1
      return { why: 'locked-out', until, limit: FREE[kind] }
    }
    const { desk } = this.#options
    const isRight = await desk.matches(password, user?.password, FOR_PASSWORDS, 'login')
    const now = this.#byName.get(userName)
    if (!isRight || user === undefined || now?.changedAt !== user.changedAt) {
      for (const kind of ['both', 'user', 'address'] as const)
        this.#backoffs[kind].failed(names[kind])
      if (logins !== undefined) logins.failed += 1
      return { why: 'wrong' }
    }
    this.#backoffs.both.succeeded(names.both)
    this.#backoffs.user.succeeded(names.user)
    return { session: this.#begin(user, this.#loginsOf(user.userName)) }
  }

  #loginsOf(userName: string): Logins {
    let logins = this.#logins.get(userName)
    if (logins === undefined) {
      logins = { last: undefined, failed: 0, rejected: 0 }
      this.#logins.set(userName, logins)
    }
    return logins
  }

  #begin({ userName, userId, scope }: UserRecord, logins: Logins): Begun {
    const now = Date.now()
    const id = randomUUID()
    const family = { userName, turn: 1, expires: now + this.#options.sessionMs }
    this.#families.set(id, family)
    forgetOldest(this.#families, MAX_SESSIONS)
    const { last, failed, rejected } = logins
    Object.assign(logins, { last: now, failed: 0, rejected: 0 })
    return {
      ...this.#tokens(id, family, now),
      ...{ userId, userName, scope: scope as GrantedScope },
      heartbeatIntervalSeconds: HEARTBEAT_S,
      failedLoginAttempts: failed,
      rejectedLoginAttempts: rejected,
      lastLogin: last === undefined ? null : momentOf(last),
      ...momentOf(now),
      products: [
        { name: 'IBREST', version: VERSION },
        { name: 'API', version: 'v1' },
      ],
    }
  }

  #tokens(id: string, { userName, turn, expires }: Family, now: number): NextTokens {
    const { seal, accessMs } = this.#options
    const claims = { user: userName, family: id, turn, issued: now }
    const accessEnds = Math.min(now + accessMs, expires)
    return {
      accessToken: seal.write('access', { ...claims, expires: accessEnds }),
      refreshToken: seal.write('refresh', { ...claims, expires }),
      tokenType: 'Bearer',
      sessionId: id,
      expiresIn: Math.floor((accessEnds - now) / 1000),
      refreshExpiresIn: Math.floor((expires - now) / 1000),
    }
  }

  /** The next pair of tokens. One that comes twice has been seen by two: nobody can tell who is who, the session ends. */
  refresh(token: string): RefreshOutcome {
    const claims = this.#options.seal.read('refresh', token)
    if (claims === undefined) return { why: 'wrong' }
    const now = Date.now()
    if (claims.expires <= now) return { why: 'expired' }
    const family = this.#families.get(claims.family)
    if (this.#ended.has(claims.family) || !this.#isUsers(claims)) return { why: 'wrong' }
    if (family === undefined) return { why: 'forgotten' }
    if (family.turn !== claims.turn) {
      this.end(claims.family)
      this.#options.log.warn(
        { user: claims.user, sessionId: claims.family },
        'a refresh token came twice: its session was ended',
      )
      return { why: 'reused' }
    }
    family.turn += 1
    return { tokens: this.#tokens(claims.family, family, now) }
  }

  /** Ends a session at this proxy: neither its access nor its refresh tokens are taken any more. */
  end(id: string): void {
    this.#families.delete(id)
    this.#ended.add(id)
    forgetOldest(this.#ended, MAX_SESSIONS)
  }

  /** The session of an access token; undefined for what is none. */
  sessionOf(token: string): string | undefined {
    return this.#options.seal.read('access', token)?.family
  }

  /** The verdict on an access token. */
  judge(token: string): Verdict {
    const mark = hash('sha256', token, 'base64')
    let seen = this.#seen.get(mark)
    if (seen === undefined) {
      const claims = this.#options.seal.read('access', token)
      if (claims === undefined) return { why: 'wrong' }
      const user = this.#byName.get(claims.user)
      if (user === undefined) return { why: 'wrong' }
      const isValid = (now: number) => claims.expires > now && this.#isLive(claims)
      seen = { claims, caller: callerNamed(`user:${user.userName}`, user, isValid) }
      this.#seen.set(mark, seen)
      forgetOldest(this.#seen, MAX_SESSIONS)
    }
    const { claims, caller } = seen
    if (!this.#isLive(claims)) return { why: 'revoked', name: caller.name }
    return claims.expires > Date.now() ? { caller } : { why: 'expired', name: caller.name }
  }

  #isLive(claims: Claims): boolean {
    return !this.#ended.has(claims.family) && this.#isUsers(claims)
  }

  /** Its user is still who he was when it was issued. */
  #isUsers({ user: name, issued }: Claims): boolean {
    const user = this.#byName.get(name)
    return user?.disabledAt === null && Date.parse(user.changedAt) <= issued
  }
}

function momentOf(at: number) {
  return { datetime: new Date(at).toISOString(), timestamp: at / 1000 }
}
