import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Static, Type } from 'typebox'
import { ConfigError } from '../../shared/env.ts'
import { findingsOf } from '../../shared/validation.ts'

/** `ibs_` opens the doors, `ibr_` only fetches the next pair. */
export type TokenKind = 'access' | 'refresh'
const PREFIX: Readonly<Record<TokenKind, string>> = { access: 'ibs', refresh: 'ibr' }
const TOKEN = /^(ibs|ibr)_([\w-]{20,1000})\.([\w-]{43})$/
/** A file to sign with has so many characters at least. */
const MIN_KEY = 32

const Claims = Type.Object(
  {
    user: Type.String(),
    /** the session, whose tokens are one family */
    family: Type.String(),
    /** which of the family it is; only the newest may be used to refresh */
    turn: Type.Integer({ minimum: 1 }),
    /** epoch ms */
    issued: Type.Integer(),
    /** epoch ms */
    expires: Type.Integer(),
  },
  { additionalProperties: false },
)
/** What a token says of itself. */
export type Claims = Static<typeof Claims>

/** Signs tokens and knows its own again; any proxy with the same key file does. */
export class TokenSeal {
  readonly #key: Buffer

  constructor(key: Buffer = randomBytes(32)) {
    this.#key = key
  }

  write(kind: TokenKind, claims: Claims): string {
    const body = Buffer.from(JSON.stringify(claims)).toString('base64url')
    const text = `${PREFIX[kind]}_${body}`
    return `${text}.${this.#sealOf(text).toString('base64url')}`
  }

  /** What a token says; undefined for one that is not of that kind or that we did not write. */
  read(kind: TokenKind, token: string): Claims | undefined {
    const [, prefix, body = '', seal = ''] = TOKEN.exec(token) ?? []
    if (prefix !== PREFIX[kind]) return undefined
    const given = Buffer.from(seal, 'base64url')
    const own = this.#sealOf(`${prefix}_${body}`)
    if (given.length !== own.length || !timingSafeEqual(given, own)) return undefined
    const claims: unknown = JSON.parse(Buffer.from(body, 'base64url').toString())
    return findingsOf(Claims, claims).length === 0 ? (claims as Claims) : undefined
  }

  #sealOf(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest()
  }
}

/** The key that several proxies sign with. @throws ConfigError */
export function readSessionKey(path: string): Buffer {
  let text: string
  try {
    text = readFileSync(path, 'utf8').trim()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new ConfigError(`SESSION_KEY_FILE is "${path}": it cannot be read (${code})`)
  }
  if (text.length >= MIN_KEY) return Buffer.from(text)
  throw new ConfigError(
    `SESSION_KEY_FILE is "${path}": it has ${text.length} characters and must have ${MIN_KEY}; openssl rand -base64 48 makes some`,
  )
}
