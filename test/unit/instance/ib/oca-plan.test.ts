import t from 'tap'
import type { NextStep } from '../../../../instance/ib/next-step.ts'
import { groupOf, membersOf, nextOfOca } from '../../../../instance/ib/oca-plan.ts'
import { blankOrder, stateOf } from '../../../../instance/ib/order-documents.ts'
import type { PlanRow } from '../../../../instance/ledger/plans.ts'
import type { Order } from '../../../../shared/schemas/order.ts'

const request = { symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'MKT' } as const
const members = [
  { ...request, action: 'SELL' },
  { ...request, action: 'SELL', ocaType: 3 },
] as const

const plan: PlanRow = {
  ...{ orderId: 7, key: 'call one', kind: 'oca', request: [request, ...members] },
  ...{ madeAt: '2026-01-05T15:00:00.000Z', state: 'open', reason: null, steps: [] },
}
const GROUP = 'oca 3.7 call one'
const sent = (orderIds: number[], key = GROUP, refusal: string | null = null): PlanRow => ({
  ...plan,
  steps: [...plan.steps, { key, orderIds, refusal, at: plan.madeAt }],
})

const order = (orderId: number, part: Partial<Order>): Order => {
  const known = { ...blankOrder(3, orderId), permId: 100 + orderId, totalQuantity: 10, ...part }
  return { ...known, state: stateOf(known) }
}
const next = (row: PlanRow, ...orders: Order[]): NextStep =>
  nextOfOca(row, 3, (orderId) => orders.find((each) => each.orderId === orderId))

t.test('the group is placed when the opening is filled whole, and not before', async (t) => {
  for (const part of [
    { status: 'PendingSubmit' },
    { status: 'Submitted', filled: 9 },
    { status: 'Unknown', permId: null },
  ] as const)
    t.same(next(plan, order(7, part)), { does: 'wait' })
  t.same(next(plan), { does: 'wait' })
  t.match(next(plan, order(7, { status: 'Filled', filled: 10 })), {
    does: 'place',
    key: GROUP,
    asList: 'basket',
    requests: [
      { action: 'SELL', ocaGroup: '3.7', ocaType: 1 },
      { action: 'SELL', ocaGroup: '3.7', ocaType: 3 },
    ],
  })
  t.equal(membersOf([request, ...members], '3.7').length, 2)
})

t.test('an opening that ended otherwise ends the plan, and it says why', async (t) => {
  const reason = (part: Partial<Order>) => {
    const decided = next(plan, order(7, part))
    t.match(decided, { does: 'end', state: 'ended' })
    return decided.does === 'end' ? decided.reason : ''
  }
  t.match(reason({ status: 'Cancelled', filled: 4 }), /after 4 of 10/)
  t.match(reason({ status: 'Inactive', errorMsg: 'no money' }), /rejected: no money/)
  t.match(reason({ status: 'ApiCancelled', permId: null }), /never reached/)
})

t.test('a group that IB has is done; what of it was refused is told', async (t) => {
  const out = sent([8, 9])
  const [one, two] = [order(8, { status: 'Submitted' }), order(9, { status: 'PreSubmitted' })]
  t.same(next(out, one, two), { does: 'end', state: 'done', reason: null })
  const refused = order(9, { status: 'Inactive', errorMsg: 'no money' })
  t.match(next(out, one, refused), { state: 'done', reason: /3\.9 .*no money/ })
  const none = order(8, { status: 'Inactive', errorMsg: 'no money' })
  t.match(next(out, none, refused), { state: 'ended' })
  t.match(next(sent([8, 9], GROUP, 'no money'), none, refused), { state: 'ended' })
})

t.test('a member that IB never took goes again, once, unless the group has traded', async (t) => {
  const out = sent([8, 9])
  const here = order(8, { status: 'Submitted' })
  const lost = order(9, { status: 'ApiCancelled', permId: null })
  const overtaken = order(9, { status: 'Inactive', permId: null, errorCode: 103 })
  for (const missing of [lost, overtaken])
    t.match(next(out, here, missing), {
      does: 'place',
      key: `${GROUP} 1`,
      asList: false,
      requests: [{ ocaGroup: '3.7', ocaType: 3 }],
    })
  const traded = order(8, { status: 'Submitted', filled: 1 })
  t.match(next(out, traded, lost), { does: 'end', state: 'done', reason: /3\.9/ })
  const repaired = { ...out, steps: [...out.steps, ...sent([12], `${GROUP} 1`).steps] }
  const anew = order(12, { status: 'Submitted' })
  t.same(next(repaired, here, lost, anew), { does: 'end', state: 'done', reason: null })
  const known = new Map([here, lost, anew].map((each) => [each.orderId, each]))
  t.same(
    groupOf(repaired, 3, (orderId) => known.get(orderId))?.map(({ orderId }) => orderId),
    [8, 12],
  )
})
