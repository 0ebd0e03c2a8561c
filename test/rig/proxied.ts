import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { buildProxy, type RunnableProxy } from '../../proxy/app.ts'
import { readConfig } from '../../proxy/config.ts'
import type { ProxyStatus } from '../../shared/schemas/client.ts'
import { StubInstance } from './stub-instance.ts'

export interface Proxied {
  readonly url: string
  readonly stubs: StubInstance[]
  readonly proxy: RunnableProxy
  status(): Promise<ProxyStatus>
}

/** A proxy in this process with stub instances behind it, listening on a free port; torn down with the test. */
export async function proxied(
  t: Test,
  size: number,
  environment: Record<string, string> = {},
): Promise<Proxied> {
  const stubs = await Promise.all(Array.from({ length: size }, () => new StubInstance().start()))
  const config = readConfig({
    LOG_LEVEL: 'silent',
    IBREST_PORT: '0',
    PROBE_INTERVAL_MS: '25',
    INSTANCES: stubs.map(({ origin }) => origin).join(','),
    ...environment,
  })
  const proxy = await buildProxy(config)
  await proxy.start()
  await proxy.app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(async () => {
    await Promise.all(stubs.map((stub) => stub.stop()))
    await proxy.stop()
  })
  const { port } = proxy.app.server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    stubs,
    proxy,
    status: async () => (await (await fetch(`${url}/clients`)).json()) as ProxyStatus,
  }
}
