import t from 'tap'
import { proxied } from '../rig/proxied.ts'
import { until } from '../rig/until.ts'

t.test(
  'a caller sends so many orders a minute; changes, cancels and reads are not counted',
  async (t) => {
    const { url, stubs, status } = await proxied(t, 1, { ORDERS_PER_MINUTE: '3' })
    await until(async () => (await status()).usable === 1, 'the pool')
    const call = (method: string, path: string, body: unknown = {}, key?: string) =>
      fetch(`${url}${path}`, {
        method,
        headers: { 'content-type': 'application/json', ...(key && { authorization: key }) },
        ...(method !== 'GET' && { body: JSON.stringify(body) }),
      })
    const first = await call('POST', '/order')
    t.equal(first.status, 200)
    t.equal(first.headers.get('ratelimit-remaining'), '2')
    t.equal((await call('PUT', '/order/0.1')).status, 200)
    t.equal((await call('POST', '/order/smart')).status, 200)
    t.equal((await call('POST', '/order', [{}, {}])).status, 429, 'two at once')
    t.equal((await call('DELETE', '/account/positions/5')).status, 200)

    const before = stubs[0]?.calls.length
    const refused = await call('POST', '/clients/0/order')
    t.equal(refused.status, 429)
    t.match(await refused.json(), { code: 'PROXY_ORDER_RATE', retryable: true })
    const { headers } = refused
    t.match(headers.get('retry-after'), /^\d+$/)
    t.equal(headers.get('ratelimit-policy'), '"orders";q=3;w=60')
    t.match(headers.get('ratelimit'), /^"orders";r=0;t=\d+$/)
    t.equal(headers.get('ratelimit-limit'), '3')
    t.equal(headers.get('ratelimit-remaining'), '0')
    t.equal(headers.get('ratelimit-reset'), headers.get('retry-after'))
    t.equal(stubs[0]?.calls.length, before, 'nothing was carried')

    for (const [method, path] of [
      ['PUT', '/order/0.1'],
      ['DELETE', '/order/0.1'],
      ['GET', '/order'],
      ['POST', '/order/preview'],
    ] as const)
      t.equal((await call(method, path)).status, 200, `${method} ${path}`)
    t.equal((await call('POST', '/order', {}, 'Bearer other')).status, 200, 'another caller')
  },
)
