import type { Dashboard, VariableModel } from '@grafana/schema'
import { atInstances } from './expressions.ts'
import { DATA_SOURCE, type DrawnPanel, type Written } from './panels.ts'

/** The dashboard format of Grafana 11 and 12. */
const SCHEMA_VERSION = 41
const COLUMNS = 24

/** Marked in every panel: what happens then was expected. */
const RESTART_WINDOW = {
  refId: 'Anno',
  expr: `max(${atInstances('ibrest_restart_window')}) == 1`,
  interval: '60s',
} as const

export interface DashboardFacts {
  /** the end of its address and the name of its file */
  readonly name: string
  readonly title: string
  readonly description: string
  /** rows of panels, from the top; a panel that finds no room in its row begins the next */
  readonly panels: readonly DrawnPanel[]
}

/** From left to right and from top to bottom. */
function placed(panels: readonly DrawnPanel[]): DrawnPanel[] {
  let [x, y, rowHeight] = [0, 0, 0]
  return panels.map((panel, index) => {
    const { w, h } = panel.gridPos
    if (x + w > COLUMNS) [x, y, rowHeight] = [0, y + rowHeight, 0]
    const gridPos = { x, y, w, h }
    x += w
    rowHeight = Math.max(rowHeight, h)
    return { ...panel, id: index + 1, gridPos }
  })
}

/** Jobs that have told of themselves as this component: whatever they are called. */
function jobs(name: string, label: string, component: string): Written<VariableModel> {
  return variable(name, label, `label_values(ibrest_build_info{component="${component}"}, job)`)
}

function variable(name: string, label: string, query: string): Written<VariableModel> {
  return {
    type: 'query',
    name,
    label,
    datasource: DATA_SOURCE,
    query: { query, refId: name },
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    current: { selected: true, text: 'All', value: '$__all' },
    options: [],
  }
}

/** A dashboard as Grafana reads it; it has a title, and panels only. */
export interface DrawnDashboard extends Written<Dashboard> {
  title: string
  panels: DrawnPanel[]
}

/** Draws a dashboard: its panels in their places, beside what all dashboards share. */
export function dashboard({ name, title, description, panels }: DashboardFacts): DrawnDashboard {
  return {
    id: null,
    uid: `ibrest-${name}`,
    title: `IBREST / ${title}`,
    description,
    tags: ['ibrest'],
    schemaVersion: SCHEMA_VERSION,
    editable: false,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    timezone: 'browser',
    links: [
      {
        type: 'dashboards',
        title: 'IBREST',
        tags: ['ibrest'],
        asDropdown: true,
        includeVars: true,
        keepTime: true,
        targetBlank: false,
        icon: '',
        tooltip: '',
      },
    ],
    templating: {
      list: [
        {
          type: 'datasource',
          name: 'datasource',
          label: 'Data source',
          query: 'prometheus',
          refresh: 1,
          includeAll: false,
          multi: false,
          options: [],
        },
        // targets outside Kubernetes have no namespace: anything fits, nothing too
        {
          ...variable('namespace', 'Namespace', 'label_values(ibrest_build_info, namespace)'),
          allValue: '.*',
        },
        jobs('proxies', 'Proxies', 'proxy'),
        jobs('instances', 'Instances', 'instance'),
      ],
    },
    annotations: {
      list: [
        {
          name: 'Gateway expected to restart',
          enable: true,
          hide: false,
          iconColor: 'blue',
          datasource: DATA_SOURCE,
          target: RESTART_WINDOW,
        },
      ],
    },
    panels: placed(panels),
  }
}
