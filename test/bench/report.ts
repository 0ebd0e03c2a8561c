import type { AgainstOne } from './alone.ts'
import type { Comparison } from './compare.ts'
import type { Fairness } from './fairness.ts'
import type { FeatureCost } from './features.ts'
import { barPlot, legendOf, linePlot, type Series, tableOf } from './plots.ts'
import type { Figures } from './rounds.ts'
import type { Waited } from './tick.ts'

/** All that was measured, and how. */
export interface Measurements {
  readonly rounds: number
  readonly seconds: number
  readonly comparisons: readonly Comparison[]
  readonly alone: readonly AgainstOne[]
  readonly waited: readonly Waited[]
  readonly features: readonly FeatureCost[]
  readonly fairness: readonly Fairness[]
}

/** Of the loads, the one whose distribution of latencies is shown. */
const DISTRIBUTED_CALLERS = 64
const QUANTILES = ['p50', 'p75', 'p90', 'p99', 'p999'] as const

const STYLE = `
:root{color-scheme:light dark;--ink:#1f2937;--page:#fff;--grid:#e5e7eb;--c0:#2563eb;--c1:#d97706;--c2:#6b7280;--against:#dc2626}
@media(prefers-color-scheme:dark){:root{--ink:#e5e7eb;--page:#111827;--grid:#374151;--c0:#60a5fa;--c1:#fbbf24;--c2:#9ca3af;--against:#f87171}}
body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:var(--ink);background:var(--page)}
.panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(19rem,1fr));gap:.5rem}svg{width:100%}
svg text{font-size:10px;fill:var(--ink)}svg .title{font-size:12px;font-weight:600}
.grid{stroke:var(--grid)}.against{stroke:var(--against);stroke-dasharray:4 3}
polyline{fill:none;stroke-width:2}.dashed{stroke-dasharray:5 4}
polyline.c0{stroke:var(--c0)}polyline.c1{stroke:var(--c1)}polyline.c2{stroke:var(--c2)}
circle.c0,rect.c0{fill:var(--c0)}circle.c1,rect.c1{fill:var(--c1)}circle.c2,rect.c2{fill:var(--c2)}
.mark.c0{color:var(--c0)}.mark.c1{color:var(--c1)}.mark.c2{color:var(--c2)}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:13px}td,th{padding:.15rem .6rem;text-align:right;border-bottom:1px solid var(--grid)}`

/** The loads with the same service time. */
function byService(comparisons: readonly Comparison[]): [number, readonly Comparison[]][] {
  return [...new Set(comparisons.map(({ serviceMs }) => serviceMs))].map((serviceMs) => [
    serviceMs,
    comparisons.filter((one) => one.serviceMs === serviceMs),
  ])
}

/** A line for each peer, over the numbers of callers. */
function peerLines(
  names: readonly string[],
  loads: readonly Comparison[],
  pick: (figures: Figures) => number,
  more: { readonly dashed?: boolean; readonly suffix?: string } = {},
): Series[] {
  return names.map((name, colour) => ({
    ...{ name: `${name}${more.suffix ?? ''}`, colour, dashed: more.dashed ?? false },
    values: loads.flatMap(({ peers }) => peers.filter((peer) => peer.name === name).map(pick)),
  }))
}

function peerPanels(names: readonly string[], comparisons: readonly Comparison[]): string {
  const panels = (draw: (serviceMs: number, loads: readonly Comparison[]) => string) =>
    `<div class="panels">${byService(comparisons)
      .map(([serviceMs, loads]) => draw(serviceMs, loads))
      .join('')}</div>`
  const over = (loads: readonly Comparison[]) => loads.map(({ callers }) => String(callers))
  const latency = panels((serviceMs, loads) =>
    linePlot({
      ...{ title: `service time ${serviceMs} ms`, across: 'callers', up: 'latency, ms', digits: 2 },
      ...{ places: over(loads), logarithmic: true },
      series: [
        ...peerLines(names, loads, ({ p50 }) => p50, { suffix: ' p50' }),
        ...peerLines(names, loads, ({ p99 }) => p99, { suffix: ' p99', dashed: true }),
      ],
    }),
  )
  const distribution = panels((serviceMs, loads) => {
    const peers = loads.find(({ callers }) => callers === DISTRIBUTED_CALLERS)?.peers ?? []
    return linePlot({
      ...{ title: `service time ${serviceMs} ms`, across: 'share of calls answered by then' },
      ...{ up: 'latency, ms', digits: 2, logarithmic: true },
      places: ['50 %', '75 %', '90 %', '99 %', '99.9 %'],
      series: names.map((name, colour) => {
        const peer = peers.find((one) => one.name === name)
        return { name, colour, values: QUANTILES.map((quantile) => peer?.[quantile] ?? Number.NaN) }
      }),
    })
  })
  const utilisation = panels((serviceMs, loads) =>
    serviceMs === 0
      ? ''
      : linePlot({
          ...{ title: `service time ${serviceMs} ms`, across: 'callers', digits: 3 },
          ...{ up: 'utilisation, share of 1', places: over(loads) },
          series: peerLines(names, loads, (figures) => figures.utilisation),
        }),
  )
  const cpu = panels((serviceMs, loads) =>
    linePlot({
      ...{ title: `service time ${serviceMs} ms`, across: 'callers', digits: 0 },
      ...{ up: 'processor time per call, µs', places: over(loads) },
      series: peerLines(names, loads, ({ cpuUs }) => cpuUs),
    }),
  )
  const peers = legendOf(names)
  return (
    `<h2>Latency against load</h2>${legendOf(names, 'solid: median, dashed: p99')}${latency}` +
    `<h2>Distribution of latency, ${DISTRIBUTED_CALLERS} callers</h2>${peers}${distribution}` +
    `<h2>Utilisation: share of the backends’ time in use</h2>${peers}${utilisation}` +
    `<h2>Processor time</h2>${peers}${cpu}`
  )
}

