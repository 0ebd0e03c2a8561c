import t from 'tap'
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
  t.ok(all.length >= 300)
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
  for (const symbol of ['ES', 'NQ', 'CL', 'GC']) {
    t.ok(catalogue.find({ symbol, secType: 'FUT' }).length >= 2, symbol)
  }
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
