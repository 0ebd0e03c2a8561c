import t from 'tap'
import { proxied } from '../rig/proxied.ts'
import { sendJson } from '../rig/stub-instance.ts'
import { until } from '../rig/until.ts'

t.test(
  'answers the proxy makes say what its instances told; an instance speaks for itself',
  async (t) => {
    const { url, stubs, status } = await proxied(t, 2)
    await until(async () => (await status()).usable === 2, 'the pool')
    const mode = async (path: string, init?: RequestInit) =>
      (await fetch(`${url}${path}`, init)).headers.get('trading-mode')
    t.equal(await mode('/order/0.1'), null, 'nobody has told')
    t.equal((await status()).tradingMode, null)

    for (const stub of stubs) {
      stub.explanation = { tradingMode: 'paper' }
      stub.answer = (_, response) => sendJson(response, 200, [])
    }
    await until(async () => (await status()).tradingMode === 'paper', 'told')
    t.equal(await mode('/order/filled'), 'paper', 'gathered')
    t.equal(await mode('/order/9.1'), 'paper', 'no such client')
    t.equal(await mode('/order', { method: 'PATCH' }), 'paper', '405')
    t.equal(await mode('/order/0.1'), 'paper', 'an instance that says nothing')
    t.equal(await mode('/account'), null)
    for (const stub of stubs) {
      stub.answer = (_, response) => {
        response.setHeader('trading-mode', 'live')
        sendJson(response, 200, [])
      }
    }
    t.equal(await mode('/order/0.1'), 'live', 'its own word, once')

    const [first, second] = stubs
    if (second !== undefined) second.explanation = { tradingMode: 'live' }
    await until(async () => (await status()).tradingMode === 'live', 'where they differ the worse')
    if (first !== undefined) first.usable = false
    await until(async () => (await status()).usable === 1, 'one down')
    t.equal(await mode('/order/0.1'), 'live', '503')
    const stream = await fetch(`${url}/order/events`, { headers: { accept: 'text/event-stream' } })
    t.equal(stream.headers.get('trading-mode'), 'live', 'a stream')
    await stream.body?.cancel()
  },
)
