import t from 'tap'
import { proxied } from '../rig/proxied.ts'
import { RawCaller } from '../rig/raw-caller.ts'

const ORDER = '{"symbol":"AAPL","action":"BUY","totalQuantity":1,"orderType":"MKT"}'
const head = (expect: string) =>
  `POST /order HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${ORDER.length}\r\nExpect: ${expect}\r\n\r\n`

for (const expected of ['200-ok', '100-continue, 200-ok', ''])
  t.test(`"${expected}" cannot be met: the caller is told, and nothing is sent`, async (t) => {
    const { url, stubs } = await proxied(t, 1)
    const caller = new RawCaller(url)
    caller.write(`${head(expected)}${ORDER}`)
    await caller.ended()
    t.same(
      caller.statuses.filter((status) => status !== 100),
      [417],
    )
    t.match(caller.heard, /content-type: application\/problem\+json/)
    t.match(caller.heard, /"code":"REQUEST_EXPECTATION"/)
    t.match(caller.heard, /x-request-id: \S/)
    t.same(stubs[0]?.calls, [])
  })

t.test('who waits to be told that his body is wanted is told', async (t) => {
  const { url, stubs } = await proxied(t, 1)
  const caller = new RawCaller(url)
  caller.write(head('100-Continue'))
  t.same(await caller.answered(1), [100])
  t.same(stubs[0]?.calls, [], 'nothing before the body')
  caller.write(ORDER)
  t.same(await caller.answered(2), [100, 200])
  t.equal(stubs[0]?.calls.length, 1)
  caller.leave()
})
