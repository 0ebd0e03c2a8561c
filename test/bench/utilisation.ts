import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { load } from './load.ts'

const here = import.meta.dirname
const CLIENTS = 8

interface Stats {
  readonly overlaps: number
  readonly calls: number
  readonly meanMs: number
}

async function startBackends(
  serviceMs: number,
): Promise<{ process: ChildProcess; origins: string[] }> {
  const child = fork(join(here, 'backends.ts'), [String(CLIENTS), String(serviceMs)])
  const [origins] = (await once(child, 'message')) as [string[]]
  return { process: child, origins }
}

async function startProxy(origins: readonly string[], port: number): Promise<ChildProcess> {
  const child = fork(join(here, '../../proxy/main.ts'), {
    env: {
      ...process.env,
      INSTANCES: origins.join(','),
      IBREST_PORT: String(port),
      LOG_LEVEL: 'warn',
    },
  })
  for (;;) {
    const ready = await fetch(`http://127.0.0.1:${port}/clients`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (ready) return child
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/**
 * How much of what eight one-at-a-time instances can do the proxy lets through: calls per second × the time a call
 * really took at its instance, as a share of eight. Printed beside the same callers without a proxy.
 */
export async function benchUtilisation(port: number): Promise<void> {
  console.log(
    'Eight strict backends, one call at a time each; S is the service time they really took.',
  )
  console.log(
    '  S asked  callers   calls/s   p50 ms   p99 ms   S ms   utilisation   × direct   overlaps',
  )
  for (const serviceMs of [5, 20]) {
    const backends = await startBackends(serviceMs)
    const proxy = await startProxy(backends.origins, port)
    const rows: [string, readonly string[], number][] = [
      ['direct', backends.origins, CLIENTS],
      ['proxy', [`http://127.0.0.1:${port}`], CLIENTS],
      ['proxy', [`http://127.0.0.1:${port}`], 64],
    ]
    let direct = 0
    for (const [name, origins, callers] of rows) {
      const statsUrl = `${backends.origins[0]}/stats`
      await load(origins, '/account/positions', callers, 3, 0)
      await fetch(statsUrl)
      const seconds = 6
      const measured = await load(origins, '/account/positions', callers, seconds, 0)
      const stats = (await (await fetch(statsUrl)).json()) as Stats
      const utilisation = (measured.rate * stats.meanMs) / 1000 / CLIENTS
      direct ||= measured.rate
      console.log(
        `  ${`${serviceMs} ms`.padEnd(8)} ${`${callers} ${name}`.padEnd(10)} ${measured.rate.toFixed(0).padStart(6)} ` +
          `${measured.p50.toFixed(2).padStart(8)} ${measured.p99.toFixed(2).padStart(8)} ${stats.meanMs.toFixed(2).padStart(6)} ` +
          `${utilisation.toFixed(3).padStart(10)} ${(measured.rate / direct).toFixed(2).padStart(10)} ${String(stats.overlaps).padStart(10)}${measured.failed ? `  (${measured.failed} failed)` : ''}`,
      )
    }
    proxy.kill('SIGTERM')
    await once(proxy, 'exit')
    backends.process.disconnect()
  }
}

if (import.meta.main) await benchUtilisation(18_080)
