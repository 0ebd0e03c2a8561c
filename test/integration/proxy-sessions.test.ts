import t, { test } from 'tap'
import { bearer } from '../rig/keyed.ts'
import { lobby, PASSWORD } from '../rig/lobby.ts'

t.setTimeout(120_000)
const path = '/account/positions'

test('S1.12, S3.1 and S3.2 a login comes before any other call', async (t) => {
  const { url, login, read, stubs } = await lobby(t)
  t.equal((await fetch(`${url}${path}`)).status, 401)
  const { status, body } = await login()
  t.equal(status, 201)
  t.equal(await read(body.accessToken), 200)
  t.match(JSON.parse(String(stubs[0]?.calls[0]?.headers['ibrest-caller'])), {
    ...{ name: 'user:alice', scope: 'trade', accounts: ['DU1'] },
  })
})

test('S3.3 and S3.4 a session says who, for how long, and what has been', async (t) => {
  const { login, post } = await lobby(t)
  for (let count = 0; count < 2; count += 1) t.equal((await login('wrong')).status, 401)
  const first = await post(
    '/session',
    { userName: 'alice', password: PASSWORD },
    { 'source-ref': 'login-1' },
  )
  t.equal(first.headers.get('source-ref'), 'login-1')
  t.equal(first.headers.get('cache-control'), 'no-store')
  t.match(first.body, {
    ...{ tokenType: 'Bearer', sessionId: /^[\w-]{36}$/, userId: /^[\w-]{36}$/, userName: 'alice' },
    ...{ accessToken: /^ibs_/, refreshToken: /^ibr_/, scope: 'trade', sourceRef: 'login-1' },
    ...{ expiresIn: 900, refreshExpiresIn: 43_200, heartbeatIntervalSeconds: 30 },
    ...{ failedLoginAttempts: 2, rejectedLoginAttempts: 0, lastLogin: null },
    ...{ datetime: /Z$/, timestamp: Number },
    products: [
      { name: 'IBREST', version: String },
      { name: 'API', version: 'v1' },
    ],
  })
  const { datetime, timestamp } = first.body
  const second = await post(
    '/session',
    { userName: 'alice', password: PASSWORD },
    { source_ref: 'x' },
  )
  t.match(second.body, {
    ...{ failedLoginAttempts: 0, lastLogin: { datetime, timestamp }, sourceRef: 'x' },
  })
})

test('S3.5 the token goes with every later call; refresh and logout are calls of their own', async (t) => {
  const { url, login, post, read } = await lobby(t)
  const { body: begun } = await login()
  t.equal(await read(begun.refreshToken), 401, 'what refreshes opens nothing')
  t.equal((await post('/session/refresh', { refreshToken: begun.accessToken })).status, 401)
  const { status, body: next } = await post('/session/refresh', {
    refreshToken: begun.refreshToken,
  })
  t.equal(status, 200)
  t.match(next, { sessionId: begun.sessionId, expiresIn: 900 })
  t.equal(await read(next.accessToken), 200)
  const ended = await fetch(`${url}/session`, {
    method: 'DELETE',
    headers: bearer(next.accessToken),
  })
  t.equal(ended.status, 204)
  for (const token of [begun.accessToken, next.accessToken]) t.equal(await read(token), 401)
  t.equal((await post('/session/refresh', { refreshToken: next.refreshToken })).status, 401)
  t.equal((await fetch(`${url}/session`, { method: 'DELETE' })).status, 401)
})

test('a refresh token that comes twice ends its session, for whoever has it', async (t) => {
  const { login, post, read, url } = await lobby(t)
  const { body: begun } = await login()
  const { body: other } = await login()
  const { body: next } = await post('/session/refresh', { refreshToken: begun.refreshToken })
  const reused = await post('/session/refresh', { refreshToken: begun.refreshToken })
  t.equal(reused.status, 401)
  t.match(reused.body, { code: 'REQUEST_UNAUTHORIZED', detail: /used before.*log in again/ })
  t.equal((await post('/session/refresh', { refreshToken: next.refreshToken })).status, 401)
  t.equal(await read(next.accessToken), 401)
  t.equal(await read(other.accessToken), 200, 'other sessions go on')
  const headers = bearer(other.accessToken)
  const metrics = await (await fetch(`${url}/metrics`, { headers })).text()
  t.match(metrics, /ibrest_auth_total\{outcome="refresh-reused"\} 1/)
})

test('S3.6 and C9 names and passwords are taken from the body alone', async (t) => {
  const { url, post } = await lobby(t)
  const query = new URLSearchParams({ userName: 'alice', password: PASSWORD })
  const asked = await fetch(`${url}/session?${query}`, { method: 'POST' })
  t.equal(asked.status, 422)
  for (const body of [
    '{',
    '{"userName":"alice"}',
    { userName: 'alice', password: PASSWORD, more: 1 },
    { userName: 'alice', password: 4_711_471 },
  ]) {
    const { status, body: told } = await post('/session', body)
    t.ok(status === 400 || status === 422, String(status))
    t.notMatch(JSON.stringify(told), /correct horse|4711471/)
  }
})
