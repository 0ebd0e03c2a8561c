import { execFileSync } from 'node:child_process'
import t from 'tap'
import { dashboards } from '../../deploy/monitoring/grafana/dashboards.ts'
import { hasPrometheus, PROMETHEUS_DIR, type Sample, watching } from '../rig/prometheus.ts'
import { type System, startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

const POOL = 3
/** Of one panel or rule, ms: a scrape or two, and the queries. */
const WITHIN_MS = 30_000
t.setTimeout(600_000)
const skip = !hasPrometheus() && 'apt-get install prometheus'

const post = (body: object, headers: Record<string, string> = {}) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})

const buy = { symbol: 'AAPL', action: 'BUY', totalQuantity: 1, orderType: 'MKT' }

/** A day's variety of calls, some of which go wrong as they do on every day. */
async function everyday(system: System, round: number): Promise<void> {
  const call = async (path: string, init?: RequestInit) => {
    const answer = await fetch(system.url + path, init)
    return JSON.parse(await answer.text()) as { id?: string }
  }
  const history = '/history/AAPL?durationStr=1800%20S&barSizeSetting=5%20mins'
  const key = { 'idempotency-key': `round ${round}` }
  const [resting] = await Promise.all([
    call('/order', post({ ...buy, orderType: 'LMT', lmtPrice: 5 })),
    call('/market/AAPL'),
    call('/market/AAPL'),
    call(history),
    call(history),
    call(`${history}&whatToShow=MIDPOINT`, { headers: { 'cache-control': 'no-cache' } }),
    call('/account/positions'),
    call('/executions'),
    call('/order', post(buy, key)),
    call('/contract?symbol=NOSUCH'),
    call('/order', post({ ...buy, account: 'U404' })),
  ])
  await call(`/order/${resting.id}`, {
    ...post({ lmtPrice: 6 }),
    method: 'PUT',
  })
  await call(`/order/${resting.id}`, { method: 'DELETE' })
  await call('/order', post(buy, key))
}

const VALUES: readonly (readonly [variable: string, value: string])[] = [
  ['$__rate_interval', '15s'],
  ['$__range', '5m'],
  ['$namespace', '.*'],
  ['$proxies', 'ibrest-proxy'],
  ['$instances', 'ibrest-instance'],
]

/** An expression as Grafana sends it, with every variable put in. */
function filledIn(expression: string): string {
  return VALUES.reduce((text, [variable, value]) => text.replaceAll(variable, value), expression)
}

/** What is wrong with an answer to a panel's question; undefined when nothing is. */
function flaw(samples: readonly Sample[], legend: string): string | undefined {
  if (samples.length === 0) return 'no series'
  if (samples.every(({ value }) => Number.isNaN(value))) return 'no number'
  const named = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label)
  const missing = named.find((label) => samples.some(({ metric }) => !(label in metric)))
  return missing && `no label ${missing}`
}

interface Target {
  readonly expr: string
  readonly legendFormat: string
}

const questions = Object.values(dashboards).flatMap(({ title, panels, annotations }) => [
  ...panels.flatMap((panel) =>
    (panel.targets as unknown as Target[]).map(({ expr, legendFormat }) => ({
      what: `${title}, ${panel.title}, ${legendFormat}`,
      expr: filledIn(expr),
      legend: legendFormat,
    })),
  ),
  // what marks a time is there only then: what it is told from must always be
  ...(annotations?.list ?? []).map(({ name, target }) => ({
    what: `${title}, ${name}`,
    expr: filledIn((target as unknown as Target).expr).replace(/ == 1$/, ''),
    legend: '',
  })),
])

/** Every selector of an expression, by itself. */
function selectorsIn(expression: string): string[] {
  return expression.match(/\b(?:ibrest_\w+|up|namespace(?:_le)?:[\w:]+)(?:\{[^}]*\})?/g) ?? []
}

t.test('the rules are well-formed, and each passes its tests', { skip }, async (t) => {
  const promtool = (...args: readonly string[]) =>
    execFileSync('promtool', args, { cwd: PROMETHEUS_DIR, encoding: 'utf8', stdio: 'pipe' })
  t.match(promtool('check', 'config', 'prometheus.yml'), /SUCCESS/)
  t.match(promtool('check', 'rules', '--lint=all', '--lint-fatal', 'rules.yml'), /SUCCESS/)
  t.match(promtool('test', 'rules', 'rules.test.yml'), /SUCCESS/)
})

t.test(
  'under load every panel has data and every rule finds what it looks at',
  { skip },
  async (t) => {
    const system = await startSystem(t, { poolSize: POOL, env: { MIRROR_RECHECK_SECONDS: '1' } })
    const prometheus = await watching(t, system)
    const load = { isOn: true, rounds: 0 }
    const working = (async () => {
      for (; load.isOn; load.rounds += 1) await everyday(system, load.rounds)
    })()

    for (const { what, expr, legend } of questions) {
      const seen = { flaw: 'not asked' as string | undefined }
      await until(
        async () => {
          seen.flaw = flaw(await prometheus.query(expr), legend)
          return seen.flaw === undefined
        },
        what,
        WITHIN_MS,
      ).catch(() => undefined)
      t.equal(seen.flaw, undefined, `${what}: ${expr}`)
    }

    // a call that fails, for what counts those
    const failing = { headers: { 'x-deadline-ms': '1' } }
    await until(
      async () => (await fetch(`${system.url}/account/summary`, failing)).status === 504,
      'a call that was too slow',
    )
    const alerts = await prometheus.alerts()
    t.ok(alerts.length >= 15)
    for (const { name, query } of alerts) {
      for (const selector of selectorsIn(query)) {
        const found = await until(
          async () => (await prometheus.query(selector)).length > 0,
          selector,
          WITHIN_MS,
        ).catch(() => false)
        t.ok(found, `${name}: ${selector}`)
      }
    }
    load.isOn = false
    await working
    t.ok(load.rounds > 0)
  },
)
