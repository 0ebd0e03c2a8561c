/** What one peer did under one load: medians of its rounds. Latencies in ms, processor time in µs per call. */
export interface Figures {
  readonly name: string
  readonly rate: number
  readonly p50: number
  readonly p99: number
  /** share of the eight backends' time in which they worked */
  readonly utilisation: number
  readonly cpuUs: number
  /** calls that reached a backend while it was busy, all rounds together */
  readonly overlaps: number
  readonly failed: number
}

/** The peers under one load. */
export interface Comparison {
  readonly serviceMs: number
  readonly callers: number
  readonly peers: readonly Figures[]
}

const COLOURS = ['#2563eb', '#f59e0b', '#6b7280'] as const
const [WIDTH, HEIGHT, BAR] = [760, 220, 14] as const

type Pick = (figures: Figures) => number

/** Bars side by side, one group per load. */
function chart(
  title: string,
  comparisons: readonly Comparison[],
  pick: Pick,
  digits: number,
): string {
  const highest = Math.max(...comparisons.flatMap(({ peers }) => peers.map(pick)))
  const group = WIDTH / comparisons.length
  const bars = comparisons.flatMap(({ serviceMs, callers, peers }, at) => {
    const left = at * group + (group - peers.length * (BAR + 4)) / 2
    const label = `<text x="${at * group + group / 2}" y="${HEIGHT + 34}" text-anchor="middle">${serviceMs} ms · ${callers}</text>`
    const each = peers.map((figures, index) => {
      const height = (pick(figures) / highest) * HEIGHT
      const x = left + index * (BAR + 4)
      const told = `${figures.name}, ${serviceMs} ms, ${callers} callers: ${pick(figures).toFixed(digits)}`
      return `<rect x="${x.toFixed(1)}" y="${(HEIGHT + 16 - height).toFixed(1)}" width="${BAR}" height="${height.toFixed(1)}" fill="${COLOURS[index % COLOURS.length]}"><title>${told}</title></rect>`
    })
    return [...each, label]
  })
  return `<h2>${title}</h2><svg viewBox="0 0 ${WIDTH} ${HEIGHT + 44}" role="img" aria-label="${title}">${bars.join('')}</svg>`
}

function table(comparisons: readonly Comparison[]): string {
  const cells = (values: readonly (string | number)[], tag = 'td') =>
    `<tr>${values.map((value) => `<${tag}>${value}</${tag}>`).join('')}</tr>`
  const rows = comparisons.flatMap(({ serviceMs, callers, peers }) =>
    peers.map(({ name, rate, p50, p99, utilisation, cpuUs, overlaps, failed }) =>
      cells([
        ...[serviceMs, callers, name, rate.toFixed(0), p50.toFixed(2), p99.toFixed(2)],
        ...[utilisation.toFixed(3), cpuUs.toFixed(0), overlaps, failed],
      ]),
    ),
  )
  const head = cells(
    [
      'S ms',
      'callers',
      'peer',
      'calls/s',
      'p50 ms',
      'p99 ms',
      'utilisation',
      'CPU µs/call',
      'overlaps',
      'failed',
    ],
    'th',
  )
  return `<table>${head}${rows.join('')}</table>`
}

/** The comparisons as a page that needs nothing else. */
export function reportOf(comparisons: readonly Comparison[]): string {
  const served = comparisons.filter(({ serviceMs }) => serviceMs > 0)
  const names = comparisons[0]?.peers.map(({ name }) => name) ?? []
  const legend = names
    .map((name, index) => `<span style="color:${COLOURS[index % COLOURS.length]}">■</span> ${name}`)
    .join(' &nbsp; ')
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>IBREST beside its peers</title>
<style>body{font:15px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}svg{width:100%}svg text{font-size:10px}
table{border-collapse:collapse}td,th{padding:.2rem .6rem;text-align:right;border-bottom:1px solid #ddd}</style>
<h1>IBREST beside its peers</h1><p>Eight backends that bear one call at a time, service time · callers. ${legend}</p>
${chart('Share of the backends’ time in use', served, ({ utilisation }) => Math.min(1, utilisation), 3)}
${chart('p99, ms', served, ({ p99 }) => p99, 2)}
${chart('Processor time per call, µs', comparisons, ({ cpuUs }) => cpuUs, 0)}
${table(comparisons)}</html>
`
}
