import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const here = import.meta.dirname
const monitoring = join(here, '../monitoring')

const HEAD = '# Made by `npm run manifests` out of deploy/monitoring; do not change it here.\n'

function read(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

function indented(text: string, by: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(by))
}

/** Prometheus' rules as the operator wants them. */
function prometheusRule(): string {
  const rules = read(join(monitoring, 'prometheus/rules.yml')) ?? 'groups: []\n'
  return `apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: ibrest
  labels:
    app.kubernetes.io/name: ibrest
    app.kubernetes.io/part-of: ibrest
spec:
${indented(rules, 2)}`
}

/** A dashboard as Grafana's sidecar finds it, by its label. */
function dashboard(path: string): string {
  const name = basename(path, '.json')
  const json = JSON.stringify(JSON.parse(readFileSync(path, 'utf8')))
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: ibrest-dashboard-${name.replace(/^ibrest-/, '')}
  labels:
    app.kubernetes.io/name: ibrest
    app.kubernetes.io/part-of: ibrest
    grafana_dashboard: "1"
data:
  ibrest-${name.replace(/^ibrest-/, '')}.json: |-
    ${json}
`
}

/** The files of this folder that are made from others, by their path here. */
export function generated(): Readonly<Record<string, string>> {
  const dashboards = globSync('grafana/dashboards/*.json', { cwd: monitoring }).sort()
  return {
    'gateway/ibgateway.yml': readFileSync(join(here, 'ibgateway.yml'), 'utf8'),
    'overlays/monitoring/generated.yml':
      HEAD +
      [prometheusRule(), ...dashboards.map((path) => dashboard(join(monitoring, path)))].join(
        '---\n',
      ),
  }
}

if (import.meta.main)
  for (const [path, text] of Object.entries(generated())) writeFileSync(join(here, path), text)
