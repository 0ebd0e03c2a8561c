import fc from 'fast-check'
import t from 'tap'
import { CURRENCIES, MONTH_CODES, readSymbol, spelledOut } from '../../../shared/symbol.ts'

const now = new Date('2026-11-21T12:00:00Z')
const read = (text: string) => readSymbol(text, now)

t.test('S1.N6 the grammar, word by word', async (t) => {
  t.equal(read('AAPL'), undefined, 'a stock is what is nothing else')
  t.same(read('EUR.USD'), { symbol: 'EUR', secType: 'CASH', currency: 'USD' })
  t.same(read('265598'), { conId: 265598 })
  t.same(read('ESZ6'), { symbol: 'ES', secType: 'FUT', lastTradeDateOrContractMonth: '202612' })
  t.same(read('ESZ26'), read('ESZ6'))
  t.same(read('6EH7'), { symbol: '6E', secType: 'FUT', lastTradeDateOrContractMonth: '202703' })
  const option = { secType: 'OPT', localSymbol: 'AAPL  260116C00200000' }
  t.same(read('AAPL  260116C00200000'), option)
  t.same(read('AAPL260116C00200000'), option)
})

t.test('what only looks like one is IB’s own symbol', async (t) => {
  const symbols = [
    ...['BRK.B', 'BRK B', 'BF.A', 'EUR.EUR', 'EUR.XYZ', 'eur.usd', 'EUR/USD', 'ES', 'Z6', 'ESA6'],
    ...['0700', '0', '99999999999', '-5', '1.5', 'AAPL 260116X00200000', 'AAPL260230C00200000'],
    ...['', ' ', 'TOOLONGZ6', 'ESZ123', 'AAPL  260116C0020000', 'AA*', '_A'],
  ]
  for (const symbol of symbols) t.equal(read(symbol), undefined, symbol)
})

t.test('one digit of a year means the year it is nearest to from a year ago on', async (t) => {
  const yearOf = (text: string) => read(text)?.lastTradeDateOrContractMonth
  t.equal(yearOf('ESZ5'), '202512', 'one that has just expired')
  t.equal(yearOf('ESZ6'), '202612')
  t.equal(yearOf('ESH4'), '203403')
  t.equal(yearOf('ESZ25'), '202512')
  t.equal(yearOf('ESZ24'), '212412')
})

t.test('what is said beside a symbol decides how it is read', async (t) => {
  const asItStands = [
    { symbol: 'ESZ6', secType: 'STK' },
    { symbol: 'EUR.USD', secType: 'STK' },
    { symbol: '265598', secType: 'STK' },
    { symbol: 'EUR.USD', currency: 'GBP' },
    { symbol: 'ESZ6', conId: 5 },
    { symbol: 'ESZ6', lastTradeDateOrContractMonth: '202612' },
    { symbol: '700', localSymbol: '700' },
    { symbol: 'ESZ6', secType: 'OPT' },
  ]
  for (const each of asItStands) t.equal(spelledOut(each, now), each, JSON.stringify(each))
  t.same(spelledOut({ symbol: 'ESZ6', secType: 'FUT', exchange: 'CME' }, now), {
    symbol: 'ES',
    secType: 'FUT',
    lastTradeDateOrContractMonth: '202612',
    exchange: 'CME',
  })
  const numbered = { symbol: undefined, conId: 5 }
  t.equal(spelledOut(numbered, now), numbered)
})

const currency = fc.constantFrom(...CURRENCIES)
const letters = (from: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...from), minLength, maxLength })
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'

t.test('what is written by the grammar is read as it was meant', async (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(currency, currency, (base, quote) => {
        const spelled = read(`${base}.${quote}`)
        if (base === quote) return spelled === undefined
        return spelled?.symbol === base && spelled.currency === quote && spelled.secType === 'CASH'
      }),
    ),
  )
  fc.assert(
    fc.property(
      letters(LETTERS, 1, 6),
      fc.date({
        min: new Date('2000-01-01'),
        max: new Date('2099-12-31'),
        noInvalidDate: true,
      }),
      fc.constantFrom('C', 'P'),
      fc.integer({ min: 1, max: 99_999_999 }),
      fc.boolean(),
      (root, date, right, thousandths, isPadded) => {
        const day = date.toISOString().slice(2, 10).replaceAll('-', '')
        const tail = `${day}${right}${String(thousandths).padStart(8, '0')}`
        const spelled = read(`${isPadded ? root.padEnd(6) : root}${tail}`)
        return spelled?.localSymbol === `${root.padEnd(6)}${tail}` && spelled.secType === 'OPT'
      },
    ),
  )
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(
        letters(`${LETTERS}0123456789`, 1, 5).filter((root) => /[A-Z]/.test(root)),
        fc.constantFrom(...MONTH_CODES),
        fc.integer({ min: now.getUTCFullYear() - 1, max: now.getUTCFullYear() + 8 }),
        fc.boolean(),
        (root, code, year, isLong) => {
          const spelled = read(`${root}${code}${String(year).slice(isLong ? 2 : 3)}`)
          const month = String(MONTH_CODES.indexOf(code) + 1).padStart(2, '0')
          return (
            spelled?.symbol === root &&
            spelled.secType === 'FUT' &&
            spelled.lastTradeDateOrContractMonth === `${year}${month}`
          )
        },
      ),
    ),
  )
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_147_483_647 }), (conId) => {
      return read(String(conId))?.conId === conId
    }),
  )
})

t.test('plain symbols, and whatever is said to be a stock, are never mistaken', async (t) => {
  t.doesNotThrow(() =>
    fc.assert(fc.property(letters(LETTERS, 1, 12), (symbol) => read(symbol) === undefined)),
  )
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.string({ maxLength: 32 }), (symbol) => {
        const given = { symbol, secType: 'STK' }
        return spelledOut(given, now) === given
      }),
    ),
  )
})

t.test('to spell out what is spelled out changes nothing', async (t) => {
  const word = fc.constantFrom('AAPL', 'EUR.USD', '265598', 'ESZ6', 'AAPL260116C00200000', 'BRK.B')
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(word, fc.constantFrom(undefined, 'STK', 'FUT', 'CASH', 'OPT'), (symbol, kind) => {
        const once = spelledOut({ symbol, ...(kind && { secType: kind }) }, now)
        t.same(spelledOut(once, now), once)
      }),
    ),
  )
})
