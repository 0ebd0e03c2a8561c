import { arrivals, load, type Measured } from './load.ts'
import { ibrest, ticked } from './peers.ts'
import { CLIENTS, median, PATH, ROUNDS, SECONDS, shoutIfOverlapped, warmUp } from './rounds.ts'
import { type Backends, startBackends } from './strict-backends.ts'

const SERVICE_MS = 5
/** Calls per second that eight instances can do at most. */
const CAPACITY = (CLIENTS * 1000) / SERVICE_MS
const SATURATING = 16
/** Of what the proxy may add to a quick call while half of the instances are free, median, ms. */
const TARGET_MS = 2

/** What calls waited beyond their own service time, ms; medians of the rounds. */
export interface Waited {
  readonly load: string
  readonly name: string
  readonly rate: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  /** calls of the caller who had fewest and of the one who had most; undefined where each came once */
  readonly fewest: number | undefined
  readonly most: number | undefined
}

interface Row {
  readonly load: string
  readonly name: string
  readonly backends: Backends
  readonly isStrict: boolean
  readonly run: () => Promise<Measured>
}

async function waitedIn({ load, name, backends, isStrict, run }: Row): Promise<Waited> {
  await backends.settled()
  const { rate, p50, p90, p99, answered, failed } = await run()
  const { overlaps } = await backends.stats()
  if (isStrict) shoutIfOverlapped(`${name}, ${load}`, overlaps)
  if (failed > 0) console.log(`  ${failed} failed: ${name}, ${load}`)
  return {
    ...{ load, name, rate, p50, p90, p99 },
    fewest: answered.length > 0 ? Math.min(...answered) : undefined,
    most: answered.length > 0 ? Math.max(...answered) : undefined,
  }
}

function medianOf(rounds: readonly Waited[], { load, name }: Row): Waited {
  const of = (pick: (one: Waited) => number) => median(rounds.map(pick))
  const isOnce = rounds[0]?.fewest === undefined
  return {
    ...{ load, name, rate: of(({ rate }) => rate) },
    ...{ p50: of(({ p50 }) => p50), p90: of(({ p90 }) => p90), p99: of(({ p99 }) => p99) },
    fewest: isOnce ? undefined : of(({ fewest = 0 }) => fewest),
    most: isOnce ? undefined : of(({ most = 0 }) => most),
  }
}

function print({ load, name, rate, p50, p90, p99, fewest, most }: Waited): void {
  const columns = [p50, p90, p99].map((ms) => ms.toFixed(2).padStart(9)).join('')
  const shares = fewest === undefined ? '' : `${fewest} to ${most}`
  console.log(
    `  ${load.padEnd(26)} ${name.padEnd(13)} ${rate.toFixed(0).padStart(7)}${columns}  ${shares.padStart(12)}`,
  )
}

/** What a caller waits beyond the gateway's own time, through IBREST and where callers look again every 250 ms. */
export async function benchTick(): Promise<readonly Waited[]> {
  await using backends = await startBackends(CLIENTS, 0)
  await using proxy = await ibrest.start(backends.origins)
  await using tick = await ticked.start(backends.origins)
  await warmUp(tick, backends, SERVICE_MS)
  await warmUp(proxy, backends, SERVICE_MS)
  const half = 'half of capacity, random'
  const full = `${SATURATING} callers at once`
  const isStrict = true
  const straight = backends.origins.slice(0, CLIENTS / 2)
  const at = (url: string) => ({
    half: () => arrivals(url, PATH, CAPACITY / 2, SECONDS),
    full: () => load([url], PATH, SATURATING, SECONDS, 0),
  })
  const rows: readonly Row[] = [
    {
      ...{ load: 'each with its own instance', name: 'no proxy', backends, isStrict },
      run: () => load(straight, PATH, straight.length, SECONDS, 0),
    },
    { load: half, name: ibrest.name, backends, isStrict, run: at(proxy.url).half },
    { load: half, name: '250 ms tick', backends, isStrict, run: at(tick.url).half },
    { load: full, name: ibrest.name, backends, isStrict, run: at(proxy.url).full },
    { load: full, name: '250 ms tick', backends, isStrict, run: at(tick.url).full },
  ]
  const rounds = new Map<Row, Waited[]>(rows.map((row) => [row, []]))
  // the load generator needs to be warm too
  for (const row of rows) await waitedIn(row)
  for (let number = 0; number < ROUNDS; number += 1) {
    for (const row of number % 2 === 0 ? rows : rows.toReversed())
      rounds.get(row)?.push(await waitedIn(row))
  }
  const waited = rows.map((row) => medianOf(rounds.get(row) ?? [], row))
  console.log(
    `\nBeyond the service time of ${SERVICE_MS} ms, against a tick of 250 ms; load generator and its connection included.`,
  )
  console.log(
    '  load                       way           calls/s   p50 ms   p90 ms   p99 ms  calls/caller',
  )
  for (const one of waited) print(one)
  console.log(
    '  At the full load of a tick a few callers have nearly all the calls, so only their waiting is seen in its times.',
  )
  const added = waited[1]?.p50 ?? Number.NaN
  console.log(
    `  a quick call at half of capacity spends ${added.toFixed(2)} ms beyond the service time, median ` +
      `(target below ${TARGET_MS} ms: ${added < TARGET_MS ? 'met' : 'MISSED'})`,
  )
  return waited
}

if (import.meta.main) await benchTick()
