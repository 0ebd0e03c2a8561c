import { haproxy, ibrest, nginx, type Running } from './peers.ts'
import {
  alternate,
  CLIENTS,
  type Figures,
  ROUNDS,
  SECONDS,
  shoutIfOverlapped,
  warmUp,
} from './rounds.ts'
import { startBackends } from './strict-backends.ts'

const PLAN: readonly { readonly serviceMs: number; readonly callers: readonly number[] }[] = [
  { serviceMs: 0, callers: [8, 64] },
  { serviceMs: 1, callers: [8, 64, 256] },
  { serviceMs: 5, callers: [8, 64, 256] },
  { serviceMs: 20, callers: [8, 64, 256] },
]

/** The ratios are to HAProxy; nginx has no queue, so calls overlap behind it. */
const PEERS = [ibrest, haproxy, nginx] as const

/** The peers under one load. */
export interface Comparison {
  readonly serviceMs: number
  readonly callers: number
  readonly peers: readonly Figures[]
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
        (serviceMs === 0 ? '–' : peer.utilisation.toFixed(3)).padStart(8),
        peer.cpuUs.toFixed(0).padStart(7),
        ratio(({ cpuUs }) => cpuUs).padStart(6),
        String(peer.overlaps).padStart(9),
        peer.failed > 0 ? `  (${peer.failed} failed)` : '',
      ].join(''),
    )
    if (peer.name !== nginx.name)
      shoutIfOverlapped(`${peer.name}, ${serviceMs} ms, ${callers} callers`, peer.overlaps)
  }
}

async function compare(serviceMs: number, callers: number): Promise<Comparison> {
  await using backends = await startBackends(CLIENTS, 0)
  const started: Running[] = []
  try {
    for (const peer of PEERS) started.push(await peer.start(backends.origins))
    for (const target of started) await warmUp(target, backends, serviceMs)
    const contenders = started.map((target, at) => ({
      ...{ name: PEERS[at]?.name ?? '', target, backends },
      wish: { callers },
    }))
    return { serviceMs, callers, peers: await alternate(contenders) }
  } finally {
    for (const target of started) await target[Symbol.asyncDispose]()
  }
}

/**
 * IBREST's proxy, HAProxy and nginx before the same eight backends under the same load, taking turns while the others
 * idle; medians of the rounds, ratios to HAProxy.
 */
export async function benchPeers(): Promise<readonly Comparison[]> {
  console.log(
    `\nBeside its peers: ${ROUNDS} rounds of ${SECONDS} s each, medians; × is the ratio to HAProxy. S is the service time.\n` +
      'Utilisation is the share of the time of eight backends in use; nginx has no queue, so calls overlap behind it.',
  )
  console.log(
    '  S       callers  peer        calls/s     ×   p50 ms   p99 ms     ×    util cpu µs     ×  overlaps',
  )
  const comparisons: Comparison[] = []
  for (const { serviceMs, callers } of PLAN) {
    for (const count of callers) {
      const comparison = await compare(serviceMs, count)
      print(comparison)
      comparisons.push(comparison)
    }
  }
  return comparisons
}

if (import.meta.main) await benchPeers()
