import { join } from 'node:path'
import type { Test } from 'tap'
import { createKey } from '../../../proxy/auth/key-file.ts'
import { setUser } from '../../../proxy/auth/user-file.ts'
import type { Pooled } from '../../rig/pooled.ts'
import { serveProxy } from '../../rig/served-proxy.ts'
import { tempDir } from '../../rig/temp-dir.ts'
import { until } from '../../rig/until.ts'
import type { Recorder } from './recorder.ts'

const PASSWORD = 'correct horse battery'
/** A proxy looks no further at what comes after so many wrong passwords. */
const TRIES = 6

/** Who calls: keys, sessions, and what is not for everybody. */
export async function recordCallers(recorder: Recorder, rig: Test, it: Pooled): Promise<void> {
  const record = recorder.record.bind(recorder)
  await record('createSession', '', { body: { userName: 'alice', password: PASSWORD } })
  await record('refreshSession', '', { body: { refreshToken: 'none' } })
  await record('endSession')

  const folder = tempDir(rig)
  const files = { KEYS_FILE: join(folder, 'keys.json'), USERS_FILE: join(folder, 'users.json') }
  const all = { accounts: null, symbols: null, limits: {} }
  const { text: reader } = await createKey(files.KEYS_FILE, {
    ...all,
    name: 'reader',
    scope: 'read',
    expiresAt: null,
  })
  await setUser(files.USERS_FILE, { ...all, userName: 'alice', scope: 'trade', password: PASSWORD })
  const INSTANCES = it.instances.map(({ url }) => url).join(',')
  const guarded = await serveProxy({ INSTANCES, ...files })
  rig.teardown(() => guarded.proxy.stop())
  const at = guarded.url
  await until(() => guarded.proxy.pool.status().usable > 0, 'an instance usable')

  const body = { userName: 'alice', password: PASSWORD }
  const { body: session } = await record('createSession', '', { at, body })
  const { refreshToken } = session
  const { body: next } = await record('refreshSession', '', { at, body: { refreshToken } })
  await record('refreshSession', '', { at, body: { refreshToken: 'ibr_nobody' } })
  await record('refreshSession', '', { at, body: { token: refreshToken } })
  const bearer = (text: string) => ({ authorization: `Bearer ${text}` })
  await record('endSession', '', { at, headers: bearer(next.accessToken) })
  await record('endSession', '', { at, headers: bearer(next.accessToken) })
  const wrong = { at, body: { ...body, password: 'wrong' } }
  for (let count = 0; count < TRIES; count += 1) await record('createSession', '', wrong)
  await record('createSession', '', { at, body: { userName: 'alice' } })

  await record('getAccounts', '', { at })
  const order = { symbol: 'AAPL', action: 'BUY', totalQuantity: 1, orderType: 'MKT' }
  await record('placeOrder', '', { at, body: order })
  await record('placeOrder', '', { at, body: order, headers: bearer(reader) })
  await record('getContract', '?symbol=AAPL', { at })
  await record('listFeeds', '', { at, headers: bearer(reader) })
  await record('pauseClients', '', { at, headers: bearer(reader) })
  await record('drainClient', '/clients/2/drain', { at, headers: bearer(reader) })
}
