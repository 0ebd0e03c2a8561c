import t from 'tap'
import type { OrderEvent, OrderEvents } from '../../shared/schemas/order-event.ts'
import { callerOf, type Send } from '../rig/caller.ts'
import { SseReader } from '../rig/event-readers.ts'
import { type System, startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

const buy = { symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 5 }
/** what the gateway tells of an order and its fill by itself */
const PUSHED = ['openOrder', 'orderStatus', 'execDetails', 'commissionReport', 'position']

let system: System
let send: Send
t.setTimeout(60_000)
t.before(async () => {
  system = await startSystem(t, { poolSize: 1 })
  send = callerOf(() => system.url)
})

const words = (events: readonly OrderEvent[]) =>
  events.map(({ type, subject }) => `${type.replace('ibrest.', '')} ${subject ?? ''}`.trim())

for (const [code, what, held] of [
  ['1101', 'with data lost', 10],
  ['1102', 'with data maintained', 20],
] as const) {
  t.test(
    `cut off (1100) and back (${code}, ${what}), the session is kept and all that was missed stands between the marks of a gap`,
    async (t) => {
      const { cursor } = (await send('GET', '/order/events?since=now')).body as OrderEvents
      const reader = new SseReader(`${system.url}/order/events`, cursor)
      t.teardown(() => reader.leave())
      await until(() => reader.status === 200, 'a reader of events')
      const { body: order } = await send('POST', '/order', buy)
      // whatever is told of it later would be told beside the gap
      await until(async () => {
        const { status, history } = (await send('GET', `/order/${order.id}`)).body
        return status === 'Submitted' && reader.events.length === history.length
      }, 'the order works, and its reader has heard of it')
      reader.events.splice(0)

      await system.control('POST', '/faults', { fault: 'code-1100' })
      await until(async () => (await system.pool()).usable === 0, 'no client usable')
      t.match(await system.instance(0), { connected: false, state: 'cut-off', reason: /IB/ })
      t.match((await system.pool()).clients, [{ connected: false, state: 'down' }])
      const refused = await send('GET', '/account/positions')
      t.match(refused.body, { status: 503, code: 'PROXY_NO_INSTANCE', retryable: true })
      await until(() => reader.events.length > 0, 'the gap opened')
      const late = (await send('GET', `/order/events?since=${cursor}`)).body as OrderEvents
      t.same(late.missing, [], 'whoever begins to read now can be told too')
      t.match(late.events.at(-1)?.type, /gap/, 'and is')

      // it trades, and nobody is told
      for (const message of PUSHED)
        await system.control('POST', '/faults', { fault: 'silent', match: { message } })
      await system.control('POST', `/orders/${order.id}/fill`, {})
      await system.control('DELETE', '/faults')
      const questions = await system.sent('reqPositions')

      await system.control('POST', '/faults', { fault: `code-${code}` })
      await until(async () => (await system.pool()).usable === 1, 'usable again')
      t.equal((await system.instance(0)).reconnects, 0, 'the session itself was kept')
      await until(
        () => reader.events.some(({ type }) => type === 'ibrest.gap.closed'),
        'the gap closed',
      )
      const told = words(reader.events.map(({ event }) => event))
      t.equal(told[0], 'gap.opened')
      t.equal(told.at(-1), 'gap.closed')
      t.same(told.filter((word) => word.startsWith('gap.')).length, 2, 'each mark once')
      t.equal(told.filter((word) => word === `order.executed ${order.id}`).length, 1)
      t.match(reader.events[0]?.event.data, { reason: /IB/ })

      t.ok((await system.sent('reqPositions')) > questions, 'positions were asked for again')
      t.match((await send('GET', '/account/positions')).body, [{ position: held }])
      t.match((await send('GET', '/account/positions?fresh=true')).body, [{ position: held }])
      t.match((await send('GET', `/order/${order.id}`)).body, { state: 'executed', filled: 10 })
    },
  )
}
