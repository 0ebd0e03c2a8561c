import t from 'tap'
import {
  barOf,
  blankQuote,
  readGeneric,
  readMarketDataType,
  readPrice,
  readSize,
  readText,
  saysEnough,
} from '../../../../instance/ib/translate-market.ts'

const contract = { ...blankQuote({} as never).contract, conId: 1 }
const quote = () => blankQuote(contract)

t.test('live and delayed ticks fill the same quote', async (t) => {
  for (const [bid, ask, last] of [
    [1, 2, 4],
    [66, 67, 68],
  ] as const) {
    const q = quote()
    readPrice(q, bid, 1.5)
    readPrice(q, ask, 1.6)
    readPrice(q, last, 1.55)
    t.match(q, { bid: 1.5, ask: 1.6, last: 1.55 })
  }
  const q = quote()
  for (const [type, size] of [
    [0, 1],
    [3, 2],
    [5, 3],
    [8, 4],
  ] as const)
    readSize(q, type, size)
  t.match(q, { bidSize: 1, askSize: 2, lastSize: 3, volume: 4 })
  readMarketDataType(q, 3)
  readGeneric(q, 49, 0)
  readText(q, 45, '1767600000')
  t.match(q, { marketDataType: 'delayed', halted: 0, lastTimestamp: '2026-01-05T08:00:00.000Z' })
})

t.test('no quote is null, never -1', async (t) => {
  const q = quote()
  readPrice(q, 1, -1)
  readPrice(q, 2, undefined)
  readGeneric(q, 49, -1)
  readText(q, 45, '0')
  t.match(q, { bid: null, ask: null, halted: null, lastTimestamp: null })
})

t.test('what is enough depends on the market', async (t) => {
  const q = { ...quote(), bid: 1, ask: 2 }
  t.equal(saysEnough(q, 'STK'), false)
  t.equal(saysEnough(q, 'CASH'), true, 'currencies have no last trade')
  t.equal(saysEnough({ ...q, last: 1.5 }, 'STK'), true)
  t.equal(saysEnough({ ...quote(), last: 1.5 }, 'IND'), true, 'an index has only its value')
})

t.test('a bar tells its moment, a day does not; what IB does not keep is null', async (t) => {
  const minute = barOf([1, '1767600000', 1, 2, 0.5, 1.5, 100, 7, 1.2, false])
  t.match(minute, {
    timestamp: 1_767_600_000,
    datetime: '2026-01-05T08:00:00.000Z',
    count: 7,
    wap: 1.2,
  })
  const day = barOf([1, '20260105', 1, 2, 0.5, 1.5, -1, -1, -1, false])
  t.match(day, { datetime: null, timestamp: null, volume: null, wap: null, count: null })
})
