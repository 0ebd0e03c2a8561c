import t from 'tap'
import { callerOf, type Send } from '../rig/caller.ts'
import { type System, startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

const impatient = { 'x-deadline-ms': '2000' }
const summary = '/account/summary?tags=NetLiquidation'

let system: System
let send: Send
t.setTimeout(60_000)
t.before(async () => {
  system = await startSystem(t, { poolSize: 1 })
  send = callerOf(() => system.url)
})

const leaveOut = (message: string) =>
  system.control('POST', '/faults', { fault: 'no-end', match: { message } })

t.test(
  'an answer without its end is 504 by its name, and is cancelled at the gateway',
  async (t) => {
    const whole = await send('GET', summary)
    t.equal(whole.status, 200)
    const cancels = await system.sent('cancelAccountSummary')
    await leaveOut('accountSummaryEnd')
    const half = await send('GET', summary, undefined, impatient)
    t.equal(half.status, 504)
    t.match(half.body, {
      code: 'INSTANCE_QUERY_TIMEOUT',
      detail: /accountSummary/,
      retryable: true,
    })
    await until(
      async () => (await system.sent('cancelAccountSummary')) === cancels + 1,
      'the cancel at the gateway',
    )
    const next = await send('GET', summary)
    t.equal(next.status, 200)
    t.equal(next.body.length, whole.body.length, 'the rows of one answer, not of two')
    t.match(await system.instance(0), { connected: true, reconnects: 0, overlaps: 0 })
  },
)

t.test(
  'where no id tells answers apart, one that never ends costs the session and not the next caller’s truth',
  async (t) => {
    const buy = { symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'MKT' }
    t.match((await send('POST', '/order?until=filled', buy)).body, { state: 'executed' })
    await leaveOut('positionEnd')
    const held = (headers = {}) => send('GET', '/account/positions?fresh=true', undefined, headers)
    const half = await held(impatient)
    t.equal(half.status, 504)
    t.match(half.body, { code: 'INSTANCE_QUERY_TIMEOUT', detail: /positions/, retryable: true })
    t.match((await send('POST', '/order?until=filled', buy)).body, { state: 'executed' })

    // until its end is given up nothing of its kind is asked; then a fresh login is, which has no rests
    const heard = new Set<string>()
    const next = await until(
      async () => {
        const { status, body } = await held()
        if (status !== 200) heard.add(`${status} ${body.code}`)
        return status === 200 && body
      },
      'a whole answer',
      30_000,
    )
    t.match(next, [{ position: 20 }])
    t.equal(next.length, 1)
    const clear = ['502 INSTANCE_SESSION_LOST', '503 PROXY_NO_INSTANCE', '503 INSTANCE_NOT_READY']
    t.same(
      [...heard].filter((word) => !clear.includes(word)),
      [],
    )
    t.match(await system.instance(0), { connected: true, reconnects: 1, overlaps: 0 })
  },
)
