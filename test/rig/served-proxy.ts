import type { AddressInfo } from 'node:net'
import { buildProxy, type RunnableProxy } from '../../proxy/app.ts'
import { readConfig } from '../../proxy/config.ts'

/** A proxy in this process, quick to probe, listening on a free port; its test stops it. */
export async function serveProxy(
  environment: Record<string, string>,
): Promise<{ readonly proxy: RunnableProxy; readonly url: string }> {
  const config = readConfig({ LOG_LEVEL: 'silent', PROBE_INTERVAL_MS: '25', ...environment })
  const proxy = await buildProxy(config)
  await proxy.start()
  await proxy.metricsPort?.listen('127.0.0.1')
  await proxy.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = proxy.app.server.address() as AddressInfo
  const scheme = config.wall.tls === undefined ? 'http' : 'https'
  return { proxy, url: `${scheme}://127.0.0.1:${port}` }
}
