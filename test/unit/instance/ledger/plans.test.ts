import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t, { type Test } from 'tap'
import { blankOrder } from '../../../../instance/ib/order-documents.ts'
import { Ledger } from '../../../../instance/ledger/ledger.ts'
import { tempDir } from '../../../rig/temp-dir.ts'

const request = { symbol: 'AAPL', action: 'BUY', totalQuantity: 1, orderType: 'MKT' } as const
const wish = { kind: 'oca', request: [request, request] } as const

function open(t: Test, path: string): Ledger {
  const ledger = new Ledger({ path, clientId: 3, onFailure: (error) => t.fail(String(error)) })
  t.teardown(() => ledger.close())
  return ledger
}

/** Writes the intent of an order that something is to follow. */
function place(ledger: Ledger, orderId: number, key = 'call one'): void {
  const intent = { order: blankOrder(3, orderId), request }
  ledger.recordIntents([intent], { key, payload: 'hash', plan: wish })
}

t.test(
  'a plan is on the disk with the intent of its first order, and so are its steps',
  async (t) => {
    const path = join(tempDir(t), 'client-3.sqlite')
    const first = open(t, path)
    place(first, 7)
    const step = { key: 'oca 3.7', orderIds: [8, 9], at: '2026-01-05T15:00:00.000Z', refusal: null }
    first.plans.step(7, step)
    first.close()
    const { plans } = open(t, path)
    t.match(plans.open(), [{ orderId: 7, key: 'call one', ...wish, steps: [step] }])
    t.same(plans.find(7), plans.byKey('call one'))
    t.same(plans.all('split'), [])
    t.equal(plans.openCount, 1)
    plans.end(7, 'done', null)
    plans.end(7, 'ended', 'an end is for good')
    t.match(plans.find(7), { state: 'done', reason: null })
    t.equal(plans.openCount, 0)
  },
)

t.test('a call that goes again under a higher id leaves one open plan', async (t) => {
  const ledger = open(t, ':memory:')
  place(ledger, 7)
  place(ledger, 9)
  t.match(ledger.plans.find(7), { state: 'ended', reason: /anew with order 9/ })
  t.match(ledger.plans.open(), [{ orderId: 9 }])
  t.match(ledger.plans.byKey('call one'), { orderId: 9 })
})

t.test('the key of a plan that goes on is never forgotten; old ends are', async (t) => {
  const path = join(tempDir(t), 'client-3.sqlite')
  const first = open(t, path)
  place(first, 7, 'call open')
  place(first, 8, 'call over')
  for (const key of ['call open', 'call over']) first.keys.settle(key, '{}')
  first.plans.end(8, 'done', null)
  first.close()
  const database = new DatabaseSync(path)
  const long = new Date(Date.now() - 100 * 86_400_000).toISOString()
  database.prepare('UPDATE keys SET claimedAt = ?').run(long)
  database
    .prepare(`UPDATE plans SET madeAt = ?, endedAt = iif(endedAt IS NULL, NULL, ?)`)
    .run(long, long)
  database.close()
  const { plans, keys } = open(t, path)
  t.match(plans.find(7), { state: 'open' })
  t.ok(keys.find('call open'))
  t.equal(plans.find(8), undefined)
  t.equal(keys.find('call over'), undefined)
})
