import t from 'tap'
import { blankOrder, stateOf } from '../../../../instance/ib/order-documents.ts'
import {
  cutOf,
  nextOfSplit,
  nextSliceAt,
  quantitiesOf,
} from '../../../../instance/ib/split-plan.ts'
import type { PlanRow } from '../../../../instance/ledger/plans.ts'
import type { Order } from '../../../../shared/schemas/order.ts'

const order = { symbol: 'AAPL', action: 'BUY', orderType: 'MKT', clientOrderId: 'large' } as const
const begun = Date.parse('2026-01-05T15:00:00Z')
const at = (seconds: number) => new Date(begun + seconds * 1000).toISOString()

const plan: PlanRow = {
  ...{ orderId: 7, key: 'call one', kind: 'split', madeAt: at(0), state: 'open', reason: null },
  request: { order: { symbol: 'AAPL' }, quantities: [4, 4, 2], intervalMs: 60_000 },
  steps: [],
}
const slice = (orderId: number, seconds: number, refusal: string | null = null) => ({
  key: `split 3.7 call one ${orderId}`,
  ...{ orderIds: [orderId], at: at(seconds), refusal },
})
const document = (orderId: number, part: Partial<Order>): Order => {
  const known = { ...blankOrder(3, orderId), permId: 100 + orderId, ...part }
  return { ...known, state: stateOf(known) }
}
const next = (row: PlanRow, now: number, ...orders: Order[]) =>
  nextOfSplit(row, 3, (id) => orders.find(({ orderId }) => orderId === id), begun + now * 1000)

t.test('slices add up to the whole, by size or by number', async (t) => {
  const cut = (totalQuantity: number, how: object) =>
    quantitiesOf({ ...order, totalQuantity, ...how })
  t.same(cut(10, { splitSize: 4 }), [4, 4, 2])
  t.same(cut(12, { splitSize: 4 }), [4, 4, 4])
  t.same(cut(0.3, { splitSize: 0.1 }), [0.1, 0.1, 0.1])
  t.same(cut(10, { slices: 3 }), [4, 3, 3])
  t.same(cut(10.5, { slices: 4 }), [3, 3, 2, 2.5])
  t.same(cut(3, { slices: 4 }), [], 'no slice is empty')
  t.same(cut(10, { splitSize: 10 }), [], 'one slice is none')
  t.same(cut(1000, { splitSize: 1 }), [], 'there is an end to slices')
})

t.test('the name of the whole is that of its first slice alone', async (t) => {
  const read = cutOf({ ...order, totalQuantity: 10, slices: 2, intervalSeconds: 1.5 })
  t.match(read, {
    first: { clientOrderId: 'large', totalQuantity: 5 },
    cut: { quantities: [5, 5], intervalMs: 1500 },
  })
  if ('findings' in read) return
  t.notHas(read.cut.order, { clientOrderId: 'large' })
  t.strictSame(Object.keys(read.first).sort(), [
    'action',
    'clientOrderId',
    'orderType',
    'symbol',
    'totalQuantity',
  ])
})

t.test('a slice goes when its time has come and the one before it is at IB', async (t) => {
  const first = document(7, { status: 'Submitted' })
  t.same(next(plan, 61, document(7, { status: 'PendingSubmit', permId: null })), { does: 'wait' })
  t.same(next(plan, 59, first), { does: 'wait', until: begun + 60_000 })
  t.match(next(plan, 60, first), {
    does: 'place',
    key: 'split 3.7 call one 1',
    requests: [{ symbol: 'AAPL', totalQuantity: 4 }],
  })
  const late = { ...plan, steps: [slice(8, 500)] }
  t.equal(nextSliceAt(late), begun + 560_000, 'nothing is made up for after a gap')
  const early = { ...plan, steps: [slice(8, 60)] }
  t.equal(nextSliceAt(early), begun + 120_000)
  t.match(next(early, 120, first, document(8, { status: 'Filled' })), {
    does: 'place',
    requests: [{ totalQuantity: 2 }],
  })
  const all = { ...plan, steps: [slice(8, 60), slice(9, 120)] }
  t.same(next(all, 121, document(9, { status: 'Submitted' })), {
    ...{ does: 'end', state: 'done', reason: null },
  })
  t.match(next(all, 121, document(9, { status: 'Cancelled' })), { state: 'done' })
})

t.test('a slice that was refused or taken back is the last one', async (t) => {
  const refused = document(7, { status: 'Inactive', errorMsg: 'no money' })
  t.match(next(plan, 61, refused), { does: 'end', state: 'ended', reason: /rejected: no money/ })
  t.match(next(plan, 5, document(7, { status: 'Cancelled' })), { state: 'ended' })
  t.match(next(plan, 61, document(7, { status: 'Cancelled', tif: 'IOC' })), { does: 'place' })
  t.match(next({ ...plan, steps: [slice(8, 60, 'no account')] }, 61), {
    ...{ does: 'end', state: 'ended' },
    reason: /Slice 2 was refused: no account/,
  })
})
