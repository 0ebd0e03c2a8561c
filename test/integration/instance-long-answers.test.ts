import t from 'tap'
import { type FakeClient, IN } from '../rig/fake-gateway.ts'
import { history, stockDetails } from '../rig/fake-messages.ts'
import { type Instanced, instanced } from '../rig/instanced.ts'
import { until } from '../rig/until.ts'

/** The most bars one call may ask for, nearly. */
const BARS = 59_040
const HISTORY = '/history/AAPL?durationStr=41%20D&barSizeSetting=1%20min'

type Bars = { readonly timestamp: number }[]

/** What the instance told of itself in quick calls, one after the other, while it worked on a long answer. */
interface Seen {
  /** the answer was being read, and was not complete */
  reading: number
  /** the gateway's answer was complete, and ours had not begun */
  writing: number
}

/** Asks something long of an instance whose gateway gives that answer, and other things meanwhile. */
async function beside(
  { url, gateway, metric }: Instanced,
  question: { readonly path: string; readonly op: string; readonly message: number },
  answer: (client: FakeClient, reqId: string) => void,
): Promise<{ readonly seen: Seen; readonly body: unknown }> {
  const { path, op, message } = question
  // what it asks after a login has been answered
  await until(() => gateway.count(IN.REQ_EXECUTIONS) > 0, 'it has caught up')
  let say: (() => void) | undefined
  gateway.on(message, (client, fields) => {
    // contracts are asked for behind a version (facts §1.6)
    const reqId = fields[message === IN.REQ_CONTRACT_DATA ? 2 : 1] ?? ''
    say = () => answer(client, reqId)
  })
  let hasBegun = false
  const asked = fetch(`${url}${path}`).then((begun) => {
    hasBegun = true
    return begun
  })
  const answerNow = await until(() => say, 'the gateway is asked')
  const before = await metric('ibrest_ib_messages_total{client_id="0",direction="in"}')
  answerNow()
  const seen = { reading: 0, writing: 0 }
  const done = `ibrest_ib_request_duration_seconds_count{client_id="0",op="${op}",outcome="answered"} 1`
  while (!hasBegun) {
    const text = await (await fetch(`${url}/metrics`)).text()
    if (hasBegun) break
    const messages = /^ibrest_ib_messages_total\{client_id="0",direction="in"\} (\d+)$/m.exec(text)
    if (text.includes(done)) seen.writing += 1
    else if (Number(messages?.[1]) > before) seen.reading += 1
  }
  return { seen, body: await (await asked).json() }
}

t.test('while a long history is read and while it is written, others are answered', async (t) => {
  const question = { path: HISTORY, op: 'historicalData', message: IN.REQ_HISTORICAL_DATA }
  const { seen, body } = await beside(await instanced(t), question, (client, reqId) =>
    client.sayAll(history(reqId, BARS)),
  )
  t.ok(seen.reading >= 3, `${seen.reading} quick calls while it was read`)
  t.ok(seen.writing >= 3, `${seen.writing} quick calls while it was written`)
  const { bars } = body as { bars: Bars }
  t.strictSame(
    bars.map(({ timestamp }) => timestamp),
    Array.from({ length: BARS }, (_, index) => 1_767_600_000 + index * 60),
    'complete and in order',
  )
  t.strictSame(bars[BARS - 1], {
    ...{ date: '1771142340', datetime: '2026-02-15T07:59:00.000Z', timestamp: 1_771_142_340 },
    ...{ open: 100.5, high: 101.25, low: 99.75, close: 100.1, volume: 1200, wap: 100.3, count: 17 },
  })
})

t.test('the same holds for an answer of thousands of messages', async (t) => {
  const count = 6000
  const question = {
    path: '/contract?symbol=AAPL&secType=OPT',
    op: 'contractDetails',
    message: IN.REQ_CONTRACT_DATA,
  }
  const { seen, body } = await beside(await instanced(t), question, (client, reqId) =>
    client.sayAll(
      ...Array.from({ length: count }, (_, index) => stockDetails(reqId, { conId: index + 1 })),
      [52, 1, reqId],
    ),
  )
  t.ok(seen.reading >= 3, `${seen.reading} quick calls while it was read`)
  t.ok(seen.writing >= 1, `${seen.writing} quick calls while it was written`)
  t.strictSame(
    (body as { conId: number }[]).map(({ conId }) => conId),
    Array.from({ length: count }, (_, index) => index + 1),
  )
})

t.test('what came before the end of the connection is read before that is heard of', async (t) => {
  const { call, gateway, status } = await instanced(t)
  gateway.on(IN.REQ_HISTORICAL_DATA, (client, [, reqId = '']) => {
    client.sayAll(history(reqId, BARS))
    client.socket.end()
  })
  const { answer, body } = await call(HISTORY)
  t.equal(answer.status, 200)
  t.equal(body.bars.length, BARS)
  await until(async () => (await status()).reconnects === 1, 'a new session')
})

t.test('a length that no gateway means costs the session at once', async (t) => {
  const { call, gateway, status } = await instanced(t)
  gateway.on(IN.REQ_HISTORICAL_DATA, (client) => void client.socket.write('HTTP/1.1 400'))
  const { answer, body } = await call(HISTORY)
  t.equal(answer.status, 502)
  t.match(body, { code: 'INSTANCE_SESSION_LOST', detail: /could not be decoded/ })
  await until(async () => (await status()).reconnects === 1, 'a new session')
})
