import t from 'tap'
import {
  fixed,
  flag,
  id,
  int,
  layout,
  many,
  maybe,
  numberText,
  real,
  since,
  text,
  when,
  whenLeft,
} from '../../../../simulator/wire/column.ts'

t.test('empty and unset numbers are absent, and infinity is a number', (t) => {
  const one = layout(1, 'one', real('price'))
  const priceOf = (field: string) => one.read(['1', field], 178).price
  t.equal(priceOf(''), undefined)
  t.equal(priceOf('1.7976931348623157E308'), undefined)
  t.equal(priceOf('1.7976931348623157e+308'), undefined)
  t.equal(priceOf('Infinity'), Number.POSITIVE_INFINITY)
  t.equal(priceOf('0.0'), 0)
  t.equal(priceOf('1E-3'), 0.001)
  t.throws(() => priceOf('abc'), { message: 'price: "abc" is not a number' })
  const whole = layout(1, 'whole', int('size'))
  t.equal(whole.read(['1', '2147483647'], 178).size, undefined)
  t.equal(whole.read(['1', '9223372036854775807'], 178).size, undefined)
  t.equal(whole.read(['1', '100.0'], 178).size, 100)
  t.throws(() => whole.read(['1', '1.5'], 178), { name: 'FieldError' })
  t.end()
})

t.test('flags are 1, 0 or empty, and a missing id is refused', (t) => {
  const one = layout(1, 'one', flag('a'), maybe('b', '1'))
  t.same(one.read(['1', '', ''], 178), { a: false, b: undefined })
  t.same(one.read(['1', '1', '0'], 178), { a: true, b: false })
  t.same(one.write({ a: true, b: undefined }, 178), ['1', '1', '1'])
  t.throws(() => layout(1, 'one', id('reqId')).read(['1', ''], 178), {
    message: 'reqId is missing',
  })
  t.end()
})

t.test('a message that is too short or too long is refused, never guessed at', (t) => {
  const one = layout(1, 'one', id('reqId'), text('name'))
  t.throws(() => one.read(['1', '5'], 178), { message: 'the message ends before name' })
  t.throws(() => one.read(['1', '5', 'x', 'y'], 178), { message: '1 fields too many' })
  const row: { reqId?: number } = {}
  t.throws(() => one.read(['1', '5'], 178, row))
  t.equal(row.reqId, 5, 'what was read before is known')
  t.end()
})

t.test('columns come and go with the version', (t) => {
  const one = layout(1, 'one', text('a'), since(183, [text('b')]), since(187, [text('c')], 190))
  t.same(one.write({ a: 'A', b: 'B', c: 'C' }, 178), ['1', 'A'])
  t.same(one.write({ a: 'A', b: 'B', c: 'C' }, 183), ['1', 'A', 'B'])
  t.same(one.write({ a: 'A', b: 'B', c: 'C' }, 189), ['1', 'A', 'B', 'C'])
  t.same(one.write({ a: 'A', b: 'B', c: 'C' }, 190), ['1', 'A', 'B'])
  t.same(one.read(['1', 'A', 'B', 'C'], 187), { a: 'A', b: 'B', c: 'C' })
  t.end()
})

t.test('blocks follow what was read before them, groups follow their count', (t) => {
  const one = layout(
    1,
    'one',
    text('kind'),
    when((row) => row.kind === 'BAG', many('legs', int('conId'), text('action'))),
    fixed('9'),
  )
  t.same(one.read(['1', 'STK', 'x'], 178), { kind: 'STK' })
  const bag = ['1', 'BAG', '2', '7', 'BUY', '8', 'SELL', '9']
  const row = one.read(bag, 178)
  t.same(row.legs, [
    { conId: 7, action: 'BUY' },
    { conId: 8, action: 'SELL' },
  ])
  t.same(one.write(row, 178), bag)
  t.throws(
    () => one.read(['1', 'BAG', '99', '7', '9'], 178),
    { name: 'FieldError' },
    'a count that lies',
  )
  t.throws(() => one.read(['1', 'BAG', '-1', '9'], 178), { name: 'FieldError' })
  t.end()
})

t.test('a field only some clients send is read when it is there', (t) => {
  const one = layout(1, 'one', text('a'), whenLeft(2, fixed('0')), text('options'))
  t.same(one.read(['1', 'A', 'o'], 178), { a: 'A', options: 'o' })
  t.same(one.read(['1', 'A', '0', 'o'], 178), { a: 'A', options: 'o' })
  t.end()
})

t.test('numbers are written short, and text cannot break a frame', (t) => {
  t.equal(numberText(-0), '0')
  t.equal(numberText(150), '150')
  t.equal(numberText(0.00005), '0.00005')
  t.same(layout(1, 'one', text('a')).write({ a: 'x\0y' }, 178), ['1', 'xy'])
  t.end()
})
