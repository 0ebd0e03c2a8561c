import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Kind, type Outcome, type Plant, Run } from './queueing.ts'

const SEED = 20_260_701
const CALLS = 60_000
/** A rate is borne while 99 of 100 calls are answered within this, ms. */
const PATIENCE_MS = 1000
/** Where the plot looks, as shares of what is borne. */
const SHARES = [0.05, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.2]

/**
 * What strategies ask in this simulation: figures to be replaced by one's own (`ibrest_ib_request_duration_seconds`). Messages are
 * those of IB's protocol: a subscription is sent and taken back.
 */
export const MIX: readonly Kind[] = [
  { name: 'positions', callClass: 'read', share: 40, serviceMs: 40, spread: 0.5, messages: 2 },
  { name: 'quotes', callClass: 'read', share: 35, serviceMs: 120, spread: 0.5, messages: 2 },
  { name: 'orders', callClass: 'order', share: 15, serviceMs: 60, spread: 0.5, messages: 1 },
  { name: 'history', callClass: 'history', share: 10, serviceMs: 400, spread: 0.5, messages: 1 },
]

/** How many different questions the callers have: one of positions, so many symbols quoted, so many charts. */
const QUESTIONS: Readonly<Record<string, number>> = { positions: 1, quotes: 50, history: 100 }
/** An answer from the mirror: no message leaves. */
const MIRRORED_MS = 3
const HISTORY_KEPT_MS = 15_000

type Change = (kind: Kind) => Kind

function asked(kind: Kind): Kind {
  const questions = QUESTIONS[kind.name]
  return questions === undefined ? kind : { ...kind, questions }
}
const joined: Change = (kind) => (kind.callClass === 'order' ? kind : { ...kind, joins: true })
const mirrored: Change = (kind) =>
  kind.name === 'positions' ? { ...kind, serviceMs: MIRRORED_MS, messages: 0 } : kind
const kept: Change = (kind) =>
  kind.name === 'history' ? { ...kind, keptMs: HISTORY_KEPT_MS } : kind

function plantOf(clients: number, ...changes: readonly Change[]): Plant {
  const kinds = MIX.map((kind) => changes.reduce((made, change) => change(made), asked(kind)))
  return { clients, messagesPerSecond: 40, kinds }
}

/** The plants that are compared, each with what the one before has and one thing more. */
export const PLANTS: readonly (readonly [name: string, plant: Plant])[] = [
  ['8 clients, each call by itself', plantOf(8)],
  ['… callers in line join', plantOf(8, joined)],
  ['… and positions are mirrored', plantOf(8, joined, mirrored)],
  ['… and history is kept: as it comes', plantOf(8, joined, mirrored, kept)],
  ['32 clients, as it comes', plantOf(32, joined, mirrored, kept)],
]

/** The highest rate that is borne, calls per second. */
function capacityOf(plant: Plant): number {
  let [low, high] = [1, 4096]
  while (high - low > low / 100) {
    const rate = (low + high) / 2
    if (new Run(plant, SEED).of(rate, CALLS).p99Ms <= PATIENCE_MS) low = rate
    else high = rate
  }
  return low
}

interface Row {
  readonly name: string
  readonly capacity: number
  readonly atCapacity: Outcome
  readonly curve: readonly { readonly rate: number; readonly p99Ms: number }[]
}

function rowOf([name, plant]: (typeof PLANTS)[number]): Row {
  const capacity = capacityOf(plant)
  const curve = SHARES.map((share) => ({
    rate: capacity * share,
    p99Ms: new Run(plant, SEED).of(capacity * share, CALLS).p99Ms,
  }))
  return { name, capacity, atCapacity: new Run(plant, SEED).of(capacity, CALLS), curve }
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(({ name, capacity, atCapacity }) => {
    const { utilisation, p50Ms, waitMsOf, shared } = atCapacity
    const cells = [name, capacity.toFixed(0), utilisation.toFixed(2), p50Ms.toFixed(0)]
    const waits = [waitMsOf.orders, waitMsOf.quotes].map((wait) => (wait ?? 0).toFixed(0))
    return `| ${[...cells, ...waits, `${(shared * 100).toFixed(0)} %`].join(' | ')} |`
  })
  return [
    '| | calls/s | clients busy | p50 ms | orders wait ms | quotes wait ms | shared answers |',
    '|---|---:|---:|---:|---:|---:|---:|',
    ...lines,
  ].join('\n')
}

