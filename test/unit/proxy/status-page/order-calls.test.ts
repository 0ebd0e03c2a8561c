import t from 'tap'
import { OrderCalls, outcomeOf } from '../../../../proxy/status-page/order-calls.ts'

const NOON = Date.UTC(2026, 0, 5, 12)

t.test(
  'calls that place, change and cancel are counted by their outcome; others are not',
  async (t) => {
    const calls = new OrderCalls(NOON)
    for (const [method, route, status] of [
      ['POST', '/order', 201],
      ['POST', '/order', 202],
      ['POST', '/order/oca', 502],
      ['POST', '/order/smart', 403],
      ['DELETE', '/account/positions/:conId', 504],
      ['PUT', '/order/:id', 200],
      ['DELETE', '/order', 503],
      ['DELETE', '/order/:id', 499],
      ['GET', '/order', 200],
      ['POST', '/order/preview', 200],
      ['POST', '/clients/pause', 200],
    ] as const)
      calls.add(NOON, method, route, status)
    const { counts, lastInDoubt } = calls.view(NOON)
    const none = { confirmed: 0, unconfirmed: 0, refused: 0, notSent: 0, inDoubt: 0, callerGone: 0 }
    t.same(counts, {
      place: { ...none, confirmed: 1, unconfirmed: 1, inDoubt: 2, refused: 1 },
      change: { ...none, confirmed: 1 },
      cancel: { ...none, notSent: 1, callerGone: 1 },
    })
    t.equal(lastInDoubt, new Date(NOON).toISOString())
  },
)

t.test('an answer nobody can rely on is a doubt, never a confirmation', async (t) => {
  for (const status of [500, 502, 504]) t.equal(outcomeOf(status), 'inDoubt')
})

t.test('a new day begins at midnight, UTC, also when nobody calls', async (t) => {
  const calls = new OrderCalls(NOON)
  calls.add(NOON, 'POST', '/order', 502)
  t.equal(calls.view(NOON).since, new Date(NOON).toISOString())
  const { since, counts, lastInDoubt } = calls.view(NOON + 43_200_000)
  t.equal(since, '2026-01-06T00:00:00.000Z')
  t.equal(counts.place.inDoubt, 0)
  t.equal(lastInDoubt, null)
})
