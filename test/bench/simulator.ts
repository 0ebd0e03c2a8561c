import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { GatewayOptions } from '../../simulator/gateway.ts'
import { frameOf } from '../rig/tws-client.ts'
import { Counter, sharesOf } from './tws-load.ts'

const APPLE = ['265598', 'AAPL', 'STK', '', '', '', '', 'SMART', '', 'USD', '', ''] as const
/** Well-known stocks; each ticker follows one of them. */
const SYMBOLS = ['AAPL', 'MSFT', 'NVDA', 'AMZN', 'TSLA', 'SPY', 'QQQ', 'IBM', 'JPM', 'KO', 'GOOGL']

const { values: asked } = parseArgs({
  options: { profile: { type: 'boolean' }, only: { type: 'string' } },
})

async function startGateway(options: Partial<GatewayOptions> = {}) {
  const execArgv = ['--expose-gc', ...(asked.profile ? ['--cpu-prof', '--cpu-prof-dir=.'] : [])]
  const child = fork(join(import.meta.dirname, 'gateway.ts'), [JSON.stringify(options)], {
    execArgv,
  })
  const [port] = (await once(child, 'message')) as [number]
  return { child, port }
}

async function stop(child: ChildProcess, counters: readonly Counter[]): Promise<void> {
  for (const { socket } of counters) socket.destroy()
  child.disconnect()
  await once(child, 'exit')
}

async function loggedIn(port: number, count: number): Promise<Counter[]> {
  return await Promise.all(Array.from({ length: count }, (_, id) => Counter.login(port, id)))
}

/** Answers per second when 32 clients keep 64 small requests each in flight. */
async function benchSmall(): Promise<void> {
  const [CLIENTS, BATCH, WARM_UP_MS, MEASURED_MS] = [32, 64, 2000, 5000]
  const mixes: readonly (readonly [string, readonly (readonly (string | number)[])[]])[] = [
    ['time', [[49, 1]]],
    ['order ids', [[8, 1, 1]]],
    ['time, ids, accounts, rules', [[49, 1], [8, 1, 1], [17, 1], [91, 26], [104, 7], [80]]],
  ]
  console.log(`\n${CLIENTS} clients, ${BATCH} small requests of each in flight.`)
  for (const [name, requests] of mixes) {
    const { child, port } = await startGateway()
    const counters = await loggedIn(port, CLIENTS)
    const batch = Buffer.concat(
      Array.from({ length: BATCH }, (_, place) => frameOf(requests[place % requests.length] ?? [])),
    )
    let running = true
    const total = () => counters.reduce((sum, { frames }) => sum + frames, 0)
    const loops = counters.map(async (counter) => {
      while (running) {
        const goal = counter.frames + BATCH
        counter.socket.write(batch)
        await counter.reach(goal)
      }
    })
    await pause(WARM_UP_MS)
    const [begun, before] = [performance.now(), total()]
    await pause(MEASURED_MS)
    const rate = (total() - before) / ((performance.now() - begun) / 1000)
    running = false
    await Promise.all(loops)
    console.log(`  ${name.padEnd(28)} ${rate.toFixed(0).padStart(8)} answers/s`)
    await stop(child, counters)
  }
}

/** Subscribes so many tickers in all, evenly over the clients. */
function subscribe(counters: readonly Counter[], tickers: number): void {
  for (let ticker = 0; ticker < tickers; ticker += 1) {
    const symbol = SYMBOLS[ticker % SYMBOLS.length] ?? ''
    const contract = ['', symbol, 'STK', '', '', '', '', 'SMART', '', 'USD', '', '']
    const counter = counters[ticker % counters.length]
    counter?.socket.write(frameOf([1, 11, 1000 + ticker, ...contract, 0, '233', 0, 0, '']))
  }
}

