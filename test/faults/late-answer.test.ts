import t from 'tap'
import { callerOf, type Send } from '../rig/caller.ts'
import { type System, startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

const LATE = 'ibrest_late_answers_total'
const impatient = { 'x-deadline-ms': '600' }
const buy = { symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'MKT' }

let system: System
let send: Send
t.setTimeout(60_000)
t.before(async () => {
  system = await startSystem(t, { poolSize: 1 })
  send = callerOf(() => system.url)
})

/** Holds the next such messages back beyond the patience of whoever asks. */
async function hold(...names: string[]): Promise<void> {
  for (const message of names)
    await system.control('POST', '/faults', {
      ...{ fault: 'late', match: { message } },
      ...{ delayMs: 1500, count: 1 },
    })
}

const lateAnswers = () => system.metric(LATE, system.instanceUrl(0))

t.test(
  'an answer that comes after its deadline is counted and dropped, and the next call has only its own',
  async (t) => {
    await hold('contractDetails', 'contractDetailsEnd')
    const first = await send('GET', '/contract?symbol=AAPL', undefined, impatient)
    t.equal(first.status, 504)
    t.match(first.body, {
      code: 'INSTANCE_QUERY_TIMEOUT',
      detail: /contractDetails/,
      retryable: true,
    })
    t.equal(await lateAnswers(), 0, 'it is still to come')
    const next = await send('GET', '/contract?symbol=MSFT')
    t.equal(next.status, 200)
    t.same([...new Set(next.body.map(({ symbol }: Named) => symbol))], ['MSFT'])
    await until(async () => (await lateAnswers()) === 1, 'the late answer counted')
    const again = await send('GET', '/contract?symbol=AAPL')
    t.same([...new Set(again.body.map(({ symbol }: Named) => symbol))], ['AAPL'])
    t.match(await system.instance(0), { connected: true, reconnects: 0, overlaps: 0 })
  },
)

interface Named {
  readonly symbol: string
}

t.test(
  'where no id tells answers apart, the late end of one is never taken for the end of the next',
  async (t) => {
    const held = async (headers = {}) =>
      send('GET', '/account/positions?fresh=true', undefined, headers)
    const filled = async () => {
      const { body } = await send('POST', '/order?until=filled', buy)
      t.equal(body.state, 'executed')
    }
    await filled()
    await until(async () => (await held()).body[0]?.position === 10, 'the position')
    const before = await lateAnswers()
    await hold('positionEnd')
    const first = await held(impatient)
    t.equal(first.status, 504)
    t.match(first.body, { code: 'INSTANCE_QUERY_TIMEOUT', detail: /positions/, retryable: true })
    await filled()
    const next = await held()
    t.equal(next.status, 200)
    t.match(next.body, [{ position: 20 }])
    t.equal(next.body.length, 1)
    t.equal(await lateAnswers(), before + 1)
    t.match(await system.instance(0), { connected: true, reconnects: 0, overlaps: 0 })
  },
)
