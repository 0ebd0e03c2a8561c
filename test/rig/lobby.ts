import { join } from 'node:path'
import type { Test } from 'tap'
import { setUser } from '../../proxy/auth/user-file.ts'
import { bearer } from './keyed.ts'
import type { Parsed } from './parsed.ts'
import { type Proxied, proxied } from './proxied.ts'
import { tempDir } from './temp-dir.ts'

/** Of alice. */
export const PASSWORD = 'correct horse battery'
/** What anybody may read who has said who he is. */
const path = '/account/positions'

export interface Heard {
  readonly status: number
  readonly body: Parsed
  readonly headers: Headers
}

export interface Lobby extends Proxied {
  readonly usersFile: string
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Heard>
  login(password?: string, userName?: string): Promise<Heard>
  /** the status of a read with that token */
  read(token: string): Promise<number>
}

/** A proxy where alice may log in, before a stub instance. */
export async function lobby(t: Test, environment: Record<string, string> = {}): Promise<Lobby> {
  const usersFile = join(tempDir(t), 'users.json')
  const rights = { accounts: ['DU1'], symbols: null, limits: {} }
  await setUser(usersFile, { ...rights, userName: 'alice', scope: 'trade', password: PASSWORD })
  const it = await proxied(t, 1, { USERS_FILE: usersFile, ...environment })
  const post: Lobby['post'] = async (address, body, headers = {}) => {
    const answer = await fetch(`${it.url}${address}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    return { status: answer.status, body: await answer.json(), headers: answer.headers }
  }
  return {
    ...{ ...it, usersFile, post },
    login: (password = PASSWORD, userName = 'alice') => post('/session', { userName, password }),
    read: async (token) => (await fetch(`${it.url}${path}`, { headers: bearer(token) })).status,
  }
}
