import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { setUser } from '../../proxy/auth/user-file.ts'
import { bearer, keyFile } from '../rig/keyed.ts'
import { startSystem } from '../rig/system.ts'
import { tempDir } from '../rig/temp-dir.ts'
import { until } from '../rig/until.ts'

t.setTimeout(120_000)
const PASSWORD = 'correct horse battery staple'

t.test('no key, token or password is written down or told again, whatever is called', async (t) => {
  const keys = await keyFile(t)
  const dir = tempDir(t)
  const [usersFile, sessionKey] = [join(dir, 'users.json'), 'never-to-be-seen-'.repeat(3)]
  const rights = { accounts: null, symbols: null, limits: {} }
  await setUser(usersFile, { ...rights, userName: 'alice', scope: 'trade', password: PASSWORD })
  const keyPath = join(dir, 'session.key')
  const { writeFileSync } = await import('node:fs')
  writeFileSync(keyPath, sessionKey)
  const system = await startSystem(t, {
    poolSize: 1,
    env: {
      ...{ KEYS_FILE: keys.path, USERS_FILE: usersFile, SESSION_KEY_FILE: keyPath },
      LOG_LEVEL: 'trace',
    },
  })
  const heard: string[] = []
  const send = async (method: string, path: string, headers: object, body?: object) => {
    const answer = await fetch(`${system.url}${path}`, {
      method,
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) } as Record<
        string,
        string
      >,
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { text, answer }
  }
  const login = await send('POST', '/session', {}, { userName: 'alice', password: PASSWORD })
  const { accessToken, refreshToken } = JSON.parse(login.text)
  const wrong = `${keys.read.slice(0, -6)}WRONG-`
  const order = { symbol: 'AAPL', action: 'BUY', totalQuantity: 1, orderType: 'LMT', lmtPrice: 1 }
  const admin = bearer(keys.admin)
  for (const headers of [
    admin,
    bearer(keys.read),
    bearer(wrong),
    { 'x-api-key': keys.trade },
    bearer(accessToken),
  ])
    for (const [method, path, body] of [
      ['GET', '/test'],
      ['GET', '/clients'],
      ['GET', '/clients/0/test'],
      ['GET', '/account/positions'],
      ['GET', `/account/positions?api_key=${keys.read}`],
      ['GET', '/order/events'],
      ['GET', '/nowhere'],
      ['POST', '/order', order],
      ['POST', '/order', { ...order, symbol: keys.trade }],
      ['POST', '/clients/0/drain'],
      ['POST', '/clients/0/resume'],
      ['POST', '/session', { userName: 'alice', password: `${PASSWORD}!` }],
      ['POST', '/session', { userName: PASSWORD }],
      ['POST', '/session/refresh', { refreshToken: `${refreshToken}x` }],
    ] as const)
      heard.push((await send(method, path, headers, body)).text)
  heard.push((await send('GET', '/metrics', admin)).text)
  heard.push((await send('GET', '/status', { ...admin, accept: 'application/json' })).text)
  heard.push((await send('GET', '/clients/0/metrics', admin)).text)
  t.match(heard.join(''), /ibrest_auth_total\{outcome="key"\} [1-9]/, 'it was there to be seen')
  const logs = () =>
    globSync(join(system.dataDir, 'logs', '*')).map((file) => readFileSync(file, 'utf8'))
  await until(() => logs().some((log) => log.includes('"audit":true')), 'logs are written')
  const everything = [...heard, ...logs(), system.output].join('\n')
  const secrets = { accessToken, refreshToken, sessionKey, PASSWORD, wrong }
  for (const [name, secret] of Object.entries({ ...secrets, read: keys.read, admin: keys.admin }))
    t.notOk(everything.includes(secret), name)
  const [, , ...tail] = keys.trade.split('_')
  const places = everything.split(tail.join('_')).length - 1
  t.equal(
    places,
    countOf(heard, keys.trade),
    'a key in the place of a symbol goes to its sender alone',
  )
})

function countOf(texts: readonly string[], text: string): number {
  return texts.join('\n').split(text).length - 1
}
