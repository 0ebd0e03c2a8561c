import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { haproxy, ibrest, nginx, type Peer, type Running } from './peers.ts'
import { type Comparison, type Figures, reportOf } from './report.ts'
import { isInstalled, type Seen, wrk } from './wrk.ts'

const CLIENTS = 8
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5)
const SECONDS = Number(process.env.BENCH_SECONDS ?? 2)
/** A proxy runs for weeks: what is measured is one that has warmed up, seconds. */
const WARM_UP_SECONDS = 4
const PATH = '/account/positions'
const REPORT = 'bench-report.html'

const PLAN: readonly { readonly serviceMs: number; readonly callers: readonly number[] }[] = [
  { serviceMs: 0, callers: [64] },
  { serviceMs: 1, callers: [8, 64, 256] },
  { serviceMs: 5, callers: [8, 64, 256] },
  { serviceMs: 20, callers: [8, 64, 256] },
]

interface Stats {
  readonly overlaps: number
  readonly calls: number
  readonly meanMs: number
}

interface Round extends Seen {
  readonly overlaps: number
  readonly utilisation: number
  /** of the proxy, per call, microseconds */
  readonly cpuUs: number
}

async function startBackends(
  serviceMs: number,
): Promise<{ process: ChildProcess; origins: string[] }> {
  const child = fork(join(import.meta.dirname, 'backends.ts'), [String(CLIENTS), String(serviceMs)])
  const [origins] = (await once(child, 'message')) as [string[]]
  return { process: child, origins }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

async function round(target: Running, statsUrl: string, callers: number): Promise<Round> {
  await fetch(statsUrl)
  const before = target.cpuSeconds()
  const seen = await wrk(`${target.url}${PATH}`, callers, SECONDS)
  const cpu = target.cpuSeconds() - before
  const stats = (await (await fetch(statsUrl)).json()) as Stats
  return {
    ...seen,
    overlaps: stats.overlaps,
    utilisation: (stats.calls * stats.meanMs) / (SECONDS * 1000 * CLIENTS),
    cpuUs: (cpu / stats.calls) * 1e6,
  }
}

function figuresOf(name: string, rounds: readonly Round[]): Figures {
  const of = (pick: (round: Round) => number) => median(rounds.map(pick))
  return {
    name,
    rate: of(({ rate }) => rate),
    p50: of(({ p50 }) => p50),
    p99: of(({ p99 }) => p99),
    utilisation: of(({ utilisation }) => utilisation),
    cpuUs: of(({ cpuUs }) => cpuUs),
    overlaps: rounds.reduce((sum, { overlaps }) => sum + overlaps, 0),
    failed: rounds.reduce((sum, { failed }) => sum + failed, 0),
  }
}

function print({ serviceMs, callers, peers }: Comparison): void {
  const base = peers.find(({ name }) => name === haproxy.name)
  for (const peer of peers) {
    const ratio = (of: (figures: Figures) => number) =>
      base === undefined ? '' : (of(peer) / of(base)).toFixed(2)
    console.log(
      [
        `  ${serviceMs} ms`.padEnd(8),
        String(callers).padStart(4),
        ` ${peer.name}`.padEnd(10),
        peer.rate.toFixed(0).padStart(7),
        ratio(({ rate }) => rate).padStart(6),
        peer.p50.toFixed(2).padStart(9),
        peer.p99.toFixed(2).padStart(9),
        ratio(({ p99 }) => p99).padStart(6),
        peer.utilisation.toFixed(3).padStart(8),
        peer.cpuUs.toFixed(0).padStart(7),
        ratio(({ cpuUs }) => cpuUs).padStart(6),
        String(peer.overlaps).padStart(9),
        peer.failed > 0 ? `  (${peer.failed} failed)` : '',
      ].join(''),
    )
  }
}

/**
 * IBREST's proxy, HAProxy and nginx before the same eight backends under the same load, taking turns; medians of the
 * rounds, ratios to HAProxy. Writes an HTML report.
 */
export async function benchPeers(port: number): Promise<void> {
  const missing = ['wrk', 'haproxy', 'nginx'].filter((program) => !isInstalled(program))
  if (missing.includes('wrk') || missing.includes('haproxy')) {
    console.log(
      `\nNot compared with peers: ${missing.join(', ')} not installed (apt-get install ${missing.join(' ')}).`,
    )
    return
  }
  const peers: Peer[] = [ibrest, haproxy, ...(missing.includes('nginx') ? [] : [nginx])]
  console.log(
    `\nBeside its peers: ${ROUNDS} rounds of ${SECONDS} s each, medians; × is the ratio to HAProxy.`,
  )
  console.log(
    '  S       callers  peer        calls/s     ×   p50 ms   p99 ms     ×    util cpu µs     ×  overlaps',
  )
  const comparisons: Comparison[] = []
  for (const { serviceMs, callers } of PLAN) {
    const backends = await startBackends(serviceMs)
    const statsUrl = `${backends.origins[0]}/stats`
    for (const count of callers) {
      const rounds = new Map<Peer, Round[]>(peers.map((peer) => [peer, []]))
      for (let number = 0; number < ROUNDS; number += 1) {
        // whoever comes first has no advantage of it in the next round
        for (const peer of number % 2 === 0 ? peers : peers.toReversed()) {
          const target = await peer.start(backends.origins, port)
          await wrk(`${target.url}${PATH}`, count, WARM_UP_SECONDS)
          rounds.get(peer)?.push(await round(target, statsUrl, count))
          await target.stop()
        }
      }
      const comparison = {
        serviceMs,
        callers: count,
        peers: peers.map((peer) => figuresOf(peer.name, rounds.get(peer) ?? [])),
      }
      print(comparison)
      comparisons.push(comparison)
    }
    backends.process.disconnect()
  }
  writeFileSync(REPORT, reportOf(comparisons))
  console.log(`  plots: ${REPORT}`)
}

if (import.meta.main) await benchPeers(18_081)
