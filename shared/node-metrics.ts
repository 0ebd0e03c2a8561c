import { monitorEventLoopDelay } from 'node:perf_hooks'
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client'

/** How often it is looked, ms. Each look wakes a process that has nothing else to do. */
const LOOK_MS = 100
/** The longest time a timer takes, ms: never, for us. */
const NEVER_MS = 2 ** 31 - 1

const PREFIX = 'ibrest_'
const NAME = `${PREFIX}nodejs_eventloop_lag`
const NS_PER_MS = 1e6
const NS_PER_SECOND = 1e9

type Looks = ReturnType<typeof monitorEventLoopDelay>
type Find = (looks: Looks) => number

/** By the end of its name: what a figure is called, and how it is found. */
const FIGURES: Readonly<Record<string, readonly [string, Find]>> = {
  mean: ['Mean', (looks) => looks.mean],
  p50: ['Median', (looks) => looks.percentile(50)],
  p90: ['90th percentile', (looks) => looks.percentile(90)],
  p99: ['99th percentile', (looks) => looks.percentile(99)],
  max: ['Longest', (looks) => looks.max],
}

/**
 * Node's own metrics. By how much the process is late with its work we tell ourselves, in seconds and since it was last asked:
 * prom-client looks a hundred times a second, which took more processor time at rest than all else, and has the time between two looks
 * in its figures, 10 ms of lag where there is none.
 */
export function tellNode(registry: Registry): void {
  collectDefaultMetrics({
    register: registry,
    prefix: PREFIX,
    eventLoopMonitoringPrecision: NEVER_MS,
  })
  for (const figure of ['min', 'stddev', ...Object.keys(FIGURES)])
    registry.removeSingleMetric(`${NAME}_${figure}_seconds`)
  tellLag(registry)
}

function tellLag(registry: Registry): void {
  const looks = monitorEventLoopDelay({ resolution: LOOK_MS })
  looks.enable()
  const tellers: (() => void)[] = []
  for (const [figure, [meaning, find]] of Object.entries(FIGURES)) {
    const isFirst = tellers.length === 0
    const gauge = new Gauge({
      name: `${NAME}_${figure}_seconds`,
      help: `${meaning} of how late the event loop was, since it was last asked`,
      registers: [registry],
      // all of them tell of the same time
      ...(isFirst && { collect: tellAll }),
    })
    tellers.push(() => gauge.set(Math.max(0, find(looks) - LOOK_MS * NS_PER_MS) / NS_PER_SECOND))
  }
  function tellAll(): void {
    if (looks.count === 0) return
    for (const tell of tellers) tell()
    looks.reset()
  }
}