function tickPart(waited: readonly Waited[]): string {
  const rows = waited.map(({ load, name, p50, p90, p99, rate, fewest, most }) => [
    ...[load, name, rate.toFixed(0), p50.toFixed(2), p90.toFixed(2), p99.toFixed(2)],
    fewest === undefined ? '' : `${fewest} to ${most}`,
  ])
  return (
    '<h2>Beyond the service time, against a tick of 250 ms</h2><p>Under a full load whoever only looks again after 250 ms starves ' +
    `behind those who come at the right moment: see the calls per caller.</p>${legendOf(['p50', 'p90', 'p99'])}` +
    barPlot({
      ...{ title: 'Time beyond the service time', across: 'ms', digits: 2, logarithmic: true },
      rows: waited.map(({ load, name, p50, p90, p99 }) => ({
        ...{ name: `${name}: ${load}`, values: [p50, p90, p99] },
      })),
    }) +
    tableOf(['load', 'way', 'calls/s', 'p50 ms', 'p90 ms', 'p99 ms', 'calls per caller'], rows)
  )
}

function fairnessPart(fairness: readonly Fairness[]): string {
  const names = fairness.map(({ name, jain }) => `${name}, Jain’s index ${jain.toFixed(5)}`)
  const callers = fairness[0]?.answered ?? []
  return (
    `<h2>Fairness between ${callers.length} callers</h2>${legendOf(names)}<div class="panels">` +
    linePlot({
      ...{ title: 'Calls answered of each caller', up: 'calls', digits: 0 },
      ...{ across: 'caller, fewest calls first', places: callers.map((_, at) => String(at + 1)) },
      series: fairness.map(({ name, answered }, colour) => ({ name, colour, values: answered })),
    }) +
    '</div>'
  )
}

function featurePart(features: readonly FeatureCost[]): string {
  return (
    `<h2>What features cost</h2>${legendOf(['calls per second', 'processor time per call'])}` +
    barPlot({
      ...{ title: 'With one thing different', across: '× the plain run', digits: 2, against: 1 },
      rows: features.map(({ name, rate, cpu }) => ({ name, values: [rate, cpu] })),
    })
  )
}

function peerTable(comparisons: readonly Comparison[]): string {
  const head = ['S ms', 'callers', 'peer', 'calls/s', 'p50 ms', 'p90 ms', 'p99 ms', 'p99.9 ms']
  return tableOf(
    [...head, 'utilisation', 'CPU µs/call', 'overlaps', 'failed'],
    comparisons.flatMap(({ serviceMs, callers, peers }) =>
      peers.map((peer) => [
        ...[serviceMs, callers, peer.name, peer.rate.toFixed(0)],
        ...[peer.p50, peer.p90, peer.p99, peer.p999].map((ms) => ms.toFixed(2)),
        serviceMs === 0 ? '–' : peer.utilisation.toFixed(3),
        ...[peer.cpuUs.toFixed(0), peer.overlaps, peer.failed],
      ]),
    ),
  )
}

/** The measurements as a page that needs nothing else. */
export function reportOf(measured: Measurements): string {
  const { comparisons, alone, rounds, seconds } = measured
  const names = comparisons[0]?.peers.map(({ name }) => name) ?? []
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>IBREST beside its peers</title><style>${STYLE}</style>
<h1>IBREST beside its peers</h1>
<p>Eight backends that bear one call at a time. Medians of ${rounds} rounds of ${seconds} s, taking turns. nginx has no queue, so calls
overlap behind it and wait there.</p>
${alone.map(timesOne).join('\n')}
${peerPanels(names, comparisons)}
${tickPart(measured.waited)}
${fairnessPart(measured.fairness)}
${featurePart(measured.features)}
<h2>Figures</h2>${peerTable(comparisons)}</html>
`
}

/** Of the service times, the one that is shown beside text. */
const SHOWN_SERVICE_MS = 5

/** How much of eight instances each peer lets through, as a picture that stands by itself. */
export function pictureOf(comparisons: readonly Comparison[]): string {
  const loads = comparisons.filter(({ serviceMs }) => serviceMs === SHOWN_SERVICE_MS)
  const names = [...new Set(loads.flatMap(({ peers }) => peers.map(({ name }) => name)))]
  const series = peerLines(names, loads, ({ utilisation }) => utilisation * 100)
  const plot = linePlot({
    title: `Eight instances of ${SHOWN_SERVICE_MS} ms: share of their time in use`,
    across: `callers (${names.map((name, at) => `${name} ${['blue', 'orange', 'grey'][at]}`).join(', ')})`,
    up: 'per cent',
    places: loads.map(({ callers }) => String(callers)),
    series,
    digits: 1,
  })
  return plot
    .replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ')
    .replace('>', `><style>${STYLE}</style>`)
}

function timesOne({ serviceMs, ...found }: AgainstOne): string {
  return `<p>With ${serviceMs} ms of service time eight instances behind IBREST do <b>${found.timesOneAlone.toFixed(2)} ×</b> the calls of one alone
(${found.together.toFixed(0)} and ${found.alone.toFixed(0)} calls per second), ${found.timesService.toFixed(2)} × what the service time allows one.</p>`
}
