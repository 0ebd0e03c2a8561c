import t from 'tap'
import { type BarsQuestion, keptBars, realTimeBars } from '../../../../instance/ib/bar-streams.ts'
import type { Rows } from '../../../../instance/ib/stream.ts'
import { type TickQuestion, ticks } from '../../../../instance/ib/tick-stream.ts'
import type { TickType } from '../../../../shared/schemas/tick-feed.ts'

const UNSET = 1.7976931348623157e308

/** Rows as they were put, in their sequence. */
function sheet() {
  const put: (readonly [rowRef: string, fields: object])[] = []
  const rows: Rows = {
    put: (rowRef, fields) => put.push([rowRef, fields]),
    remove: () => undefined,
    clear: () => undefined,
  }
  return { put, rows }
}

function tickQuestion(tickType: TickType): TickQuestion {
  let count = 0
  const nextRef = () => {
    count += 1
    return String(count)
  }
  return { tickType, nextRef } as TickQuestion
}

t.test('ticks of the past come first, each with what its kind has', async (t) => {
  const { put, rows } = sheet()
  const question = tickQuestion('Last')
  const attributes = { pastLimit: false, unreported: true }
  const past = { time: 1_767_600_000, price: 30, size: UNSET, exchange: '', specialConditions: 'I' }
  const read = ticks.reads
  const told = { ...past, tickAttribLast: attributes }
  t.equal(read.historicalTicksLast?.(rows, [1, [told], false], undefined, question), 'part')
  t.equal(read.historicalTicksLast?.(rows, [1, [told], true], undefined, question), 'whole')
  const live = ['1767600001', 31, 5, { pastLimit: true }, 'ARCA', ''] as const
  read.tickByTickAllLast?.(rows, [1, 1, ...live], undefined, question)
  const first = {
    ...{
      tickType: 'Last',
      datetime: '2026-01-05T08:00:00.000Z',
      timestamp: 1_767_600_000,
      isPast: true,
      price: 30,
      size: null,
    },
    ...{ exchange: null, specialConditions: 'I', pastLimit: false, unreported: true },
  }
  t.same(put, [
    ['1', first],
    ['2', first],
    [
      '3',
      {
        ...{
          tickType: 'Last',
          datetime: '2026-01-05T08:00:01.000Z',
          timestamp: 1_767_600_001,
          isPast: false,
          price: 31,
        },
        ...{ size: 5, exchange: 'ARCA', specialConditions: null },
        ...{ pastLimit: true, unreported: false },
      },
    ],
  ])
})

t.test('quotes and their middle as ticks', async (t) => {
  const { put, rows } = sheet()
  const quotes = tickQuestion('BidAsk')
  const tickAttribBidAsk = { bidPastLow: true, askPastHigh: false }
  const past = { time: 1_767_600_000, priceBid: 1, priceAsk: 2, sizeBid: 3, sizeAsk: 4 }
  const told = [{ ...past, tickAttribBidAsk }]
  ticks.reads.historicalTicksBidAsk?.(rows, [1, told, true], undefined, quotes)
  ticks.reads.tickByTickBidAsk?.(
    rows,
    [1, '1767600000', 1, 2, 3, 4, tickAttribBidAsk],
    undefined,
    quotes,
  )
  const quote = { bid: 1, ask: 2, bidSize: 3, askSize: 4, bidPastLow: true, askPastHigh: false }
  t.match(put, [
    ['1', { ...quote, isPast: true }],
    ['2', { ...quote, isPast: false }],
  ])
  const middle = tickQuestion('MidPoint')
  const pastMiddle = [{ time: 1_767_600_000, price: 1.5, size: 0 }]
  ticks.reads.historicalTicks?.(rows, [1, pastMiddle, true], undefined, middle)
  ticks.reads.tickByTickMidPoint?.(rows, [1, '1767600000', 1.6], undefined, middle)
  const of = {
    tickType: 'MidPoint',
    datetime: '2026-01-05T08:00:00.000Z',
    timestamp: 1_767_600_000,
  }
  t.same(put.slice(2), [
    ['1', { ...of, isPast: true, midPoint: 1.5 }],
    ['2', { ...of, isPast: false, midPoint: 1.6 }],
  ])
})

t.test('bars of five seconds, each its own row', async (t) => {
  const { put, rows } = sheet()
  const said = [1, 1_767_600_000, 1, 4, 0.5, 2, -1, -1, -1] as const
  const question = {} as BarsQuestion
  t.equal(realTimeBars.reads.realtimeBar?.(rows, [...said], undefined, question), 'whole')
  const bar = { open: 1, high: 4, low: 0.5, close: 2, volume: null, wap: null, count: null }
  t.same(put, [
    [
      '1767600000',
      {
        ...{
          date: '1767600000',
          datetime: '2026-01-05T08:00:00.000Z',
          timestamp: 1_767_600_000,
        },
        ...bar,
      },
    ],
  ])
})

t.test('the past is told at its end, the newest of it; then each bar as it changes', async (t) => {
  const { put, rows } = sheet()
  const question = { keep: 2 } as BarsQuestion
  const past = keptBars.begin(question)
  const values = [1, 4, 0.5, 2, 100, 7, 1.5] as const
  const tell = (date: string) =>
    keptBars.reads.historicalData?.(rows, [1, date, ...values, undefined], past, question)
  for (const date of ['20260105', '20260106', '20260107']) t.equal(tell(date), 'part')
  t.equal(put.length, 0)
  t.equal(tell('finished-20260105-20260107'), 'whole')
  const update = [1, '20260107', ...values] as const
  t.equal(keptBars.reads.historicalDataUpdate?.(rows, [...update], past, question), 'whole')
  const bar = { datetime: null, timestamp: null, volume: 100, count: 7, wap: 1.5 }
  t.match(put, [
    ['20260106', { date: '20260106', ...bar }],
    ['20260107', bar],
    ['20260107', bar],
  ])
  t.equal(put.length, 3)
})
