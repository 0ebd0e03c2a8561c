import t from 'tap'
import { placeOrder } from '../../../../simulator/wire/place-order.ts'
import { orderFields } from '../../../rig/tws-client.ts'

const lengths = [
  [178, 114],
  [182, 114],
  [183, 115],
  [184, 116],
  [187, 118],
  [189, 119],
  [190, 117],
  [192, 118],
  [193, 118],
] as const

/** Puts fields into an order behind the one with that number. */
function insertAfter(fields: readonly string[], place: number, more: readonly string[]): string[] {
  return [...fields.slice(0, place + 1), ...more, ...fields.slice(place + 1)]
}

for (const [version, length] of lengths) {
  t.test(`a plain order has ${length} fields at ${version}`, (t) => {
    const blank = Array.from({ length }, () => '')
    blank[0] = '3'
    blank[1] = '7'
    const row = placeOrder.read(blank, version)
    t.equal(row.orderId, 7)
    t.equal(placeOrder.write(row, version).length, length)
    t.throws(
      () => placeOrder.read(blank.slice(0, -1), version),
      { name: 'FieldError' },
      'one too few',
    )
    t.throws(() => placeOrder.read([...blank, ''], version), { name: 'FieldError' }, 'one too many')
    t.end()
  })
}

t.test('fields are found at the places of facts §1.6', (t) => {
  const row = placeOrder.read(
    orderFields({
      1: 42,
      2: 265598,
      3: 'AAPL',
      16: 'SELL',
      17: '12.5',
      18: 'STP LMT',
      19: '150.25',
      20: '151',
      21: 'GTC',
      22: 'group',
      23: 'DU1',
      26: 'ref',
      27: 0,
      28: 41,
      33: 1,
      38: '20261121 12:00:00',
      46: 1,
      49: 1,
      84: 1,
      100: '7.5',
      113: 'manual',
    }),
    178,
  )
  t.match(row, {
    orderId: 42,
    conId: 265598,
    symbol: 'AAPL',
    action: 'SELL',
    totalQuantity: 12.5,
    orderType: 'STP LMT',
    lmtPrice: 150.25,
    auxPrice: 151,
    tif: 'GTC',
    ocaGroup: 'group',
    account: 'DU1',
    orderRef: 'ref',
    transmit: false,
    parentId: 41,
    outsideRth: true,
    goodTillDate: '20261121 12:00:00',
    ocaType: 1,
    allOrNone: true,
    whatIf: true,
    cashQty: 7.5,
    manualOrderTime: 'manual',
  })
  t.end()
})

t.test('every optional block is read and written back as it was sent', (t) => {
  const blocks: Record<string, string[]> = {
    'legs, leg prices and routing of a BAG': insertAfter(orderFields({ 1: 1, 4: 'BAG' }), 34, [
      ...['2', '265598', '1', 'BUY', 'SMART', '0', '0', '', '-1'],
      ...['272093', '2', 'SELL', 'SMART', '1', '2', 'place', '5'],
      ...['2', '1.5', '', '1', 'NonGuaranteed', '1'],
    ]),
    'delta neutral fields': insertAfter(orderFields({ 1: 1, 64: 'LMT', 65: '12.5' }), 65, [
      '4391',
      'firm',
      'clearing',
      'IB',
      'O',
      '1',
      '2',
      'place',
    ]),
    'scale fields': insertAfter(orderFields({ 1: 1, 70: 100, 71: 50, 72: '0.1' }), 72, [
      '0.5',
      '60',
      '0.2',
      '1',
      '10',
      '5',
      '1',
    ]),
    hedge: insertAfter(orderFields({ 1: 1, 76: 'B' }), 76, ['0.5']),
    'delta neutral contract': insertAfter(orderFields({ 1: 1, 81: 1 }), 81, ['4391', '0.5', '100']),
    algo: insertAfter(orderFields({ 1: 1, 82: 'Adaptive' }), 82, [
      '1',
      'adaptivePriority',
      'Urgent',
    ]),
    'pegged to a benchmark': insertAfter(orderFields({ 1: 1, 18: 'PEG BENCH' }), 88, [
      '4391',
      '1',
      '0.5',
      '0.25',
      'NASDAQ',
    ]),
    conditions: insertAfter(orderFields({ 1: 1, 89: 6 }), 89, [
      ...['1', 'a', '1', '150.5', '265598', 'SMART', '0'],
      ...['3', 'o', '1', '20261121 12:00:00'],
      ...['4', 'a', '0', '30'],
      ...['5', 'a', 'STK', 'SMART', 'IBM'],
      ...['6', 'a', '1', '1000000', '265598', 'SMART'],
      ...['7', 'a', '1', '2.5', '265598', 'SMART'],
      ...['1', '0'],
    ]),
    'least quantity of an IBKRATS order': [...orderFields({ 1: 1, 9: 'IBKRATS' }), '5'],
    'pegged to best': [...orderFields({ 1: 1, 18: 'PEG BEST' }), '100', '0.02'],
    'pegged to best up to the middle': [
      ...orderFields({ 1: 1, 18: 'PEGBEST' }),
      '100',
      'Infinity',
      '0.01',
      '0.02',
    ],
    'pegged to the middle': [...orderFields({ 1: 1, 18: 'PEG MID' }), '0.01', '0.02'],
  }
  for (const [what, fields] of Object.entries(blocks)) {
    const written = placeOrder.write(placeOrder.read(fields, 178), 178)
    const differing = fields.flatMap((field, place) =>
      (field || '0') === (written[place] || '0') ? [] : [`${place}: ${field} → ${written[place]}`],
    )
    t.equal(written.length, fields.length, `${what}: length`)
    t.same(differing, [], what)
    t.throws(
      () => placeOrder.read(fields.slice(0, -1), 178),
      { name: 'FieldError' },
      `${what}: one too few`,
    )
  }
  t.end()
})

t.test('scale fields after an increment of 0 are read when they are there, and only then', (t) => {
  const without = orderFields({ 1: 1, 72: '0' })
  t.equal(placeOrder.read(without, 178).scalePriceIncrement, 0)
  const with7 = insertAfter(without, 72, ['', '', '', '0', '', '', '0'])
  const row = placeOrder.read(with7, 178)
  t.equal(row.scalePriceIncrement, 0)
  t.equal(row.transmit, true)
  t.end()
})

t.test('zeros where another client leaves fields empty make the same order', (t) => {
  const zeros = orderFields({ 1: 1, 16: 'BUY', 17: '100.0', 28: 0, 29: 0, 36: '0.0', 45: -1 })
  const empties = orderFields({ 1: 1, 16: 'BUY', 17: '100', 45: -1 })
  const [a, b] = [placeOrder.read(zeros, 178), placeOrder.read(empties, 178)]
  t.equal(a.totalQuantity, b.totalQuantity)
  t.equal(a.blockOrder, b.blockOrder)
  t.equal(a.parentId ?? 0, b.parentId ?? 0)
  t.end()
})
