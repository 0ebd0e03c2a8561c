import t from 'tap'
import type { MetricsPort } from '../../shared/metrics-port.ts'
import { instanced } from '../rig/instanced.ts'
import { proxied } from '../rig/proxied.ts'

function urlOf(metricsPort: MetricsPort | undefined): string {
  return `http://127.0.0.1:${metricsPort?.addresses[0]?.port}`
}

t.test('with METRICS_PORT numbers are read there, and nothing else can be', async (t) => {
  const { url, proxy } = await proxied(t, 1, { METRICS_PORT: '0' })
  const INSTANCE_TOKEN = 'only-the-proxy-knows-this'
  const instance = await instanced(t, { environment: { METRICS_PORT: '0', INSTANCE_TOKEN } })
  for (const [api, metricsPort, sample] of [
    [url, proxy.metricsPort, /^ibrest_proxy_queue_length/m],
    [instance.url, instance.instance.metricsPort, /^ibrest_build_info\{component="instance"/m],
  ] as const) {
    const metrics = urlOf(metricsPort)
    const answer = await fetch(`${metrics}/metrics`)
    t.match(answer.headers.get('content-type'), /^text\/plain/)
    t.match(await answer.text(), sample)
    for (const path of ['/', '/clients', '/order'])
      t.equal((await fetch(`${metrics}${path}`)).status, 404, path)
    t.equal((await fetch(`${metrics}/order`, { method: 'POST' })).status, 404)
    t.match(await (await fetch(`${api}/metrics`)).json(), {
      status: 404,
      code: 'REQUEST_UNKNOWN_PATH',
    })
  }
})

t.test('without it they are where everything else is', async (t) => {
  const { url, proxy } = await proxied(t, 1)
  t.equal(proxy.metricsPort, undefined)
  t.equal((await fetch(`${url}/metrics`)).status, 200)
})
