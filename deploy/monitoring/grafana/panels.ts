import type { Panel } from '@grafana/schema'
import type { Options as BarGauge } from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen'
import type {
  Options as Heatmap,
  FieldConfig as HeatmapField,
} from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen'
import type { Options as Stat } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen'
import type {
  Options as StateTimeline,
  FieldConfig as StateTimelineField,
} from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen'
import type {
  Options as TimeSeries,
  FieldConfig as TimeSeriesField,
} from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen'

/** Grafana's type as its JSON is written: words instead of enum members. */
export type Written<Type> = Type extends string
  ? `${Type}`
  : Type extends readonly (infer Item)[]
    ? Written<Item>[]
    : Type extends object
      ? { [Key in keyof Type]: Written<Type[Key]> }
      : Type

/** Where the dashboard's variable says. */
export const DATA_SOURCE = { type: 'prometheus', uid: '$datasource' } as const

/** What is told of one panel; Grafana's defaults for the rest. */
export interface PanelFacts {
  readonly title: string
  /** what it shows, and what to look for */
  readonly description: string
  /** Grafana's word: s, reqps, percentunit, bytes, none … */
  readonly unit: string
  /** legend → expression; a legend names only labels the result has */
  readonly queries: Readonly<Record<string, string>>
  /** of 24 columns */
  readonly width?: number
  readonly height?: number
  /** fixed ends of the scale, where it has any */
  readonly min?: number
  readonly max?: number
}

export type DrawnPanel = Written<Panel> & { readonly gridPos: { w: number; h: number } }

interface Drawn {
  readonly type: string
  readonly options: object
  readonly custom?: object
  readonly defaults?: object
  readonly format?: 'heatmap'
  readonly isInstant?: boolean
  readonly size: readonly [width: number, height: number]
}

function drawn(facts: PanelFacts, how: Drawn): DrawnPanel {
  const { title, description, unit, queries, min, max } = facts
  const [width, height] = how.size
  return {
    type: how.type,
    title,
    description,
    datasource: DATA_SOURCE,
    gridPos: { x: 0, y: 0, w: facts.width ?? width, h: facts.height ?? height },
    targets: Object.entries(queries).map(([legendFormat, expr], index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      datasource: DATA_SOURCE,
      expr,
      legendFormat,
      range: how.isInstant !== true,
      instant: how.isInstant === true,
      ...(how.format && { format: how.format }),
    })),
    fieldConfig: {
      defaults: {
        unit,
        ...(min !== undefined && { min }),
        ...(max !== undefined && { max }),
        ...how.defaults,
        ...(how.custom && { custom: { ...how.custom } }),
      },
      overrides: [],
    },
    options: { ...how.options },
  }
}

/** Lines over time; `isStacked` where the sum of them means something. */
export function lines(facts: PanelFacts & { readonly isStacked?: boolean }): DrawnPanel {
  const stacking = { mode: facts.isStacked ? 'normal' : 'none', group: 'A' } as const
  return drawn(facts, {
    type: 'timeseries',
    size: [12, 8],
    custom: {
      drawStyle: 'line',
      lineWidth: 1,
      fillOpacity: facts.isStacked ? 30 : 0,
      showPoints: 'never',
      stacking,
    } satisfies Written<TimeSeriesField>,
    options: {
      legend: {
        showLegend: true,
        displayMode: 'list',
        placement: 'bottom',
        calcs: [],
      },
      tooltip: { mode: 'multi', sort: 'desc' },
    } satisfies Written<TimeSeries>,
  })
}

/** One number; from `warnAt` on it is orange, from `badAt` on red. */
export function number(
  facts: PanelFacts & { readonly warnAt?: number; readonly badAt?: number; readonly good?: string },
): DrawnPanel {
  const { warnAt, badAt } = facts
  return drawn(facts, {
    type: 'stat',
    size: [3, 4],
    defaults: {
      thresholds: {
        mode: 'absolute',
        steps: [
          { color: facts.good ?? 'green', value: null },
          ...(warnAt === undefined ? [] : [{ color: 'orange', value: warnAt }]),
          ...(badAt === undefined ? [] : [{ color: 'red', value: badAt }]),
        ],
      },
    },
    options: {
      colorMode: 'value',
      graphMode: 'area',
      justifyMode: 'auto',
      orientation: 'auto',
      percentChangeColorMode: 'standard',
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      showPercentChange: false,
      textMode: 'value',
      wideLayout: true,
    } satisfies Written<Stat>,
  })
}

/** How many took how long, over time; the expression gives the increase of the buckets by `le`. */
export function heatmap(facts: Omit<PanelFacts, 'queries'> & { readonly expr: string }) {
  return drawn(
    { ...facts, queries: { '{{le}}': facts.expr } },
    {
      type: 'heatmap',
      size: [12, 9],
      format: 'heatmap',
      custom: { scaleDistribution: { type: 'linear' } } satisfies Written<HeatmapField>,
      options: {
        calculate: false,
        cellGap: 1,
        color: {
          mode: 'scheme',
          scheme: 'Oranges',
          fill: 'dark-orange',
          exponent: 0.5,
          steps: 64,
          reverse: false,
        },
        exemplars: { color: 'rgba(255,0,255,0.7)' },
        filterValues: { le: 1e-9 },
        legend: { show: true },
        rowsFrame: { layout: 'auto' },
        showValue: 'never',
        tooltip: { mode: 'single', yHistogram: true },
        yAxis: { axisPlacement: 'left', reverse: false, unit: facts.unit },
      } satisfies Written<Heatmap>,
    },
  )
}

/** A state, as a number stands for it on a timeline. */
export interface ShownState {
  readonly text: string
  readonly color: string
}

/** A row for each legend, in the colour of the state it was in; the value is the state's place in the list. */
export function timeline(
  facts: Omit<PanelFacts, 'unit'> & { readonly states: readonly ShownState[] },
): DrawnPanel {
  const options = Object.fromEntries(
    facts.states.map(({ text, color }, index) => [String(index), { text, color, index }]),
  )
  return drawn(
    { ...facts, unit: 'none' },
    {
      type: 'state-timeline',
      size: [24, 8],
      defaults: { mappings: [{ type: 'value', options }] },
      custom: { fillOpacity: 80, lineWidth: 0 } satisfies Written<StateTimelineField>,
      options: {
        alignValue: 'left',
        mergeValues: true,
        rowHeight: 0.85,
        showValue: 'auto',
        legend: { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] },
        tooltip: { mode: 'single', sort: 'none' },
      } satisfies Written<StateTimeline>,
    },
  )
}

/** What is left of something, now: red when it is nothing. */
export function bars(facts: PanelFacts): DrawnPanel {
  return drawn(facts, {
    type: 'bargauge',
    size: [12, 8],
    isInstant: true,
    defaults: {
      thresholds: {
        mode: 'absolute',
        steps: [
          { color: 'red', value: null },
          { color: 'orange', value: 0.1 },
          { color: 'green', value: 0.5 },
        ],
      },
    },
    options: {
      displayMode: 'basic',
      legend: { showLegend: false, displayMode: 'list', placement: 'bottom', calcs: [] },
      maxVizHeight: 300,
      minVizHeight: 16,
      minVizWidth: 8,
      namePlacement: 'auto',
      orientation: 'horizontal',
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      showUnfilled: true,
      sizing: 'auto',
      valueMode: 'color',
    } satisfies Written<BarGauge>,
  })
}
