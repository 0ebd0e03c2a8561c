import type { Test } from 'tap'
import type { RunnableProxy } from '../../proxy/app.ts'
import type { ProxyStatus } from '../../shared/schemas/client.ts'
import { serveProxy } from './served-proxy.ts'
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
  const INSTANCES = stubs.map(({ origin }) => origin).join(',')
  const { proxy, url } = await serveProxy({ INSTANCES, ...environment })
  t.teardown(async () => {
    await Promise.all(stubs.map((stub) => stub.stop()))
    await proxy.stop()
  })
  return {
    url,
    stubs,
    proxy,
    status: async () => (await (await fetch(`${url}/clients`)).json()) as ProxyStatus,
  }
}
