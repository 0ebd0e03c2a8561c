import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { type Static, Type } from 'typebox'
import { GRANTED_SCOPES, type GrantedScope } from '../../shared/api/scope.ts'
import { AccountName, SymbolPattern } from '../../shared/caller.ts'
import { ConfigError } from '../../shared/env.ts'
import { ANONYMOUS } from '../../shared/order-limits.ts'
import { RateText } from '../limits/rate.ts'
import type { Rights } from './caller.ts'
import { FOR_KEYS, Hashed, hashed } from './scrypt.ts'
import { changeSecretFile, readSecretFile } from './secret-file.ts'

/** `ibk_`, the public id, the secret: 192 random bits. */
const KEY_TEXT = /^ibk_([A-Za-z0-9]{12})_([\w-]{32})$/
const ID_BYTES = 9
const SECRET_BYTES = 24

const Moment = Type.String({ format: 'date-time' })
const NullableMoment = Type.Unsafe<string | null>({ type: ['string', 'null'], format: 'date-time' })

/** A name that stands in logs, metrics and ledgers. */
export const CallerName = Type.String({ pattern: '^[A-Za-z0-9][\\w.-]{0,63}$' })

/** What a key or a user may do, as it is written down. */
export const rightsFields = {
  scope: Type.Unsafe<GrantedScope>({ type: 'string', enum: GRANTED_SCOPES }),
  accounts: Type.Unsafe<string[] | null>({
    anyOf: [Type.Array(AccountName, { minItems: 1, maxItems: 100 }), { type: 'null' }],
  }),
  symbols: Type.Unsafe<string[] | null>({
    anyOf: [Type.Array(SymbolPattern, { minItems: 1, maxItems: 200 }), { type: 'null' }],
  }),
  limits: Type.Object(
    {
      ordersPerMinute: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
      maxQuantity: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
      maxNotional: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
      readRate: Type.Optional(RateText),
      orderRate: Type.Optional(RateText),
    },
    { additionalProperties: false },
  ),
} as const

export const KeyRecord = Type.Object(
  {
    id: Type.String({ pattern: '^[A-Za-z0-9]{12}$' }),
    name: CallerName,
    secret: Hashed,
    createdAt: Moment,
    expiresAt: NullableMoment,
    revokedAt: NullableMoment,
    ...rightsFields,
  },
  { additionalProperties: false },
)
export type KeyRecord = Static<typeof KeyRecord>

const KeyFile = Type.Object(
  { version: Type.Literal(1), keys: Type.Array(KeyRecord, { maxItems: 10_000 }) },
  { additionalProperties: false },
)
type KeyFile = Static<typeof KeyFile>

/** The public part of a key, and the one nobody else has; undefined for what is no key. */
export function readKeyText(text: string): { id: string; secret: string } | undefined {
  const [, id, secret] = KEY_TEXT.exec(text) ?? []
  return id === undefined || secret === undefined ? undefined : { id, secret }
}

/** Every key of a file. @throws ConfigError */
export function readKeys(path: string): readonly KeyRecord[] {
  const { keys } = readSecretFile(path, KeyFile, 'KEYS_FILE')
  const ids = new Set(keys.map(({ id }) => id))
  if (ids.size < keys.length) throw new ConfigError(`KEYS_FILE is "${path}": an id is there twice`)
  return keys
}

function fileAt(path: string): KeyFile {
  return existsSync(path) ? { version: 1, keys: [...readKeys(path)] } : { version: 1, keys: [] }
}

/** Whether a key can be used, epoch ms. */
export function isAlive({ expiresAt, revokedAt }: KeyRecord, now = Date.now()): boolean {
  return revokedAt === null && (expiresAt === null || Date.parse(expiresAt) > now)
}

/** What a new key is to be. */
export interface KeyWish extends Rights {
  readonly name: string
  readonly scope: GrantedScope
  readonly expiresAt: Date | null
}

/** Makes a key; its text is told here and never again. @throws ConfigError for a name that a living key has */
export async function createKey(
  path: string,
  wish: KeyWish,
): Promise<{ text: string; id: string }> {
  const id = randomBytes(ID_BYTES).toString('base64url').replace(/[-_]/g, 'x')
  const secret = randomBytes(SECRET_BYTES).toString('base64url')
  await changeSecretFile(
    path,
    KeyFile,
    () => fileAt(path),
    async ({ keys }): Promise<KeyFile> => {
      const { name, scope, accounts, symbols, limits, expiresAt } = wish
      if (name === ANONYMOUS)
        throw new ConfigError(`${name} is what callers without a key are called`)
      if (keys.some((key) => key.name === name && isAlive(key)))
        throw new ConfigError(`there is a key ${name} already: revoke it, or choose another name`)
      const record: KeyRecord = {
        ...{ id, name, scope },
        secret: await hashed(secret, FOR_KEYS),
        createdAt: new Date().toISOString(),
        expiresAt: expiresAt?.toISOString() ?? null,
        revokedAt: null,
        accounts: accounts === null ? null : [...accounts],
        symbols: symbols === null ? null : [...symbols],
        limits: { ...limits } as KeyRecord['limits'],
      }
      return { version: 1, keys: [...keys, record] }
    },
  )
  return { text: `ibk_${id}_${secret}`, id }
}

/** Revokes the key of that id, or the living one of that name. @throws ConfigError where there is none */
export async function revokeKey(path: string, named: string): Promise<KeyRecord> {
  let found: KeyRecord | undefined
  await changeSecretFile(
    path,
    KeyFile,
    () => fileAt(path),
    ({ keys }): KeyFile => {
      found = keys.find(
        ({ id, name, revokedAt }) => revokedAt === null && (id === named || name === named),
      )
      if (found === undefined) throw new ConfigError(`there is no key ${named} to revoke`)
      const revoked = { ...found, revokedAt: new Date().toISOString() }
      return { version: 1, keys: keys.map((key) => (key === found ? revoked : key)) }
    },
  )
  return found as unknown as KeyRecord
}
