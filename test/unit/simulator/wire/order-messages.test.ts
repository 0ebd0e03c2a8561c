import t from 'tap'
import { completedOrderRow, openOrderRow } from '../../../../simulator/answers/order-rows.ts'
import { Order } from '../../../../simulator/trading/order.ts'
import { completedOrder, openOrder } from '../../../../simulator/wire/order-messages.ts'
import type { PlaceOrderRow } from '../../../../simulator/wire/place-order.ts'
import { Catalogue } from '../../../../simulator/world/catalogue.ts'
import { ManualClock } from '../manual-clock.ts'
import { plainOrder } from '../plain-order.ts'

const UNSET_REAL = '1.7976931348623157E308'
const UNSET_INT = '2147483647'
const clock = new ManualClock()
const catalogue = new Catalogue(clock.now)

function orderWith(fields: Partial<PlaceOrderRow>): Order {
  const [instrument] = catalogue.find({ symbol: 'AAPL', secType: 'STK' })
  if (instrument === undefined) throw new Error('AAPL is not listed')
  return new Order({
    clientId: 5,
    permId: 777,
    row: plainOrder({ orderId: 9, ...fields }),
    instrument,
    legs: [],
    account: 'DU1',
    placedAt: clock.now(),
  })
}

t.test('a plain openOrder is the recorded frame of facts §1.4, field by field', (t) => {
  const fields = openOrder.write(openOrderRow(orderWith({})), 178)
  t.equal(fields.length, 135)
  const expected: Record<number, string> = {
    0: '5',
    1: '9',
    2: '265598',
    3: 'AAPL',
    4: 'STK',
    7: '?',
    9: 'SMART',
    10: 'USD',
    13: 'BUY',
    14: '100',
    15: 'MKT',
    18: 'DAY',
    20: 'DU1',
    22: '0',
    24: '5',
    25: '777',
    26: '0',
    27: '0',
    28: '0',
    30: '777.0/DU1/100',
    39: '0',
    41: '-1',
    42: '0',
    48: UNSET_INT,
    49: '0',
    50: '0',
    51: '0',
    53: '3',
    54: '0',
    55: '0',
    57: '0',
    58: '0',
    60: '0',
    61: 'None',
    63: '0',
    67: '?',
    68: '0',
    69: '0',
    71: '0',
    72: '0',
    78: '0',
    79: '0',
    80: '0',
    81: UNSET_INT,
    82: UNSET_INT,
    85: '0',
    87: 'IB',
    88: '0',
    89: '0',
    91: '0',
    92: '0',
    93: 'ApiPending',
    94: UNSET_REAL,
    102: UNSET_REAL,
    103: '',
    108: '0',
    109: '0',
    110: '0',
    111: 'None',
    112: UNSET_REAL,
    117: UNSET_REAL,
    118: '0',
    122: '0',
    123: '1',
    124: '0',
    125: '0',
    126: '0',
    129: '0',
    131: '100',
    132: '0.02',
  }
  for (const [place, value] of Object.entries(expected)) {
    t.equal(fields[Number(place)], value, `field ${place}`)
  }
  for (const place of [16, 17, 19, 21, 23, 29, 37, 38, 40, 52, 56, 59, 62, 73, 77, 83, 84, 90]) {
    t.equal(fields[place], '', `field ${place} is empty`)
  }
  t.end()
})

t.test('openOrder grows with the version as facts §1.7 says', (t) => {
  const row = openOrderRow(orderWith({}))
  const lengths = [178, 183, 184, 185, 189, 193].map((v) => openOrder.write(row, v).length)
  t.same(lengths, [135, 136, 137, 138, 139, 141])
  t.end()
})

t.test('a plain completedOrder is that of facts §1.5, without its id and its client', (t) => {
  const order = orderWith({ lmtPrice: 150, orderType: 'LMT' })
  order.moveTo('Submitted')
  order.addFill(100, 149.5)
  order.moveTo('Filled')
  order.completedAt = clock.now()
  order.completedText = 'Filled Size: 100'
  const fields = completedOrder.write(completedOrderRow(order, 'US/Eastern'), 178)
  t.equal(fields.length, 100)
  const expected: Record<number, string> = {
    0: '101',
    1: '265598',
    2: 'AAPL',
    6: '?',
    12: 'BUY',
    13: '0',
    14: 'LMT',
    15: '150',
    17: 'DAY',
    19: 'DU1',
    23: '777',
    38: '-1',
    44: UNSET_INT,
    48: '3',
    52: 'None',
    71: 'IB',
    76: 'Filled',
    82: '0',
    83: '1',
    86: '100',
    87: UNSET_INT,
    92: '9223372036854775807',
    93: '20261120 10:00:00 US/Eastern',
    94: 'Filled Size: 100',
    96: '100',
    97: '0.02',
  }
  for (const [place, value] of Object.entries(expected)) {
    t.equal(fields[Number(place)], value, `field ${place}`)
  }
  t.equal(completedOrder.write(completedOrderRow(order, 'US/Eastern'), 193).length, 102)
  t.end()
})

t.test('what the client sent comes back in openOrder', (t) => {
  const fields = openOrder.write(
    openOrderRow(
      orderWith({
        orderType: 'LMT',
        lmtPrice: 150.25,
        tif: 'GTC',
        ocaGroup: 'g',
        ocaType: 1,
        orderRef: 'ref-1',
        outsideRth: true,
        displaySize: 10,
        minQty: 5,
        parentId: 8,
        algoStrategy: 'Adaptive',
        algoParams: [{ tag: 'adaptivePriority', value: 'Normal' }],
      }),
    ),
    178,
  )
  t.equal(fields.length, 138, 'count and one parameter of the algo')
  t.equal(fields[16], '150.25')
  t.equal(fields[18], 'GTC')
  t.equal(fields[19], 'g')
  t.equal(fields[23], 'ref-1')
  t.equal(fields[26], '1')
  t.equal(fields[48], '10')
  t.equal(fields[52], '5')
  t.equal(fields[53], '1')
  t.equal(fields[57], '8')
  t.same(fields.slice(90, 94), ['Adaptive', '1', 'adaptivePriority', 'Normal'])
  t.end()
})
