import { join } from 'node:path'
import { Type } from 'typebox'
import { readEnvironment } from '../../shared/env.ts'

const environment = {
  KEYS_FILE: Type.Optional(Type.String({ minLength: 1 })),
  USERS_FILE: Type.Optional(Type.String({ minLength: 1 })),
  DATA_DIR: Type.String({ default: 'data', minLength: 1 }),
}

/** The files that `npm run key` writes where its call names none. @throws ConfigError */
export function readFiles(env: NodeJS.ProcessEnv = process.env): {
  readonly keys: string
  readonly users: string
} {
  const { KEYS_FILE, USERS_FILE, DATA_DIR } = readEnvironment(environment, env)
  return {
    keys: KEYS_FILE ?? join(DATA_DIR, 'keys.json'),
    users: USERS_FILE ?? join(DATA_DIR, 'users.json'),
  }
}
