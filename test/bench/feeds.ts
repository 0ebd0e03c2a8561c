import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { listings } from '../../simulator/world/stocks.ts'
import { SocketReader } from '../rig/event-readers.ts'
import { FeedStream } from '../rig/feed-stream.ts'
import { freePorts, System } from '../rig/system.ts'
import { until } from '../rig/until.ts'
import { type Asked, nameOf, type Order, type Report } from './feed-load.ts'
import { inspectable, Processes } from './processes.ts'
import { COMPARED, RawQuotes } from './raw-quotes.ts'
import { sharesOf } from './tws-load.ts'

const { values: asked } = parseArgs({
  options: { profile: { type: 'string' }, only: { type: 'string' }, rounds: { type: 'string' } },
})
const ROUNDS = Number(asked.rounds ?? 3)
const PATIENCE_MS = 120_000
const AAPL = '265598'
/** A beat is a second of the world, and comes ten times a second: each changes every quote. */
const TEN_A_SECOND = { SIMULATOR_BEAT_MS: '1000', SIMULATOR_CLOCK_SPEED: '10' } as const

const median = (values: readonly number[]) => sharesOf(values, 0.5)[0] ?? Number.NaN
const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1).padStart(7)

async function started(poolSize: number, env: Record<string, string>): Promise<System> {
  const dataDir = mkdtempSync(join(tmpdir(), 'ibrest-bench-'))
  const profile = asked.profile && `--cpu-prof --cpu-prof-dir=${asked.profile}`
  return await new System(await freePorts(poolSize), dataDir, poolSize, {
    LOG_LEVEL: 'warn',
    // measured is our road, not what a real gateway allows
    IB_MESSAGES_PER_SECOND: '10000',
    SIMULATOR_MESSAGE_RATE: 'off',
    SIMULATOR_MARKET_DATA_LINES: '0',
    ...TEN_A_SECOND,
    ...(profile ? { NODE_OPTIONS: profile } : inspectable),
    ...env,
  }).ready()
}

async function stopped(system: System): Promise<void> {
  await system.stop()
  rmSync(system.dataDir, { recursive: true, force: true })
}

/** Readers in a process of their own. */
class Load {
  readonly #child: ChildProcess = fork(join(import.meta.dirname, 'feed-load.ts'))

