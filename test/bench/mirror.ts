import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts, System } from '../rig/system.ts'
import { load } from './load.ts'

const CLIENTS = 8
const SECONDS = 5
/** Each instance has to be warm. */
const WARM_UP_SECONDS = 5
const PATH = '/account/positions'

/** Reads per second at the message rate a real gateway allows: from the mirror, and by asking IB each time. */
async function benchMirror(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'ibrest-bench-'))
  const system = await new System(await freePorts(CLIENTS), dataDir, CLIENTS, {
    LOG_LEVEL: 'warn',
  }).ready()
  const instance = system.instanceUrl(0)
  console.log(`GET ${PATH}, at most 40 messages a second to each client id.`)
  console.log(`${''.padEnd(42)} reads/s   p50 ms   p99 ms`)
  const asking = { 'cache-control': 'no-cache' }
  const rows = [
    { name: 'asking IB, through the proxy', origin: system.url, callers: CLIENTS, headers: asking },
    { name: 'mirrored, through the proxy', origin: system.url, callers: CLIENTS, headers: {} },
    { name: 'mirrored, through the proxy', origin: system.url, callers: 1, headers: {} },
    { name: 'mirrored, one instance', origin: instance, callers: 1, headers: {} },
  ]
  for (const { name, origin, callers, headers } of rows) {
    const measured = await load([origin], PATH, callers, SECONDS, WARM_UP_SECONDS, headers)
    const { rate, p50, p99, failed } = measured
    const row = `${name}, ${callers} caller${callers === 1 ? '' : 's'}`
    console.log(
      `  ${row.padEnd(40)} ${rate.toFixed(0).padStart(7)} ${p50.toFixed(2).padStart(8)} ${p99.toFixed(2).padStart(8)}` +
        `${failed ? `  (${failed} failed)` : ''}`,
    )
  }
  await system.stop()
  rmSync(dataDir, { recursive: true, force: true })
}

await benchMirror()
