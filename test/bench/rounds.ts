import type { Target } from './peers.ts'
import type { Backends } from './strict-backends.ts'
import { type Latencies, type Seen, type Wish, wrk } from './wrk.ts'

/** Rounds of each contender. */
export const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5)
/** How long a round lasts, s; wrk knows whole seconds only. */
export const SECONDS = Math.max(1, Math.ceil(Number(process.env.BENCH_SECONDS ?? 3)))

export const CLIENTS = 8
export const PATH = '/account/positions'

/** A proxy runs for weeks: what is measured is one that has warmed up. So many calls, at most so long, s. */
const WARM_UP_CALLS = 100_000
const WARM_UP_SECONDS = 8
/** Enough callers to keep it busy. */
const WARM_UP_CALLERS = 64

/** Takes its turn under one kind of load. */
export interface Contender {
  readonly name: string
  readonly target: Target
  readonly backends: Backends
  readonly wish: Omit<Wish, 'seconds'>
}

interface Round extends Seen {
  readonly overlaps: number
  readonly serviceMs: number
  readonly utilisation: number
  readonly cpuUs: number
}

/** What one contender did under one load: medians of its rounds. */
export interface Figures extends Latencies {
  readonly name: string
  readonly rate: number
  /** service time that calls really took at the backends, ms */
  readonly serviceMs: number
  /** share of the time between the first call and the last of a round in which the backends worked */
  readonly utilisation: number
  /** processor time per call, microseconds */
  readonly cpuUs: number
  /** calls that reached a backend while it was at work, all rounds together */
  readonly overlaps: number
  readonly failed: number
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

async function round({ target, backends, wish }: Contender): Promise<Round> {
  await backends.settled()
  const before = target.cpuSeconds()
  const seen = await wrk(`${target.url}${PATH}`, { ...wish, seconds: SECONDS })
  const cpu = target.cpuSeconds() - before
  const { overlaps, meanMs, utilisation } = await backends.stats()
  return {
    ...seen,
    overlaps,
    serviceMs: meanMs,
    utilisation,
    cpuUs: (cpu / seen.calls) * 1e6,
  }
}

function figuresOf(name: string, rounds: readonly Round[]): Figures {
  const of = (pick: (round: Round) => number) => median(rounds.map(pick))
  return {
    name,
    rate: of(({ rate }) => rate),
    p50: of(({ p50 }) => p50),
    p75: of(({ p75 }) => p75),
    p90: of(({ p90 }) => p90),
    p99: of(({ p99 }) => p99),
    p999: of(({ p999 }) => p999),
    serviceMs: of(({ serviceMs }) => serviceMs),
    utilisation: of(({ utilisation }) => utilisation),
    cpuUs: of(({ cpuUs }) => cpuUs),
    overlaps: rounds.reduce((sum, { overlaps }) => sum + overlaps, 0),
    failed: rounds.reduce((sum, { failed }) => sum + failed, 0),
  }
}

/** Makes a proxy warm while its backends take no time, then leaves them with the service time given, ms. */
export async function warmUp(
  target: Target,
  backends: Backends,
  serviceMs: number,
  headers?: readonly string[],
): Promise<void> {
  await backends.settled()
  await backends.serve(0)
  const end = performance.now() + WARM_UP_SECONDS * 1000
  let calls = 0
  while (calls < WARM_UP_CALLS && performance.now() < end) {
    calls += (
      await wrk(`${target.url}${PATH}`, {
        callers: WARM_UP_CALLERS,
        seconds: 1,
        ...(headers && { headers }),
      })
    ).calls
  }
  await backends.serve(serviceMs)
}

/** All contenders in turn, each with one short round that does not count first; medians in the order given. */
export async function alternate(contenders: readonly Contender[]): Promise<readonly Figures[]> {
  for (const { target, wish } of contenders)
    await wrk(`${target.url}${PATH}`, { ...wish, seconds: 1 })
  const rounds = new Map<Contender, Round[]>(contenders.map((contender) => [contender, []]))
  for (let number = 0; number < ROUNDS; number += 1) {
    // whoever comes first has no advantage of it in the next round
    for (const contender of number % 2 === 0 ? contenders : contenders.toReversed())
      rounds.get(contender)?.push(await round(contender))
  }
  return contenders.map((contender) => figuresOf(contender.name, rounds.get(contender) ?? []))
}

/** Says it where it cannot be overlooked that calls overlapped which must not; the process then ends with 1. */
export function shoutIfOverlapped(where: string, overlaps: number): void {
  if (overlaps === 0) return
  process.exitCode = 1
  console.log(
    `\n  !!! ${where}: ${overlaps} CALLS REACHED A BACKEND THAT WAS AT WORK. IT MUST BE 0.\n`,
  )
}