  async order(order: Order): Promise<Report> {
    this.#child.send(order)
    return ((await once(this.#child, 'message')) as [Report])[0]
  }

  async begun(feeds: number): Promise<void> {
    await until(
      async () => {
        await pause(200)
        return (await this.order({ type: 'report' })).begun >= feeds
      },
      `rows of ${feeds} feeds`,
      PATIENCE_MS,
    )
  }

  /** Waits until nothing is told any more. */
  async quiet(): Promise<Report> {
    for (let before = -1; ; ) {
      const report = await this.order({ type: 'report' })
      if (report.updates === before) return report
      before = report.updates
      await pause(500)
    }
  }

  async end(): Promise<void> {
    this.#child.disconnect()
    await once(this.#child, 'exit')
  }
}

/** So many different feeds: stocks, each with several lists of further ticks. */
function feedsOf(count: number): Asked[] {
  const lists = ['', '233', '236', '233,236']
  return Array.from({ length: count }, (_, place) => {
    const genericTickList = lists[Math.floor(place / listings.length)] as string
    return {
      conId: String(listings[place % listings.length]?.conId),
      ...(genericTickList !== '' && { genericTickList }),
    }
  })
}

/** Milliseconds from the simulator's socket to a reader's, change by change of one quote. */
class Latency {
  readonly samples: Record<'sse' | 'ws', number[]> = { sse: [], ws: [] }
  readonly #raw: RawQuotes
  readonly #toldAt = new Map<string, number>()
  readonly #leaves: (() => Promise<void>)[] = []

  constructor(raw: RawQuotes) {
    this.#raw = raw
  }

  async begin(url: string): Promise<void> {
    this.#raw.follow('timed', AAPL)
    this.#raw.onChange = (name, { fields }) => {
      if (name === 'timed') this.#toldAt.set(stateOf(fields), performance.now())
    }
    const stream = new FeedStream(`${url}/market/data?conId=${AAPL}`)
    this.#leaves.push(() => stream.leave())
    stream.onEvent = () => this.#told('sse', stream.rows.get(AAPL) ?? {})
    const socket = new SocketReader(`${url}/market/data?conId=${AAPL}`)
    await socket.opened
    this.#leaves.push(() => socket.leave())
    const row = {}
    socket.onMessage = ({ data }) => {
      socket.messages.length = 0
      this.#told('ws', Object.assign(row, data))
    }
    await until(
      () => this.samples.sse.length > 5 && this.samples.ws.length > 5,
      'quotes',
      PATIENCE_MS,
    )
  }

  #told(how: 'sse' | 'ws', row: object): void {
    const at = this.#toldAt.get(stateOf(row as Record<string, number>))
    if (at !== undefined) this.samples[how].push(performance.now() - at)
  }

  reset(): void {
    this.samples.sse = []
    this.samples.ws = []
    this.#toldAt.clear()
  }

  async end(): Promise<void> {
    await Promise.all(this.#leaves.map((leave) => leave()))
  }
}

const stateOf = (fields: Readonly<Record<string, number>>) =>
  COMPARED.map((name) => fields[name]).join(' ')

interface Row {
  readonly name: string
  readonly sse: readonly number[]
  readonly ws: readonly number[]
}

function tellLatency(rows: readonly Row[]): void {
  console.log('\n  simulator to reader, ms          SSE p50    p99     WebSocket p50    p99')
  for (const { name, sse, ws } of rows) {
    const shares = [sse, ws].flatMap((each) => sharesOf(each, 0.5, 0.99))
    const [a, b, c, d] = shares.map((each) => each.toFixed(2).padStart(7))
    console.log(`  ${name.padEnd(30)} ${a} ${b}         ${c} ${d}`)
  }
}

/** One tick through instance and proxy; then a thousand tickers, ten times a second each, to a hundred readers. */
async function benchLoad(): Promise<void> {
  const [POOL, TICKERS, READERS, SAMPLE, QUIET_MS, MEASURED_MS] = [4, 1000, 100, 50, 10_000, 10_000]
  const system = await started(POOL, {})
  const processes = await Processes.of(system)
  const raw = await RawQuotes.login(system.ports.simulator, 99)
  const latency = new Latency(raw)
  await latency.begin(system.url)
  latency.reset()
  await pause(QUIET_MS)
  const quiet = { name: 'one instrument, nothing else', ...latency.samples }
  latency.reset()

  const feeds = feedsOf(TICKERS)
  const each = TICKERS / READERS
  const load = new Load()
  const begunAt = performance.now()
  await load.order({
    ...{ type: 'open', url: system.url, how: 'ws' },
    feeds: Array.from({ length: READERS }, (_, n) => feeds.slice(n * each, (n + 1) * each)),
  })
  await load.begun(TICKERS)
  const beginMs = performance.now() - begunAt
  const sample = feeds.filter((_, place) => place % (TICKERS / SAMPLE) === 0)
  for (const one of sample) raw.follow(nameOf(one), one.conId as string)
  await pause(3000)

  const rounds: {
    report: Report
    spent: number[]
    told: number
    heard: number
    wrong: number
    rate: number
  }[] = []
  const busy = { name: 'beside the thousand', sse: [] as number[], ws: [] as number[] }
  const parts = ['simulator', 'instance', 'proxy'] as const
  for (let round = 0; round < ROUNDS; round += 1) {
    // both sides count from the same moment of the world to the same
    await system.control('POST', '/clock', { stop: true })
    await load.quiet()
    await load.order({ type: 'reset' })
    raw.reset()
    latency.reset()
    const before = parts.map((part) => processes.seconds(part))
    const begun = performance.now()
    await system.control('POST', '/clock', { run: true })
    await pause(MEASURED_MS)
    await system.control('POST', '/clock', { stop: true })
    const seconds = (performance.now() - begun) / 1000
    const report = await load.quiet()
    const spent = parts.map((part, index) => processes.seconds(part) - (before[index] ?? 0))
    busy.sse.push(...latency.samples.sse)
    busy.ws.push(...latency.samples.ws)
    let [told, heard, wrong] = [0, 0, 0]
    for (const one of sample) {
      const [name, quote] = [nameOf(one), raw.quotes.get(nameOf(one))]
      told += quote?.bids ?? 0
      heard += report.bids[name] ?? 0
      const row = report.rows[name] as Record<string, number>
      if (stateOf(row) !== stateOf(quote?.fields ?? {})) wrong += 1
    }
    rounds.push({ report, spent, told, heard, wrong, rate: report.updates / seconds })
    await system.control('POST', '/clock', { run: true })
  }
  console.log(
    `${TICKERS} tickers, ten changes a second each, to ${READERS} WebSockets with ${each} feeds each; ${POOL} instances; medians of ${ROUNDS} rounds.`,
  )
  console.log(`  all begun after ${(beginMs / 1000).toFixed(1)} s`)
  const of = (pick: (round: (typeof rounds)[number]) => number) => median(rounds.map(pick))
  console.log(
    `  delivered ${of(({ rate }) => rate).toFixed(0)} updates/s, ${(of(({ report }) => report.bytes / report.updates)).toFixed(0)} bytes each`,
  )
  console.log(
    `  of ${SAMPLE} tickers: changes of the bid told by the simulator ${of(({ told }) => told)}, heard ${of(({ heard }) => heard)}; ` +
      `last values that differ ${of(({ wrong }) => wrong)}; left out in all ${of(({ report }) => report.conflated)}, gaps ${of(({ report }) => report.words)}`,
  )
  const cost = parts.map((part, index) => {
    const micros = of(({ spent, report }) => ((spent[index] ?? 0) / report.updates) * 1e6)
    return `${part} ${micros.toFixed(0)}`
  })
  console.log(`  processor µs per update: ${cost.join(', ')}`)
  tellLatency([quiet, busy])
  await latency.end()
  await raw.close()
  await load.end()
  await stopped(system)
}

/** What a reader costs the proxy and the instance of its feed. */
async function benchReaders(): Promise<void> {
  const READERS = 1000
  console.log(`\nmemory of ${READERS} readers of one instrument, KiB each: heap (RSS)`)
  for (const how of ['sse', 'ws'] as const) {
    const system = await started(1, {})
    const processes = await Processes.of(system)
    const names = ['proxy', 'instance-0'] as const
    const memory = () => Promise.all(names.map((name) => processes.memory(name)))
    const warm = new FeedStream(`${system.url}/market/data?conId=${AAPL}`)
    await until(() => warm.events.length > 20, 'a first reader', PATIENCE_MS)
    const before = await memory()
    const load = new Load()
    const feeds = Array.from({ length: READERS }, () => [{ conId: AAPL }])
    await load.order({ type: 'open', url: system.url, how, feeds })
    await until(
      async () => {
        await pause(500)
        await load.order({ type: 'reset' })
        await pause(1000)
        return (await load.order({ type: 'report' })).updates >= READERS
      },
      'all are told',
      PATIENCE_MS,
    )
    const [rate, after] = [await ratePerSecond(load), await memory()]
    const told = names.map((name, index) => {
      const kib = (of: 'heap' | 'rss') =>
        (((after[index]?.[of] ?? 0) - (before[index]?.[of] ?? 0)) / READERS / 1024).toFixed(1)
      return `${name} ${kib('heap')} (${kib('rss')})`
    })
    console.log(`  ${how.padEnd(4)} ${told.join(', ')}; ${rate.toFixed(0)} updates/s to all`)
    await warm.leave()
    await load.end()
    await stopped(system)
  }
}

async function ratePerSecond(load: Load): Promise<number> {
  await load.order({ type: 'reset' })
  const begun = performance.now()
  await pause(4000)
  const { updates } = await load.order({ type: 'report' })
  return updates / ((performance.now() - begun) / 1000)
}

/** An hour of quotes in a minute: memory must stand still. */
async function benchMemory(): Promise<void> {
  const [TICKERS, READERS, PARTS, PART_MS] = [10, 20, 6, 10_000]
  const system = await started(1, { SIMULATOR_BEAT_MS: '250', SIMULATOR_CLOCK_SPEED: '60' })
  const processes = await Processes.of(system)
  const load = new Load()
  const feeds = feedsOf(TICKERS)
  for (const how of ['sse', 'ws'] as const)
    await load.order({
      ...{ type: 'open', url: system.url, how },
      feeds: Array.from({ length: READERS }, (_, n) => [feeds[n % TICKERS] as Asked]),
    })
  await load.begun(TICKERS)
  console.log(`\n${TICKERS} tickers to ${2 * READERS} readers, an hour's beats in a minute.`)
  for (let part = 0; part <= PARTS; part += 1) {
    if (part > 0) await pause(PART_MS)
    const { updates } = await load.order({ type: 'report' })
    const names = ['proxy', 'instance-0'] as const
    const told = await Promise.all(
      names.map(async (name) => {
        const { rss, heap } = await processes.memory(name)
        return `${name} heap ${mib(heap)} MiB, RSS ${mib(rss)} MiB`
      }),
    )
    console.log(
      `  after ${String((part * PART_MS) / 1000).padStart(2)} s: ${told.join('; ')}; ${updates} updates`,
    )
  }
  await load.end()
  await stopped(system)
}

const parts = { load: benchLoad, readers: benchReaders, memory: benchMemory }
for (const [name, bench] of Object.entries(parts))
  if (asked.only === undefined || asked.only === name) await bench()
