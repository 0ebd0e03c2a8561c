import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { test } from 'tap'
import { disableUser } from '../../proxy/auth/user-file.ts'
import { bearer } from '../rig/keyed.ts'
import { type Heard, lobby, PASSWORD } from '../rig/lobby.ts'
import { proxied } from '../rig/proxied.ts'
import { serveProxy } from '../rig/served-proxy.ts'
import { tempDir } from '../rig/temp-dir.ts'
import { until } from '../rig/until.ts'

t.setTimeout(120_000)
const path = '/account/positions'

test('S4.11 wrong passwords lock out, and who is not there looks like who is', async (t) => {
  const { login } = await lobby(t)
  const answersTo = async (userName: string) => {
    const heard: Heard[] = []
    for (let count = 0; count < 7; count += 1) heard.push(await login('wrong password', userName))
    return heard.map(({ status, body }) => ({
      status,
      detail: body.detail.replace(/until .*/, ''),
    }))
  }
  const unknown = await answersTo('nobody')
  const known = await answersTo('alice')
  t.same(
    known.map(({ status }) => status),
    [401, 401, 401, 401, 401, 429, 429],
  )
  t.same(unknown, known)
  const locked = await login()
  t.equal(locked.status, 429, 'the right one is not looked at either')
  t.ok(Number(locked.headers.get('retry-after')) >= 1)
  t.match(locked.body, {
    ...{ code: 'REQUEST_LOCKED_OUT', message: 'Rate limited', limit: 5, reset_at: Number },
  })
  const again = await until(async () => {
    const heard = await login()
    return heard.status === 201 && heard
  }, 'the lock-out is over')
  t.equal(again.body.failedLoginAttempts, 5)
  t.ok(again.body.rejectedLoginAttempts >= 3)
})

test('S4.11 many wrong passwords at once are no more attempts than in turn', async (t) => {
  const { login } = await lobby(t)
  const heard = await Promise.all(Array.from({ length: 12 }, () => login('wrong password')))
  const statuses = heard.map(({ status }) => status).sort()
  t.same(statuses, [...Array(5).fill(401), ...Array(7).fill(429)])
})

test('whoever is disabled or has another password has no session any more', async (t) => {
  const { login, read, usersFile } = await lobby(t)
  const { body } = await login()
  t.equal(await read(body.accessToken), 200)
  await disableUser(usersFile, 'alice')
  await until(async () => (await read(body.accessToken)) === 401, 'the session is over')
  t.equal((await login()).status, 401)
})

test('an access token ends at its time', async (t) => {
  const { login, read } = await lobby(t, { SESSION_ACCESS_SECONDS: '10' })
  const { body } = await login()
  t.equal(body.expiresIn, 10)
  t.equal(await read(body.accessToken), 200)
})

test('proxies with the same key file take each other’s tokens, and refresh only their own', async (t) => {
  const key = join(tempDir(t), 'session.key')
  writeFileSync(key, 'k'.repeat(48))
  const one = await lobby(t, { SESSION_KEY_FILE: key })
  const environment = { USERS_FILE: one.usersFile, INSTANCES: one.stubs[0]?.origin ?? '' }
  const same = await serveProxy({ ...environment, SESSION_KEY_FILE: key })
  const other = await serveProxy(environment)
  t.teardown(() => Promise.all([same.proxy.stop(), other.proxy.stop()]))
  const { body } = await one.login()
  const headers = bearer(body.accessToken)
  t.equal((await fetch(`${same.url}${path}`, { headers })).status, 200)
  t.equal((await fetch(`${other.url}${path}`, { headers })).status, 401)
  const refreshed = await fetch(`${same.url}/session/refresh`, {
    method: 'POST',
    body: JSON.stringify({ refreshToken: body.refreshToken }),
    headers: { 'content-type': 'application/json' },
  })
  t.equal(refreshed.status, 401)
  t.match(await refreshed.json(), { detail: /does not know the session/ })
})

test('where nobody can log in that is said', async (t) => {
  const { url } = await proxied(t, 1)
  const answer = await fetch(`${url}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ userName: 'alice', password: PASSWORD }),
  })
  t.match(await answer.json(), { status: 501, code: 'REQUEST_NOT_IMPLEMENTED' })
})