const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM] = [760, 420, 60, 20, 130] as const
const COLOURS = ['#6b7280', '#f59e0b', '#10b981', '#2563eb', '#db2777'] as const
const [LOWEST_MS, HIGHEST_MS] = [100, 20_000] as const

/** The slowest of a hundred calls against the rate, logarithmically. */
function plot(rows: readonly Row[]): string {
  const [right, bottom] = [WIDTH - 20, HEIGHT - BOTTOM]
  const most = Math.max(...rows.flatMap(({ curve }) => curve.map(({ rate }) => rate)))
  const x = (rate: number) => LEFT + (rate / most) * (right - LEFT)
  const share = (ms: number) => Math.log(ms / LOWEST_MS) / Math.log(HIGHEST_MS / LOWEST_MS)
  const y = (ms: number) => bottom - Math.min(1, Math.max(0, share(ms))) * (bottom - TOP)
  const grid = [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000].map((ms) => {
    const at = y(ms).toFixed(1)
    const dash = ms === PATIENCE_MS ? 'stroke="#ef4444" stroke-dasharray="6 4"' : 'stroke="#e5e7eb"'
    const label = ms < 1000 ? `${ms} ms` : `${ms / 1000} s`
    return `<line x1="${LEFT}" x2="${right}" y1="${at}" y2="${at}" ${dash}/><text x="${LEFT - 8}" y="${Number(at) + 4}" text-anchor="end">${label}</text>`
  })
  const step = most > 300 ? 100 : 50
  const rates = Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step)
  const ticks = rates.map(
    (rate) =>
      `<text x="${x(rate).toFixed(1)}" y="${bottom + 18}" text-anchor="middle">${rate}</text>`,
  )
  const lines = rows.map(({ name, curve }, index) => {
    const points = curve.map(({ rate, p99Ms }) => `${x(rate).toFixed(1)},${y(p99Ms).toFixed(1)}`)
    const colour = COLOURS[index % COLOURS.length]
    const legendY = bottom + 46 + index * 17
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/><line x1="${LEFT}" x2="${LEFT + 26}" y1="${legendY - 4}" y2="${legendY - 4}" stroke="${colour}" stroke-width="3"/><text x="${LEFT + 34}" y="${legendY}">${name}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="How long 99 of 100 calls take at most, by calls per second" font-family="system-ui, sans-serif" font-size="12" fill="#374151">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>
${grid.join('\n')}
${ticks.join('\n')}
<text x="${right}" y="${bottom + 18}" text-anchor="end">calls/s</text>
${lines.join('\n')}
</svg>
`
}

const docs = join(import.meta.dirname, '../../docs')
const [BEGIN, END] = ['<!-- made by `npm run bench:capacity` -->', '<!-- end -->'] as const

/** Simulates every plant, prints the table and writes it and the plot into the handbook. */
function benchCapacity(): void {
  const rows = PLANTS.map(rowOf)
  console.log(table(rows))
  writeFileSync(join(docs, 'capacity.svg'), plot(rows))
  const file = join(docs, 'capacity.md')
  const page = readFileSync(file, 'utf8')
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`${file} has no ${BEGIN} … ${END}`)
  writeFileSync(file, `${page.slice(0, from + BEGIN.length)}\n${table(rows)}\n${page.slice(to)}`)
}

if (import.meta.main) benchCapacity()
