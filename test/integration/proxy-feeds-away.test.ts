import t from 'tap'
import { Gateway } from '../../simulator/gateway.ts'
import { FeedStream } from '../rig/feed-stream.ts'
import { pooled } from '../rig/pooled.ts'
import { until } from '../rig/until.ts'

const AAPL = '265598'
const PATIENCE_MS = 60_000

t.setTimeout(120_000)

t.test(
  'while nobody can say which contract is meant, no client is guessed; who goes on somewhere waits',
  async (t) => {
    const { call, simulator, proxy, url } = await pooled(t, 2)
    await call('/market/data?symbol=AAPL', { method: 'POST' })
    const reader = new FeedStream(`${url}/market/data?symbol=AAPL`)
    await until(() => reader.events.length > 1, 'some events', PATIENCE_MS)
    await reader.leave()
    const { port } = simulator
    await simulator.close()
    await until(() => proxy.pool.status().usable === 0, 'nobody is usable', PATIENCE_MS)
    const refused = await call('/market/data?symbol=MSFT', { method: 'POST' })
    t.equal(refused.answer.status, 503)
    t.equal(refused.body.retryable, true)
    t.ok(Number(refused.answer.headers.get('retry-after')) > 0)
    const again = new FeedStream(`${url}/market/data?symbol=AAPL`, reader.lastEventId)
    await until(() => again.words.includes('gap.opened'), 'it is told, and waits', PATIENCE_MS)
    const back = new Gateway({ port, accounts: ['DU1'], limits: { messageRate: 'off' } })
    await back.listen()
    t.teardown(() => back.close())
    await until(() => again.words.includes('gap.closed'), 'it goes on', PATIENCE_MS)
    await until(() => again.rows.size > 0, 'its row is told anew', PATIENCE_MS)
    t.same([...again.rows.keys()], [AAPL])
    await again.leave()
  },
)
