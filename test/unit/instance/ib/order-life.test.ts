import t from 'tap'
import { blankOrder, stateOf } from '../../../../instance/ib/order-documents.ts'
import { whatHappened } from '../../../../instance/ib/order-life.ts'
import type { Order } from '../../../../shared/schemas/order.ts'

function order(members: Partial<Order>): Order {
  const whole = { ...blankOrder(3, 7), totalQuantity: 100, filled: 0, ...members }
  return { ...whole, state: stateOf(whole) }
}

const sent = order({ status: 'PendingSubmit', lmtPrice: 10, tif: null })
const rests = order({ status: 'Submitted', lmtPrice: 10, tif: null })
const partly = order({ status: 'Submitted', filled: 40, lmtPrice: 10 })

t.test('each step of an order is told by what changed', async (t) => {
  const steps: [string, Order | undefined, Order, string[]][] = [
    ['taken', sent, rests, ['acknowledged']],
    ['never seen before', undefined, rests, ['acknowledged']],
    ['nothing new', rests, { ...rests, warningText: 'slow' }, []],
    ['filled in by IB', rests, { ...rests, tif: 'DAY' }, []],
    ['changed', rests, { ...rests, lmtPrice: 11 }, ['modified']],
    ['partly filled', rests, partly, ['partially_executed']],
    ['filled further', partly, { ...partly, filled: 60 }, ['partially_executed']],
    ['filled', partly, order({ status: 'Filled', filled: 100 }), ['executed']],
    [
      'filled at once',
      sent,
      order({ status: 'Filled', filled: 100 }),
      ['acknowledged', 'executed'],
    ],
    ['cancelled', rests, order({ status: 'Cancelled' }), ['canceled']],
    [
      'cancelled with fills nobody told of',
      rests,
      order({ status: 'Cancelled', filled: 40 }),
      ['partially_executed', 'canceled'],
    ],
    ['rejected', sent, order({ status: 'Inactive' }), ['rejected']],
    ['in doubt', sent, order({ status: 'Unknown' }), ['unknown']],
    ['still in doubt', order({ status: 'Unknown' }), order({ status: 'Unknown' }), []],
    ['found again', order({ status: 'Unknown' }), rests, ['acknowledged']],
    ['over is over', order({ status: 'Cancelled' }), order({ status: 'ApiCancelled' }), []],
    [
      'filled although it was cancelled',
      order({ status: 'Cancelled' }),
      order({ status: 'Filled', filled: 100 }),
      ['acknowledged', 'executed'],
    ],
  ]
  for (const [what, before, after, happened] of steps)
    t.same(whatHappened(before, after), happened, what)
})
