import t from 'tap'
import { callerOf } from '../rig/caller.ts'
import { startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

const IN_LINE = 32
const resting = { symbol: 'AAPL', action: 'BUY', totalQuantity: 1, orderType: 'LMT', lmtPrice: 5 }
/** longer than the test keeps the slot from them */
const patient = { 'x-deadline-ms': '60000' }

t.setTimeout(60_000)

t.test(
  'a full line serves whom it holds in the order they came, refuses the rest with Retry-After, and keeps nothing',
  async (t) => {
    const system = await startSystem(t, {
      poolSize: 1,
      env: { QUEUE_LIMIT: String(IN_LINE), SIMULATOR_OPEN_ORDERS: '0' },
    })
    const send = callerOf(() => system.url)
    const order = (orderRef: string, headers = {}) =>
      send('POST', '/order', { ...resting, orderRef }, headers)
    const inLine = (length: number) =>
      until(async () => (await system.pool()).queue.length === length, `${length} in line`)

    // the one slot is held by a question that is not answered before the test says so
    const { id: fault } = (await system.control('POST', '/faults', {
      fault: 'farm-down',
      farm: 'secdefil',
    })) as { id: number }
    const holder = send('GET', '/contract?symbol=AAPL', undefined, patient)
    await until(async () => (await system.pool()).busy === 1, 'the slot taken')

    const waiting = []
    const expected = []
    for (let number = 1; number < IN_LINE; number += 1) {
      waiting.push(order(`n${number}`, patient))
      expected.push(`n${number}`)
      await inLine(number)
    }
    const late = await order('late', { 'x-deadline-ms': '200' })
    t.equal(late.status, 503, 'whose deadline passes in line')
    t.match(late.body, { code: 'PROXY_POOL_BUSY', retryable: true })
    t.ok(Number(late.headers.get('retry-after')) >= 1)
    await inLine(IN_LINE - 1)

    const gone = new AbortController()
    const leaving = fetch(`${system.url}/account/positions?fresh=true`, { signal: gone.signal })
    await inLine(IN_LINE)
    gone.abort()
    await t.rejects(leaving)
    await inLine(IN_LINE - 1)

    waiting.push(order(`n${IN_LINE}`, patient))
    expected.push(`n${IN_LINE}`)
    await inLine(IN_LINE)
    for (const { status, headers, body } of [
      await order('too many', patient),
      await send('GET', '/account/positions?fresh=true', undefined, patient),
    ]) {
      t.equal(status, 503, 'whom the line has no room for')
      t.match(body, { code: 'PROXY_POOL_BUSY', retryable: true })
      t.ok(Number(headers.get('retry-after')) >= 1)
    }
    // nobody was served meanwhile: those two were answered at once, not when there was room
    t.match(await system.pool(), { busy: 1, queue: { length: IN_LINE, limit: IN_LINE } })
    t.equal(await system.metric('ibrest_proxy_queue_length'), IN_LINE)

    await system.control('DELETE', `/faults/${fault}`)
    t.equal((await holder).status, 200)
    const answers = await Promise.all(waiting)
    t.same([...new Set(answers.map(({ status }) => status))], [201])
    const placed = (await system.control('GET', '/orders')) as { orderRef: string }[]
    t.same(
      placed.map(({ orderRef }) => orderRef),
      expected,
    )

    t.match(await system.pool(), {
      ...{ usable: 1, idle: 1, busy: 0 },
      queue: { length: 0, oldestWaitMs: null },
    })
    t.equal(await system.metric('ibrest_proxy_queue_length'), 0)
    t.equal(await system.metric('ibrest_proxy_slots{state="idle"}'), 1)
    t.equal(await system.metric('ibrest_client_inflight'), 0)
    t.equal(await system.metric('ibrest_proxy_refused_total{code="PROXY_POOL_BUSY"}'), 3)
    t.match(await system.instance(0), { overlaps: 0, refused: 0 })
    t.equal((await send('GET', '/account/positions?fresh=true')).status, 200, 'the next call')
  },
)
