import type { Test } from 'tap'
import type { RunnableProxy } from '../../proxy/app.ts'
import { Gateway, type GatewayOptions } from '../../simulator/gateway.ts'
import { type Answered, type Reached, reach } from './instanced.ts'
import { serveProxy } from './served-proxy.ts'
import { until } from './until.ts'

export interface Pooled {
  readonly url: string
  readonly proxy: RunnableProxy
  readonly simulator: Gateway
  readonly instances: readonly Reached[]
  call(path: string, init?: RequestInit): Promise<Answered>
  order(body: unknown, headers?: Record<string, string>, path?: string): Promise<Answered>
}

/** Simulator, instances and proxy in this process, on free ports; torn down with the test. */
export async function pooled(
  t: Test,
  size: number,
  environment: Record<string, string> = {},
  accounts: readonly string[] = ['DU1'],
  gateway: Partial<GatewayOptions> = {},
): Promise<Pooled> {
  const simulator = new Gateway({ port: 0, accounts, limits: { messageRate: 'off' }, ...gateway })
  await simulator.listen()
  const instances = await Promise.all(
    Array.from({ length: size }, (_, clientId) =>
      reach(simulator.port, { environment: { IBGW_CLIENT_ID: String(clientId), ...environment } }),
    ),
  )
  const INSTANCES = instances.map(({ url: origin }) => origin).join(',')
  const { proxy, url } = await serveProxy({ INSTANCES, ...environment })
  t.teardown(async () => {
    await proxy.stop()
    await Promise.all(instances.map(({ instance }) => instance.stop()))
    await simulator.close()
  })
  await until(() => proxy.pool.status().usable === size, 'every instance usable')
  const call: Pooled['call'] = async (path, init) => {
    const answer = await fetch(`${url}${path}`, init)
    const text = await answer.text()
    const isJson = answer.headers.get('content-type')?.includes('json')
    return { answer, body: isJson ? JSON.parse(text) : text }
  }
  return {
    ...{ url, proxy, simulator, instances, call },
    order: (body, headers = {}, path = '/order') =>
      call(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
  }
}
