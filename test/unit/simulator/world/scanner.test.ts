import t from 'tap'
import { scannerDocument } from '../../../../simulator/answers/scanner-document.ts'
import { type Element, parseXml, textOf } from '../../../../simulator/wire/xml.ts'
import { figuresOf, scanLocations, scanTypes } from '../../../../simulator/world/scan-rows.ts'
import { readFilters, type Scan, ScanError, Scanner } from '../../../../simulator/world/scanner.ts'
import { ManualClock } from '../manual-clock.ts'
import { quietWorld } from '../quiet-world.ts'

const clock = new ManualClock()
const world = quietWorld(clock, 250)
const scanner = new Scanner(world)
const usual: Scan = {
  ...{ instrument: 'STK', locations: ['STK.US'], scanCode: 'TOP_PERC_GAIN', bounds: [] },
  ...{ stockTypes: [], rows: 50 },
}
const figures = (scan: Scan) =>
  scanner.run(scan, clock.now()).map((one) => ({
    instrument: one,
    ...figuresOf(one, world.market, world.fundamentals, clock.now()),
  }))

t.test('every kind of scan ranks by its figure', (t) => {
  for (const { code, by, up } of scanTypes) {
    if (by === 'symbol') continue
    const values = figures({ ...usual, scanCode: code }).map((one) => one[by] ?? Number.NaN)
    t.ok(values.length > 5, code)
    const sorted = values.toSorted((a, b) => (up === true ? a - b : b - a))
    t.same(values, sorted, code)
  }
  t.end()
})

t.test('a stock that is made to rise is the first gainer, and the last loser', (t) => {
  const [stock] = world.catalogue.find({ symbol: 'KO', secType: 'STK' })
  if (stock === undefined) throw new Error('the catalogue has no KO')
  world.market.pin(stock, world.market.last(stock) * 2)
  clock.pass(1000)
  t.equal(figures(usual)[0]?.instrument.symbol, 'KO')
  t.equal(figures({ ...usual, rows: 1 }).length, 1)
  t.not(figures({ ...usual, scanCode: 'TOP_PERC_LOSE' })[0]?.instrument.symbol, 'KO')
  world.market.unpin()
  t.end()
})

t.test('filters hold, whichever way they are given', (t) => {
  const { bounds, stockTypes } = readFilters(
    'priceAbove=50;priceBelow=200;volumeAbove=100000;marketCapAbove1e6=1000;stkTypes=exc:ETF;',
  )
  const found = figures({ ...usual, bounds, stockTypes })
  t.ok(found.length > 3)
  for (const { price, volume, marketCap = 0, instrument } of found) {
    t.ok(price >= 50 && price <= 200 && volume >= 100_000 && marketCap >= 1e9)
    t.equal(instrument.stockType, 'COMMON')
  }
  t.throws(() => readFilters('colour=red'), ScanError)
  t.throws(() => readFilters('priceAbove=cheap'), ScanError)
  t.end()
})

t.test('a place holds what is listed there', (t) => {
  const at = (code: string, instrument: string) =>
    figures({ ...usual, instrument, locations: [code], scanCode: 'MOST_ACTIVE' }).map(
      (one) => one.instrument,
    )
  t.ok(at('STK.NYSE', 'STK').every(({ primaryExch }) => primaryExch === 'NYSE'))
  t.ok(at('ETF.EQ.US', 'ETF.EQ.US').every(({ stockType }) => stockType === 'ETF'))
  t.ok(at('FUT.CME', 'FUT.US').every(({ secType, exchange }) => secType + exchange === 'FUTCME'))
  t.ok(at('IND.US', 'IND.US').every(({ secType }) => secType === 'IND'))
  t.end()
})

t.test('what cannot be scanned is said', (t) => {
  scanner.check(usual)
  t.throws(() => scanner.check({ ...usual, scanCode: 'NONSENSE' }), ScanError)
  t.throws(() => scanner.check({ ...usual, instrument: 'MOON' }), ScanError)
  t.throws(() => scanner.check({ ...usual, locations: ['STK.MARS'] }), ScanError)
  t.throws(() => scanner.check({ ...usual, locations: ['FUT.CME'] }), ScanError)
  t.throws(() => scanner.check({ ...usual, locations: [] }), ScanError)
  t.end()
})

t.test('the document names every scan, place and filter that is served', (t) => {
  function* all(root: Element, name: string): Generator<Element> {
    if (root.name === name) yield root
    for (const child of root.children) yield* all(child, name)
  }
  const root = parseXml(scannerDocument())
  t.equal(root.name, 'ScanParameterResponse')
  const codes = [...all(root, 'ScanType')].map((one) => textOf(one, 'scanCode'))
  t.same(
    codes,
    scanTypes.map(({ code }) => code),
  )
  const places = [...all(root, 'Location')].map((one) => textOf(one, 'locationCode'))
  t.same(places.sort(), scanLocations.map(({ code }) => code).sort())
  for (const filter of all(root, 'RangeFilter')) {
    for (const field of filter.children.filter(({ name }) => name === 'AbstractField')) {
      t.equal(readFilters(`${textOf(field, 'code')}=1`).bounds.length, 1)
    }
  }
  t.end()
})
