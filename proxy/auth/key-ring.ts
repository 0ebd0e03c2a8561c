import { hash } from 'node:crypto'
import type { FastifyBaseLogger } from 'fastify'
import { Backoff } from './backoff.ts'
import { type Caller, callerNamed } from './caller.ts'
import { forgetOldest } from './forget.ts'
import { isAlive, type KeyRecord, readKeys, readKeyText } from './key-file.ts'
import { FOR_KEYS, type ScryptDesk } from './scrypt.ts'
import { WatchedFile } from './watched-file.ts'

/** Keys that need not be reckoned again, right ones and wrong ones; the oldest goes. */
const REMEMBERED = 10_000
/** Wrong secrets of one key from one address before it is locked out; those of unknown ids count together. */
const FREE_FAILURES = 10
const FIRST_LOCK_OUT_MS = 1000

/** What came of looking at a credential. */
export type Verdict =
  | { readonly caller: Caller }
  | { readonly why: 'wrong' }
  | { readonly why: 'expired' | 'revoked'; readonly name: string }
  | { readonly why: 'locked-out'; readonly until: number; readonly limit: number }

/** The keys of a file, and which texts are known to be one. A call costs a hash and a look-up once its key was seen. */
export class KeyRing {
  readonly #file: WatchedFile<readonly KeyRecord[]>
  readonly #desk: ScryptDesk
  #byId = new Map<string, KeyRecord>()
  /** by the hash of their text */
  readonly #right = new Map<string, { readonly record: KeyRecord; readonly caller: Caller }>()
  readonly #wrong = new Set<string>()
  readonly #judging = new Map<string, Promise<Verdict>>()
  readonly #backoff = new Backoff(FREE_FAILURES, FIRST_LOCK_OUT_MS)

  /** @throws ConfigError */
  constructor(path: string, desk: ScryptDesk, log: FastifyBaseLogger) {
    this.#desk = desk
    this.#file = new WatchedFile({ path, log, read: readKeys, onChange: () => this.#take() })
    this.#take()
  }

  /** Looks at the file from now on. */
  watch(): void {
    this.#file.watch()
  }

  stop(): void {
    this.#file.stop()
  }

  #take(): void {
    this.#byId = new Map(this.#file.said.map((record) => [record.id, record]))
    this.#right.clear()
    this.#wrong.clear()
  }

  /** The verdict on a text that was seen before; undefined for one that has to be judged. */
  known(text: string): Verdict | undefined {
    const mark = markOf(text)
    const right = this.#right.get(mark)
    if (right !== undefined) return verdictOn(right.record, right.caller)
    return this.#wrong.has(mark) ? { why: 'wrong' } : undefined
  }

  /** The verdict on any text. An id that is not there takes as long as one that is. @throws Problem PROXY_AUTH_BUSY */
  judge(text: string, address: string): Promise<Verdict> {
    const mark = markOf(text)
    let judging = this.#judging.get(mark)
    if (judging === undefined) {
      judging = this.#judge(text, mark, address).finally(() => this.#judging.delete(mark))
      this.#judging.set(mark, judging)
    }
    return judging
  }

  async #judge(text: string, mark: string, address: string): Promise<Verdict> {
    const { id = '', secret = text } = readKeyText(text) ?? {}
    const record = this.#byId.get(id)
    // a key of its own for each: whoever has a right one does not pay for a neighbour behind the same address
    const name = record === undefined ? address : `${address} ${id}`
    const until = this.#backoff.lockedUntil(name)
    if (until !== undefined) return { why: 'locked-out', until, limit: this.#backoff.free }
    const lane = record === undefined ? 'unknown' : 'known'
    if (!(await this.#desk.matches(secret, record?.secret, FOR_KEYS, lane))) {
      this.#backoff.failed(name)
      forgetOldest(this.#wrong.add(mark), REMEMBERED)
      return { why: 'wrong' }
    }
    this.#backoff.succeeded(name)
    // the file may have changed meanwhile
    const now = this.#byId.get(id)
    if (record === undefined || now?.secret.hash !== record.secret.hash) return { why: 'wrong' }
    const caller = callerOf(now, () => this.#byId.get(id))
    forgetOldest(this.#right.set(mark, { record: now, caller }), REMEMBERED)
    return verdictOn(now, caller)
  }
}

function markOf(text: string): string {
  return hash('sha256', text, 'base64')
}

/** The caller a key stands for, as long as the key is as it was. */
function callerOf(record: KeyRecord, now: () => KeyRecord | undefined): Caller {
  const rights = JSON.stringify(rightsOf(record))
  return callerNamed(record.name, record, (at) => {
    const present = now()
    return (
      present !== undefined && isAlive(present, at) && rights === JSON.stringify(rightsOf(present))
    )
  })
}

function rightsOf({ name, scope, accounts, symbols, limits }: KeyRecord) {
  return { name, scope, accounts, symbols, limits }
}

function verdictOn(record: KeyRecord, caller: Caller): Verdict {
  if (isAlive(record)) return { caller }
  return { why: record.revokedAt === null ? 'expired' : 'revoked', name: record.name }
}
