import { request } from 'node:http'
import t from 'tap'
import { simulated } from '../rig/instanced.ts'
import { proxied } from '../rig/proxied.ts'
import { RawCaller } from '../rig/raw-caller.ts'

/** The status of a call made in that name; `fetch` will not say another than it calls. */
function calledAs(url: string, host: string, headers: Record<string, string> = {}) {
  return new Promise<number>((resolve, reject) => {
    request(`${url}/account/positions`, { headers: { ...headers, host } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })
}

t.test('only addresses that are listed are served', async (t) => {
  for (const [ALLOW_FROM, status] of [
    ['127.0.0.0/8', 200],
    ['10.0.0.1, 127.0.*', 200],
    ['*', 200],
    ['::ffff:127.0.0.1', 200],
    ['10.0.0.0/8', 403],
    ['2001:db8::/32', 403],
  ] as const) {
    const { url, stubs } = await proxied(t, 1, { ALLOW_FROM })
    const answer = await fetch(`${url}/account/positions`)
    t.equal(answer.status, status, ALLOW_FROM)
    if (status === 200) continue
    t.match(await answer.json(), { code: 'REQUEST_FOREIGN_ADDRESS', retryable: false })
    t.same(stubs[0]?.calls, [])
    for (const path of ['/', '/clients', '/beacon', '/metrics', '/status', '/no/such/path'])
      t.equal((await fetch(`${url}${path}`)).status, 403, path)
    await t.rejects(opened(url), 'nor a WebSocket')
  }
})

function opened(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`)
    socket.onopen = () => {
      resolve()
      socket.close()
    }
    socket.onerror = () => reject(new Error('refused'))
  })
}

t.test('with ALLOW_FROM_OTHERS=drop they hear nothing at all', async (t) => {
  for (const TRUST_PROXY of ['', '127.0.0.1']) {
    const { url } = await proxied(t, 1, {
      ALLOW_FROM: '10.0.0.0/8',
      ALLOW_FROM_OTHERS: 'drop',
      TRUST_PROXY,
    })
    const caller = new RawCaller(url)
    caller.write('GET /beacon HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await caller.ended()
    t.equal(caller.heard, '')
  }
})

t.test('X-Forwarded-For tells an address only where its writer is trusted', async (t) => {
  const ask = async (environment: Record<string, string>, forwarded: string) => {
    const { url } = await proxied(t, 1, { ALLOW_FROM: '10.0.0.0/8', ...environment })
    return (await fetch(`${url}/beacon`, { headers: { 'x-forwarded-for': forwarded } })).status
  }
  t.equal(await ask({}, '10.0.0.7'), 403, 'anybody may write one')
  t.equal(await ask({ TRUST_PROXY: '127.0.0.1' }, '10.0.0.7'), 200)
  t.equal(await ask({ TRUST_PROXY: '127.0.0.1' }, '192.0.2.1'), 403)
  t.equal(await ask({ TRUST_PROXY: '127.0.0.1' }, '10.0.0.7, 192.0.2.1'), 403, 'the last is his')
  t.equal(await ask({ TRUST_PROXY: '127.0.*, 192.0.2.1' }, '10.0.0.7, 192.0.2.1'), 200)
  t.equal(await ask({ TRUST_PROXY: '192.0.2.1' }, '10.0.0.7'), 403)
})

t.test('on loopback without keys only names of this machine are answered', async (t) => {
  const { url, stubs } = await proxied(t, 1)
  const { url: instance } = await simulated(t)
  const { port } = new URL(url)
  for (const name of ['localhost', '127.0.0.1', '127.9.9.9', '[::1]', 'LOCALHOST', 'localhost.'])
    for (const host of [name, `${name}:${port}`]) t.equal(await calledAs(url, host), 200, host)
  const foreign = [
    'evil.example',
    `evil.example:${port}`,
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '10.0.0.1',
    '0.0.0.0',
    '[::2]',
  ]
  const before = stubs[0]?.calls.length
  for (const host of foreign) {
    t.equal(await calledAs(url, host), 421, host)
    t.equal(await calledAs(instance, host), 421, `${host} at an instance`)
  }
  t.equal(stubs[0]?.calls.length, before)
  const { url: named } = await proxied(t, 1, { ALLOWED_HOSTS: 'ibrest.example, [fd00::1]' })
  for (const host of ['ibrest.example', `IBREST.example:${port}`, 'localhost', '[fd00::1]:80'])
    t.equal(await calledAs(named, host), 200, host)
  t.equal(await calledAs(named, 'evil.example'), 421)
})

t.test('an instance that asks for a token may be called by any name', async (t) => {
  const INSTANCE_TOKEN = 'only-the-proxy-knows-this'
  const { url } = await simulated(t, { environment: { INSTANCE_TOKEN } })
  const asProxy = { 'ibrest-token': INSTANCE_TOKEN }
  t.equal(await calledAs(url, 'instance-0:3100', asProxy), 200)
})
