import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t, { type Test } from 'tap'
import { hasPrometheus, type Prometheus, watching } from '../rig/prometheus.ts'
import { type System, startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

const POOL = 3
const QUEUE_LIMIT = 4
/** Until a fault shows in an expression, ms: it has to happen, and to be read twice. */
const WITHIN_MS = 60_000
t.setTimeout(600_000)

const post = (body: object, headers: Record<string, string> = {}) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})

const buy = { symbol: 'AAPL', action: 'BUY', totalQuantity: 1, orderType: 'MKT' }
const resting = { ...buy, orderType: 'LMT', lmtPrice: 5 }

/** Only what a test injects shows in the rates: nobody else calls, and Prometheus has seen nothing before. */
let system: System
let prometheus: Prometheus
let queries: ReadonlyMap<string, string>
const injected = new Set<string>()

/** What can only be told to Prometheus: no fault we know makes calls overlap. */
const NOT_INJECTED = ['IbrestOverlap']

async function values(alert: string): Promise<number> {
  const query = queries.get(alert)
  if (query === undefined) throw new Error(`no alert ${alert}`)
  return (await prometheus.query(query)).length
}

/** The expression of an alert becomes true; how long it must stay so is promtool's to test. */
async function becomesTrue(t: Test, ...alerts: readonly string[]): Promise<void> {
  for (const alert of alerts) {
    const what = `${alert} is true`
    t.ok(await until(async () => (await values(alert)) > 0, what, WITHIN_MS), what)
    injected.add(alert)
  }
}

async function becomesSilent(t: Test, ...alerts: readonly string[]): Promise<void> {
  for (const alert of alerts) {
    const what = `${alert} is silent`
    t.ok(await until(async () => (await values(alert)) === 0, what, WITHIN_MS), what)
  }
}

/** The proxy has been read once more. */
async function read(): Promise<void> {
  const readAt = async () =>
    (await prometheus.query('timestamp(up{job="ibrest-proxy"})'))[0]?.value ?? 0
  const before = await readAt()
  await until(async () => (await readAt()) > before, 'the proxy is read again', WITHIN_MS)
}

async function call(path: string, init?: RequestInit) {
  const answer = await fetch(system.url + path, init)
  return { status: answer.status, body: JSON.parse(await answer.text()) as Record<string, unknown> }
}

const fault = (body: object) => system.control('POST', '/faults', body)
const isUsable = () => until(async () => (await system.pool()).usable === POOL, 'all usable')

const isHere = hasPrometheus()

t.before(async () => {
  if (!isHere) return
  system = await startSystem(t, {
    poolSize: POOL,
    env: { QUEUE_LIMIT: String(QUEUE_LIMIT), MIRROR_RECHECK_SECONDS: '1' },
  })
  prometheus = await watching(t, system)
  queries = new Map((await prometheus.alerts()).map(({ name, query }) => [name, query]))
})

/** One fault, and the alerts it makes true. */
function injecting(title: string, work: (t: Test) => Promise<void>): void {
  t.test(title, { skip: !isHere && 'apt-get install prometheus' }, work)
}

injecting('a system that is well is silent', async (t) => {
  await becomesSilent(t, ...queries.keys())
})

injecting('orders are acknowledged after seconds', async (t) => {
  for (const message of ['openOrder', 'orderStatus'])
    await fault({ fault: 'late', delayMs: 3000, match: { message, clientId: 0 } })
  await call('/clients/0/order', post(resting))
  await system.control('DELETE', '/faults')
  await becomesTrue(t, 'IbrestOrderAcknowledgementSlow')
})

injecting('all clients are held up by a gateway that is slow', async (t) => {
  await fault({ fault: 'late', delayMs: 10_000, match: { message: 'contractDetailsEnd' } })
  // equal questions share an answer unless each wants its own
  const headers = { 'cache-control': 'no-cache', 'x-deadline-ms': '60000' }
  const ask = () => call('/contract?symbol=AAPL', { headers })
  const asked = Array.from({ length: POOL + QUEUE_LIMIT }, ask)
  await becomesTrue(t, 'IbrestLineFull')
  // what is seen for the first time is no increase yet: it has to go on
  for (let round = 0; round < 3; round += 1) {
    const refused = await Promise.all(Array.from({ length: 10 }, ask))
    t.ok(refused.every(({ body }) => body.code === 'PROXY_POOL_BUSY'))
    await read()
  }
  await becomesTrue(t, 'IbrestCallsTurnedAway', 'IbrestCallsFailing')
  await Promise.all(asked)
  await system.control('DELETE', '/faults')
  await becomesTrue(t, 'IbrestLineSlow', 'IbrestCallsSlow')
  await becomesSilent(t, 'IbrestLineFull')
})

