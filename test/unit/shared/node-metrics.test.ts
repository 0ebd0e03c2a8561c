import { setTimeout as pause } from 'node:timers/promises'
import { Registry } from 'prom-client'
import t from 'tap'
import { tellNode } from '../../../shared/node-metrics.ts'
import { until } from '../../rig/until.ts'

/** Several times as long as the time between two looks. */
const STANDSTILL_MS = 400

function standStill(): void {
  const end = performance.now() + STANDSTILL_MS
  while (performance.now() < end);
}

interface Lag {
  readonly p50?: number
  readonly max?: number
}

async function lagIn(registry: Registry): Promise<Lag> {
  const text = await registry.metrics()
  const lines = text.matchAll(/^ibrest_nodejs_eventloop_lag_(\w+)_seconds (\S+)$/gm)
  return Object.fromEntries([...lines].map(([, figure, value]) => [figure, Number(value)]))
}

t.test('a process at rest is not late: the time between two looks is not in its lag', async (t) => {
  const registry = new Registry()
  tellNode(registry)
  let lag: Lag = {}
  await until(async () => {
    lag = await lagIn(registry)
    return (lag.p50 ?? 0) > 0
  }, 'it was looked')
  t.same(Object.keys(lag).sort(), ['max', 'mean', 'p50', 'p90', 'p99'])
  t.ok((lag.p50 ?? 1) < 0.1, `${lag.p50} s`)
})

t.test('a process that stood still tells for how long, once', async (t) => {
  const registry = new Registry()
  tellNode(registry)
  let longest = 0
  await until(async () => {
    standStill()
    // the look that was due meanwhile
    await pause(1)
    longest = (await lagIn(registry)).max ?? 0
    return longest > STANDSTILL_MS / 2000
  }, 'it is told')
  await until(async () => ((await lagIn(registry)).max ?? longest) < longest, 'and is over')
  t.pass()
})
