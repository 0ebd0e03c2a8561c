import t from 'tap'
import { barsKind } from '../../../../../instance/feeds/kinds/bars.ts'
import { marketTicksKind } from '../../../../../instance/feeds/kinds/market-ticks.ts'
import type { BarsQuestion } from '../../../../../instance/ib/bar-streams.ts'
import type { Contracts } from '../../../../../instance/ib/contracts.ts'
import { KEPT_BAR_SIZES } from '../../../../../shared/api/market-feeds.ts'
import type { ContractDetails } from '../../../../../shared/schemas/contract.ts'

const details = {
  ...{ conId: 265598, exchange: 'SMART', secType: 'STK', timeZoneId: 'US/Eastern' },
  liquidHours: '20260105:0930-20260105:1600',
} as ContractDetails

/** What a reader's words make of the question. */
async function asked(written: object, known = details): Promise<BarsQuestion> {
  return await barsKind.question(
    { symbol: 'AAPL', ...written },
    {
      contracts: { only: async () => known } as unknown as Contracts,
      terms: { deadlineAt: Number.POSITIVE_INFINITY },
      endpoint: '/bars',
    },
  )
}

t.test('every size has a past that fits into the feed, but five seconds', async (t) => {
  for (const barSize of KEPT_BAR_SIZES) {
    const { durationStr } = await asked({ barSize })
    t.equal(durationStr === '', barSize === '5 secs', barSize)
    if (durationStr !== '') t.resolves(asked({ barSize, durationStr }), `${barSize} ${durationStr}`)
  }
})

t.test('a past that cannot be, or is too much, is refused by its name', async (t) => {
  const refusal = { code: 'REQUEST_INVALID', facts: { errors: [{ field: 'durationStr' }] } }
  await t.rejects(asked({ durationStr: '1 D' }), refusal)
  await t.rejects(asked({ barSize: '1 min', durationStr: '1 M' }), refusal)
})

t.test('bars are of trades, of a currency pair the middle', async (t) => {
  t.match(await asked({}), { whatToShow: 'TRADES', barSize: '5 secs', useRTH: false })
  t.match(await asked({}, { ...details, secType: 'CASH' }), { whatToShow: 'MIDPOINT' })
})

t.test('a silence means something as long as bars must come', async (t) => {
  const open = new Date('2026-01-05T15:00:00Z')
  const closed = new Date('2026-01-05T23:00:00Z')
  const quiet = async (written: object, now = open) => barsKind.quietMs?.(await asked(written), now)
  t.equal(await quiet({}), 15_000)
  t.equal(await quiet({}, closed), undefined)
  t.equal(await quiet({ barSize: '1 min', whatToShow: 'BID' }), 60_000)
  t.equal(await quiet({ barSize: '1 min' }), 300_000)
})

t.test('what IB wants time between is known by its name', async (t) => {
  t.equal(barsKind.spaced?.(await asked({})), undefined)
  t.equal(barsKind.spaced?.(await asked({ barSize: '1 min' })), undefined)
  t.match(barsKind.spaced?.(await asked({ barSize: '10 secs' })), { ms: 15_500 })
  const ticks = { details, numberOfTicks: 0, ignoreSize: false }
  const named = (tickType: 'Last' | 'BidAsk', more = {}) =>
    marketTicksKind.spaced?.({ ...ticks, tickType, ...more })?.key
  t.equal(named('Last'), named('Last', { numberOfTicks: 10, ignoreSize: true }))
  t.not(named('Last'), named('BidAsk'))
})
