import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { type Static, Type } from 'typebox'
import type { GrantedScope } from '../../shared/api/scope.ts'
import { ConfigError } from '../../shared/env.ts'
import type { Rights } from './caller.ts'
import { CallerName, rightsFields } from './key-file.ts'
import { FOR_PASSWORDS, Hashed, hashed } from './scrypt.ts'
import { changeSecretFile, readSecretFile } from './secret-file.ts'

/** A password has so many characters at least, and none is looked at beyond so many. */
export const MIN_PASSWORD = 12
export const MAX_PASSWORD = 256

export const UserRecord = Type.Object(
  {
    userId: Type.String({ format: 'uuid' }),
    userName: CallerName,
    password: Hashed,
    createdAt: Type.String({ format: 'date-time' }),
    /** sessions that began before it are over */
    changedAt: Type.String({ format: 'date-time' }),
    disabledAt: Type.Unsafe<string | null>({ type: ['string', 'null'], format: 'date-time' }),
    ...rightsFields,
  },
  { additionalProperties: false },
)
export type UserRecord = Static<typeof UserRecord>

const UserFile = Type.Object(
  { version: Type.Literal(1), users: Type.Array(UserRecord, { maxItems: 10_000 }) },
  { additionalProperties: false },
)
type UserFile = Static<typeof UserFile>

/** Every user of a file. @throws ConfigError */
export function readUsers(path: string): readonly UserRecord[] {
  const { users } = readSecretFile(path, UserFile, 'USERS_FILE')
  if (new Set(users.map(({ userName }) => userName)).size < users.length)
    throw new ConfigError(`USERS_FILE is "${path}": a name is there twice`)
  return users
}

function fileAt(path: string): UserFile {
  const users = existsSync(path) ? [...readUsers(path)] : []
  return { version: 1, users }
}

/** What a new user is to be. */
export interface UserWish extends Rights {
  readonly userName: string
  readonly scope: GrantedScope
  readonly password: string
}

/** Adds a user, or gives one another password and other rights, which ends his sessions. @throws ConfigError */
export async function setUser(path: string, wish: UserWish): Promise<void> {
  const { userName, password, scope, accounts, symbols, limits } = wish
  if (password.length < MIN_PASSWORD || password.length > MAX_PASSWORD)
    throw new ConfigError(`a password has ${MIN_PASSWORD} to ${MAX_PASSWORD} characters`)
  await changeSecretFile(
    path,
    UserFile,
    () => fileAt(path),
    async ({ users }): Promise<UserFile> => {
      const known = users.find((user) => user.userName === userName)
      const now = new Date().toISOString()
      const record: UserRecord = {
        userId: known?.userId ?? randomUUID(),
        ...{ userName, scope },
        password: await hashed(password, FOR_PASSWORDS),
        createdAt: known?.createdAt ?? now,
        changedAt: now,
        disabledAt: null,
        accounts: accounts === null ? null : [...accounts],
        symbols: symbols === null ? null : [...symbols],
        limits: { ...limits } as UserRecord['limits'],
      }
      return { version: 1, users: [...users.filter((user) => user !== known), record] }
    },
  )
}

/** Nobody can log in as this user any more, and his sessions are over. @throws ConfigError where there is none */
export async function disableUser(path: string, userName: string): Promise<void> {
  await changeSecretFile(
    path,
    UserFile,
    () => fileAt(path),
    ({ users }): UserFile => {
      const known = users.find((user) => user.userName === userName && user.disabledAt === null)
      if (known === undefined) throw new ConfigError(`there is no user ${userName} to disable`)
      const now = new Date().toISOString()
      const disabled = { ...known, disabledAt: now, changedAt: now }
      return { version: 1, users: users.map((user) => (user === known ? disabled : user)) }
    },
  )
}
