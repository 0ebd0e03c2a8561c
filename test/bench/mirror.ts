import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts, System } from '../rig/system.ts'
import { load } from './load.ts'

const CLIENTS = 8
const SECONDS = 5
const WARM_UP_SECONDS = 2
const PATH = '/account/positions'

/** Reads per second at the message rate a real gateway allows: from the mirror, and by asking IB each time. */
async function benchMirror(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'ibrest-bench-'))
  const system = await new System(await freePorts(CLIENTS), dataDir, CLIENTS, {
    LOG_LEVEL: 'warn',
  }).ready()
  const instances = Array.from({ length: CLIENTS }, (_, clientId) => system.instanceUrl(clientId))
  console.log(`GET ${PATH}, ${CLIENTS} callers, at most 40 messages a second to each client id.`)
  console.log('                           reads/s   p50 ms   p99 ms')
  const asking = { 'cache-control': 'no-cache' }
  const rows: [string, readonly string[], Record<string, string>][] = [
    ['asking IB, through proxy', [system.url], asking],
    ['mirrored, through proxy', [system.url], {}],
    ['mirrored, one instance', instances.slice(0, 1), {}],
  ]
  for (const [name, origins, headers] of rows) {
    const callers = origins[0] === system.url ? CLIENTS : 1
    const measured = await load(origins, PATH, callers, SECONDS, WARM_UP_SECONDS, headers)
    const { rate, p50, p99, failed } = measured
    console.log(
      `  ${name.padEnd(24)} ${rate.toFixed(0).padStart(7)} ${p50.toFixed(2).padStart(8)} ${p99.toFixed(2).padStart(8)}` +
        `${failed ? `  (${failed} failed)` : ''}`,
    )
  }
  await system.stop()
  rmSync(dataDir, { recursive: true, force: true })
}

await benchMirror()
