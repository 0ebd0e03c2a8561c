import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { dashboards } from '../../../deploy/monitoring/grafana/dashboards.ts'

const root = join(import.meta.dirname, '../../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const files = (path: string) => readdirSync(join(root, path)).sort()

/** What a list has more than once. */
const repeated = <Item>(items: readonly Item[]) =>
  items.filter((item, index) => items.indexOf(item) !== index)

t.test('the dashboards that are committed are those that are described', async (t) => {
  const path = 'deploy/monitoring/grafana/dashboards'
  t.same(files(path), Object.keys(dashboards).sort())
  for (const [file, described] of Object.entries(dashboards))
    t.same(
      JSON.parse(read(`${path}/${file}`)),
      described,
      `${file}: node deploy/monitoring/grafana/write.ts && biome check --write deploy`,
    )
})

t.test('panels say what they show, and none covers another', async (t) => {
  const all = Object.values(dashboards)
  t.same(repeated(all.map(({ uid }) => uid)), [])
  for (const { title, panels } of all) {
    const taken = panels.flatMap(({ gridPos }) => {
      if (gridPos === undefined) return ['no place']
      const { x, y, w, h } = gridPos
      t.ok(x + w <= 24, title)
      return Array.from(
        { length: w * h },
        (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`,
      )
    })
    t.same(repeated(taken), [], title)
    t.same(repeated(panels.map(({ id }) => id)), [], title)
    t.same(repeated(panels.map((panel) => panel.title)), [], title)
    for (const { title: panel, description } of panels) t.ok(description, `${title}, ${panel}`)
  }
})

t.test('every alert has a runbook of its name, and every runbook an alert', async (t) => {
  const rules = read('deploy/monitoring/prometheus/rules.yml')
  const alerts = rules.split('- alert: ').slice(1)
  const runbooks = alerts.map((rule) => {
    const name = /^\w+/.exec(rule)?.[0] ?? ''
    for (const field of ['summary', 'description', 'severity'])
      t.match(rule, new RegExp(`\\n +${field}: \\S`), `${name}: ${field}`)
    const file = `${/runbook_url: https:\/\/ibrest\.dev\/runbooks\/([\w-]+)\n/.exec(rule)?.[1]}.md`
    const words = name.replace('Ibrest', '').replaceAll(/(?!^)[A-Z]/g, '-$&')
    t.equal(file, `${words.toLowerCase()}.md`)
    const text = read(`docs/runbooks/${file}`)
    t.ok(text.startsWith(`# ${name}\n`), file)
    for (const part of ['What it means', 'What users see', 'Look at', 'Do', 'Do not'])
      t.ok(text.includes(`**${part}`), `${file}: ${part}`)
    t.ok(read('docs/runbooks/README.md').includes(`[${name}](${file})`), `${name} in the list`)
    return file
  })
  t.same(
    files('docs/runbooks').filter((file) => file !== 'README.md'),
    runbooks.sort(),
  )
})

t.test('every alert is tested to fire and to be silent', async (t) => {
  const tests = read('deploy/monitoring/prometheus/rules.test.yml')
  const rules = read('deploy/monitoring/prometheus/rules.yml')
  for (const [, name] of rules.matchAll(/- alert: (\w+)/g)) {
    t.match(tests, new RegExp(`alertname: ${name}\\n +exp_alerts: \\[\\]`), `${name} is silent`)
    t.match(tests, new RegExp(`alertname: ${name}\\n +exp_alerts:\\n`), `${name} fires`)
  }
})

t.test('links between runbooks lead somewhere', async (t) => {
  for (const file of files('docs/runbooks'))
    for (const [, to] of read(`docs/runbooks/${file}`).matchAll(/\]\((?!https?:)([^)]+)\)/g))
      t.ok(files('docs/runbooks').includes(to ?? ''), `${file}: ${to}`)
})