/** 1,000 tickers over ten clients: what arrives, how evenly, and what another client notices of it. */
async function benchStreams(): Promise<void> {
  const [CLIENTS, TICKERS, BEAT_MS, MEASURED_MS] = [10, 1000, 100, 10_000]
  const { child, port } = await startGateway({ beatMs: BEAT_MS })
  const counters = await loggedIn(port, CLIENTS)
  subscribe(counters, TICKERS)
  const bystander = await Counter.login(port, 99)
  await pause(2000)
  const total = (of: 'frames' | 'bytes') => counters.reduce((sum, one) => sum + one[of], 0)
  const gaps: number[] = []
  let burstAt = performance.now()
  const [first] = counters as [Counter]
  first.onChunk = () => {
    const now = performance.now()
    // what comes within a few milliseconds belongs to one beat
    if (now - burstAt > BEAT_MS / 4) gaps.push(now - burstAt)
    burstAt = now
  }
  const lags: number[] = []
  const [begun, before] = [performance.now(), { frames: total('frames'), bytes: total('bytes') }]
  while (performance.now() - begun < MEASURED_MS) {
    const asked = performance.now()
    const goal = bystander.frames + 1
    bystander.socket.write(frameOf([49, 1]))
    await bystander.reach(goal)
    lags.push(performance.now() - asked)
    await pause(5)
  }
  const seconds = (performance.now() - begun) / 1000
  const [median = 0, late = 0, worst = 0] = sharesOf(lags, 0.5, 0.99, 1)
  const [gap = 0, lateGap = 0] = sharesOf(gaps, 0.5, 0.99)
  console.log(`\n${TICKERS} tickers over ${CLIENTS} clients, a beat every ${BEAT_MS} ms.`)
  console.log(
    `  ${((total('frames') - before.frames) / seconds).toFixed(0)} updates/s, ` +
      `${((total('bytes') - before.bytes) / seconds / 1e6).toFixed(2)} MB/s; ` +
      `between beats p50 ${gap.toFixed(1)} ms, p99 ${lateGap.toFixed(1)} ms`,
  )
  console.log(
    `  another client's small request: p50 ${median.toFixed(2)} ms, p99 ${late.toFixed(2)} ms, worst ${worst.toFixed(2)} ms`,
  )
  await stop(child, [...counters, bystander])
}

/** 20,000 bars in one answer, the first time and again. */
async function benchBars(): Promise<void> {
  const { child, port } = await startGateway()
  const [counter] = (await loggedIn(port, 1)) as [Counter]
  console.log('\n20,160 bars of a minute in one answer.')
  for (const name of ['first', 'second', 'third']) {
    const [begun, goal, before] = [performance.now(), counter.frames + 1, counter.bytes]
    counter.socket.write(frameOf([20, 7, ...APPLE, 0, '', '1 min', '14 D', 0, 'TRADES', 2, 0, '']))
    await counter.reach(goal)
    const size = (counter.bytes - before) / 1e6
    console.log(
      `  ${name.padEnd(7)} ${(performance.now() - begun).toFixed(0).padStart(5)} ms, ${size.toFixed(2)} MB`,
    )
  }
  await stop(child, [counter])
}

/** As many beats as an hour has, in a minute, with 200 tickers: memory must stand still. */
async function benchMemory(): Promise<void> {
  const [CLIENTS, TICKERS, BEAT_MS, PARTS, PART_MS] = [10, 200, 4, 6, 10_000]
  const { child, port } = await startGateway({ beatMs: BEAT_MS })
  const counters = await loggedIn(port, CLIENTS)
  subscribe(counters, TICKERS)
  await pause(2000)
  console.log(`\n${TICKERS} tickers, a beat every ${BEAT_MS} ms: an hour's beats in a minute.`)
  for (let part = 0; part <= PARTS; part += 1) {
    child.send('memory')
    const [{ rss, heapUsed }] = (await once(child, 'message')) as [NodeJS.MemoryUsage]
    const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1).padStart(6)
    const frames = counters.reduce((sum, counter) => sum + counter.frames, 0)
    console.log(
      `  after ${String((part * PART_MS) / 1000).padStart(2)} s: RSS ${mib(rss)} MiB, heap ${mib(heapUsed)} MiB, ${frames} messages`,
    )
    if (part < PARTS) await pause(PART_MS)
  }
  await stop(child, counters)
}

const parts = { small: benchSmall, streams: benchStreams, bars: benchBars, memory: benchMemory }
for (const [name, bench] of Object.entries(parts)) {
  if (asked.only === undefined || asked.only === name) await bench()
}
