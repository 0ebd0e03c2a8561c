import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts, System } from '../rig/system.ts'
import { benchAlone } from './alone.ts'
import { benchPeers } from './compare.ts'
import { benchFairness } from './fairness.ts'
import { benchFeatures } from './features.ts'
import { load } from './load.ts'
import { pictureOf, reportOf } from './report.ts'
import { CLIENTS, ROUNDS, SECONDS } from './rounds.ts'
import { lacking } from './strict-backends.ts'
import { benchTick } from './tick.ts'

const REPORT = 'bench-report.html'

/** The real road, to the simulated gateway and back: through the proxy, and straight to the same instances. */
async function benchRoad(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'ibrest-bench-'))
  const system = await new System(await freePorts(CLIENTS), dataDir, CLIENTS, {
    LOG_LEVEL: 'warn',
    // measured is our road, not the rate a real gateway allows
    IB_MESSAGES_PER_SECOND: '1000',
    SIMULATOR_MESSAGE_RATE: 'off',
  }).ready()
  const instances = Array.from({ length: CLIENTS }, (_, clientId) => system.instanceUrl(clientId))
  console.log('\nThe whole road, GET /account/positions, to the simulated gateway and back.')
  console.log('  callers              calls/s   p50 ms   p99 ms   × direct')
  const rows: [string, readonly string[], number][] = [
    ['8 direct', instances, CLIENTS],
    ['8 through proxy', [system.url], CLIENTS],
    ['64 through proxy', [system.url], 64],
  ]
  let direct = 0
  for (const [name, origins, callers] of rows) {
    const { rate, p50, p99, failed } = await load(origins, '/account/positions', callers, 6, 3)
    direct ||= rate
    console.log(
      `  ${name.padEnd(20)} ${rate.toFixed(0).padStart(7)} ${p50.toFixed(2).padStart(8)} ${p99.toFixed(2).padStart(8)} ` +
        `${(rate / direct).toFixed(2).padStart(10)}${failed ? `  (${failed} failed)` : ''}`,
    )
  }
  const overlaps = await Promise.all(
    instances.map(async (_, clientId) => (await system.instance(clientId)).overlaps),
  )
  console.log(`  overlaps at the instances: ${overlaps.reduce((sum, count) => sum + count, 0)}`)
  await system.stop()
  rmSync(dataDir, { recursive: true, force: true })
}

/** Everything that is measured before strict backends, on paper and on a page. */
async function benchProxy(): Promise<void> {
  const measured = {
    rounds: ROUNDS,
    seconds: SECONDS,
    comparisons: await benchPeers(),
    alone: await benchAlone(),
    waited: await benchTick(),
    features: await benchFeatures(),
    fairness: await benchFairness(),
  }
  writeFileSync(REPORT, reportOf(measured))
  // the picture in the handbook, when that is wanted
  if (process.env.BENCH_PICTURE)
    writeFileSync(process.env.BENCH_PICTURE, pictureOf(measured.comparisons))
  console.log(`\nPlots: ${REPORT}`)
}

const lack = lacking()
if (lack === undefined) await benchProxy()
else console.log(lack)
await benchRoad()
