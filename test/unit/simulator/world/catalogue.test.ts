import t from 'tap'
import { tradingDay } from '../../../../simulator/world/calendar.ts'
import { Catalogue } from '../../../../simulator/world/catalogue.ts'
import { ManualClock } from '../manual-clock.ts'

const clock = new ManualClock()
const catalogue = new Catalogue(clock.now)
const symbols = (spec: object) => catalogue.find(spec).map(({ localSymbol }) => localSymbol)

t.test('well-known contracts are found by any part that says enough', (t) => {
  t.equal(catalogue.find({ symbol: 'AAPL', secType: 'STK' })[0]?.conId, 265598)
  t.equal(catalogue.find({ conId: 265598 })[0]?.symbol, 'AAPL')
  t.same(symbols({ symbol: 'aapl', secType: 'STK', exchange: 'SMART', currency: 'USD' }), ['AAPL'])
  t.same(symbols({ symbol: 'AAPL', secType: 'STK', exchange: 'ISLAND' }), ['AAPL'])
  t.same(symbols({ symbol: 'AAPL', secType: 'STK', exchange: 'SMART:NASDAQ' }), ['AAPL'])
  t.same(symbols({ symbol: 'EUR', secType: 'CASH', currency: 'USD' }), ['EUR.USD'])
  t.same(symbols({ localSymbol: 'ESZ6' }), ['ESZ6'])
  t.same(symbols({ symbol: 'SPX', secType: 'IND' }), ['SPX'])
  t.end()
})

t.test('what does not exist is not found', (t) => {
  for (const spec of [
    { symbol: 'NOSUCH', secType: 'STK' },
    { symbol: 'AAPL', secType: 'STK', currency: 'EUR' },
    { symbol: 'AAPL', secType: 'STK', exchange: 'LSE' },
    { symbol: 'AAPL', secType: 'STK', primaryExch: 'NYSE' },
    { symbol: 'AAPL', secType: 'OPT', right: 'X' },
    { symbol: 'ES', secType: 'FUT', multiplier: '5' },
    { conId: 1 },
    { conId: 265598, exchange: 'CME' },
  ]) {
    t.same(symbols(spec), [], JSON.stringify(spec))
  }
  t.end()
})

t.test('a part that fits several gives them all, nearest first', (t) => {
  t.same(symbols({ symbol: 'ES', secType: 'FUT' }), ['ESZ6', 'ESH7', 'ESM7', 'ESU7'])
  t.same(symbols({ symbol: 'ES', secType: 'FUT', lastTradeDateOrContractMonth: '202703' }), [
    'ESH7',
  ])
  const options = catalogue.find({ symbol: 'AAPL', secType: 'OPT', strike: 230, right: 'CALL' })
  t.ok(options.length >= 5)
  t.ok(options.every(({ strike, right }) => strike === 230 && right === 'C'))
  t.ok(catalogue.find({ symbol: 'EUR', secType: 'CASH' }).length > 1, 'a currency against several')
  t.end()
})

t.test('there is enough to trade, and no number stands for two things', (t) => {
  const all = [...catalogue.all]
  const kinds = (wanted: string) => all.filter(({ secType }) => secType === wanted).length
  t.ok(all.length - kinds('OPT') >= 300)
  t.ok(kinds('STK') >= 230 && kinds('CASH') >= 25 && kinds('IND') >= 5 && kinds('CRYPTO') >= 1)
  t.equal(new Set(all.map(({ conId }) => conId)).size, all.length)
  t.equal(
    new Set(all.map(({ localSymbol, secType }) => `${secType} ${localSymbol}`)).size,
    all.length,
  )
  for (const symbol of [
    'AAPL',
    'MSFT',
    'GOOGL',
    'AMZN',
    'NVDA',
    'TSLA',
    'META',
    'IBM',
    'SPY',
    'QQQ',
  ]) {
    t.equal(catalogue.find({ symbol, secType: 'STK' }).length, 1, symbol)
  }
  for (const symbol of ['ES', 'NQ', 'YM', 'RTY', 'CL', 'NG', 'GC', 'SI', 'ZN', 'ZB', 'EUR']) {
    t.ok(catalogue.find({ symbol, secType: 'FUT' }).length >= 2, symbol)
  }
  t.end()
})

t.test('what ends does so on a day on which its exchange trades', (t) => {
  for (const year of [2026, 2027, 2028, 2029]) {
    const then = new Catalogue(() => Date.UTC(year, 2, 1))
    const ending = [...then.all].filter(({ expiry }) => expiry !== '')
    t.ok(ending.length > 1000)
    for (const { expiry, hours, localSymbol } of ending) {
      const day = Date.UTC(
        Number(expiry.slice(0, 4)),
        Number(expiry.slice(4, 6)) - 1,
        Number(expiry.slice(6)),
      )
      t.not(tradingDay(hours.calendar, day / 86_400_000), 'closed', `${localSymbol} ${expiry}`)
    }
  }
  t.end()
})

t.test('chains are listed on six stocks, and an option is found by its number alone', (t) => {
  const fresh = () => new Catalogue(clock.now)
  for (const symbol of ['AAPL', 'MSFT', 'NVDA', 'TSLA', 'SPY', 'QQQ']) {
    const { conId = 0 } = catalogue.find({ symbol, secType: 'STK' })[0] ?? {}
    const options = fresh().optionsOn(conId)
    t.ok(options.length >= 200, symbol)
    t.equal(fresh().byConId(options[7]?.conId ?? 0)?.localSymbol, options[7]?.localSymbol)
    t.equal(fresh().find({ conId: options[7]?.conId ?? 0, secType: 'STK' }).length, 1)
  }
  t.same(fresh().optionsOn(8314), [])
  t.end()
})

t.test('a stock abroad has the currency and the hours of its exchange', (t) => {
  const [siemens] = catalogue.find({ symbol: 'SIE', secType: 'STK' })
  t.match(siemens, { currency: 'EUR', primaryExch: 'IBIS', hours: { timeZone: 'MET' } })
  t.same(symbols({ symbol: 'SIE', secType: 'STK', currency: 'USD' }), [])
  t.end()
})

t.test('symbols are searched by beginning and by name, the best first, 16 at most', (t) => {
  t.equal(catalogue.search('AAPL')[0]?.symbol, 'AAPL')
  t.equal(catalogue.search('apple')[0]?.symbol, 'AAPL')
  t.ok(catalogue.search('a').length <= 16)
  t.same(catalogue.search('  '), [])
  t.same(catalogue.search('no such company'), [])
  t.end()
})

t.test('a contract that stays listed keeps its number, and new ones come with time', (t) => {
  const later = new ManualClock()
  const rolling = new Catalogue(later.now)
  const before = rolling.find({ localSymbol: 'ESH7' })[0]
  t.equal(rolling.find({ localSymbol: 'ESZ7' }).length, 0)
  later.pass(60 * 86_400_000)
  t.equal(rolling.find({ localSymbol: 'ESH7' })[0]?.conId, before?.conId)
  t.equal(rolling.find({ localSymbol: 'ESZ7' }).length, 1)
  t.equal(new Catalogue(later.now).find({ localSymbol: 'ESH7' })[0]?.factor, before?.factor)
  t.end()
})