injecting("IB's limits let no more pass", async (t) => {
  const headers = { 'cache-control': 'no-cache', 'x-deadline-ms': '2000' }
  const path = '/history/AAPL?durationStr=60%20S&barSizeSetting=5%20secs'
  await call(path, { headers })
  const again = await call(path, { headers })
  t.match(again, { status: 429, body: { code: 'PROXY_PACED' } })
  await becomesTrue(t, 'IbrestPacingExhausted')
})

injecting('the kill switch is thrown', async (t) => {
  await call('/clients/pause-orders', post({ reason: 'a test' }))
  await becomesTrue(t, 'IbrestOrdersPausedLong')
  await call('/clients/resume-orders', post({ reason: 'a test' }))
  await becomesSilent(t, 'IbrestOrdersPausedLong')
})

injecting('the acknowledgement of an order is lost, and found by its repetition', async (t) => {
  await fault({ fault: 'lost-ack' })
  const key = { 'idempotency-key': 'lost' }
  await call('/order', post(resting, { ...key, 'x-deadline-ms': '1000' }))
  await becomesTrue(t, 'IbrestOrderOutcomeUnknown')
  t.equal((await call('/order', post(resting, key))).status, 201)
  await becomesSilent(t, 'IbrestOrderOutcomeUnknown')
})

injecting('the connection dies under an order', async (t) => {
  await fault({ fault: 'reset', match: { message: 'openOrder', clientId: 1 } })
  await call('/clients/1/order', post(resting))
  await becomesTrue(t, 'IbrestOrdersLost')
  await isUsable()
})

injecting('a push of a position is lost', async (t) => {
  await until(
    async () => (await call('/clients/0/account/positions')).status === 200,
    'positions are mirrored',
  )
  await fault({ fault: 'silent', count: 1, match: { message: 'position', clientId: 0 } })
  await call('/clients/2/order', post(buy))
  await becomesTrue(t, 'IbrestMirrorDrift')
})

injecting('another process holds the ledger', async (t) => {
  const ledger = new DatabaseSync(join(system.dataDir, 'simulator', 'client-2.sqlite'))
  ledger.exec('BEGIN IMMEDIATE')
  const { body } = await call('/clients/2/order', post(buy))
  t.equal(body.code, 'INSTANCE_LEDGER_FAILED')
  await becomesTrue(t, 'IbrestLedgerFailing')
  ledger.exec('ROLLBACK')
  ledger.close()
  t.equal((await call('/clients/2/order', post(buy))).status, 201)
})

injecting('the gateway loses IB, and has it again', async (t) => {
  const alerts = ['IbrestNoUsableClient', 'IbrestClientsDown', 'IbrestGatewayLost'] as const
  await fault({ fault: 'code-1100' })
  await becomesTrue(t, ...alerts, 'IbrestEventGapOpen')
  await fault({ fault: 'code-1102' })
  await isUsable()
  await becomesSilent(t, ...alerts, 'IbrestEventGapOpen')
})

injecting('an instance answers nobody', async (t) => {
  const { pid } = await system.instance(2)
  process.kill(pid, 'SIGSTOP')
  await becomesTrue(t, 'IbrestInstanceMissing')
  process.kill(pid, 'SIGCONT')
  await becomesSilent(t, 'IbrestInstanceMissing')
  await isUsable()
})

injecting('an instance dies again and again', async (t) => {
  const target = `instance="127.0.0.1:${system.ports.instances + 2}"`
  const startedAt = async () =>
    (await prometheus.query(`ibrest_process_start_time_seconds{${target}}`))[0]?.value
  for (let death = 0; death < 3; death += 1) {
    const before = await until(startedAt, 'it runs', WITHIN_MS)
    process.kill((await system.instance(2)).pid, 'SIGKILL')
    await until(async () => ((await startedAt()) ?? 0) > before, 'it runs again', WITHIN_MS)
  }
  await becomesTrue(t, 'IbrestRestartLoop')
})

injecting('nothing runs any more', async (t) => {
  await system.stop()
  await becomesTrue(t, 'IbrestProxyMissing', 'IbrestProxyDown', 'IbrestInstanceMissing')
})

injecting('every alert was made true, but those that no fault we know brings about', async (t) => {
  const left = [...queries.keys()].filter((name) => !injected.has(name))
  t.same(left, NOT_INJECTED)
})
