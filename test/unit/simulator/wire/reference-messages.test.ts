import t from 'tap'
import { bondRow, detailsRow } from '../../../../simulator/answers/contract-rows.ts'
import { messages } from '../../../../simulator/wire/messages.ts'
import { Catalogue } from '../../../../simulator/world/catalogue.ts'
import { ManualClock } from '../manual-clock.ts'

const { now } = new ManualClock()
const apple = new Catalogue(now).byConId(265598)
if (apple === undefined) throw new Error('the catalogue has no AAPL')
const fund = { ...apple, conId: 900_001, symbol: 'VFINX', secType: 'FUND', stockType: '' }
const bond = {
  ...{ ...apple, conId: 900_002, symbol: 'IBM', secType: 'BOND', expiry: '20330215' },
  ...{ longName: 'INTL BUSINESS MACHINES', category: 'Corporate', exchange: 'SMART' },
}

/** What is written, and the fields facts §1.3 wants, number first. */
const samples: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    'newsBulletin',
    messages.newsBulletin.write({ messageId: 3, messageType: 1, text: 'a', exchange: 'NYSE' }, 178),
    ['14', '1', '3', '1', 'a', 'NYSE'],
  ],
  [
    'receiveFA',
    messages.receiveFA.write({ faDataType: 1, xml: '<a/>' }, 178),
    ['16', '1', '1', '<a/>'],
  ],
  [
    'scannerData',
    messages.scannerData.write(
      {
        reqId: 7,
        rows: [
          {
            ...{ rank: 0, conId: 1, symbol: 'A', secType: 'STK', lastTradeDateOrContractMonth: '' },
            ...{ strike: 0, right: '', exchange: 'SMART', currency: 'USD', localSymbol: 'A' },
            ...{ marketName: 'NMS', tradingClass: 'NMS', distance: 'd', benchmark: 'b' },
            ...{ projection: 'p', legs: 'l' },
          },
        ],
      },
      178,
    ),
    [
      ...['20', '3', '7', '1', '0', '1', 'A', 'STK', '', '0', '', 'SMART', 'USD', 'A', 'NMS'],
      ...['NMS', 'd', 'b', 'p', 'l'],
    ],
  ],
  [
    'fundamentalData',
    messages.fundamentalData.write({ reqId: 7, xml: '<a/>' }, 178),
    ['51', '1', '7', '<a/>'],
  ],
  [
    'newsArticle',
    messages.newsArticle.write({ reqId: 7, articleType: 0, article: 'text' }, 178),
    ['83', '7', '0', 'text'],
  ],
  [
    'tickNews',
    messages.tickNews.write(
      {
        ...{ reqId: 7, time: 1_700_000_000_000, provider: 'BRFG', articleId: 'BRFG$1' },
        ...{ headline: 'h', extra: 'e' },
      },
      178,
    ),
    ['84', '7', '1700000000000', 'BRFG', 'BRFG$1', 'h', 'e'],
  ],
  [
    'historicalNews',
    messages.historicalNews.write(
      { reqId: 7, time: 't', provider: 'BRFG', articleId: 'BRFG$1', headline: 'h' },
      178,
    ),
    ['86', '7', 't', 'BRFG', 'BRFG$1', 'h'],
  ],
  [
    'historicalNewsEnd',
    messages.historicalNewsEnd.write({ reqId: 7, hasMore: true }, 178),
    ['87', '7', '1'],
  ],
  [
    'histogramData has whole sizes',
    messages.histogramData.write({ reqId: 7, entries: [{ price: 1.5, size: 20 }] }, 178),
    ['89', '7', '1', '1.5', '20'],
  ],
  [
    'replaceFAEnd',
    messages.replaceFAEnd.write({ reqId: 7, text: 'success' }, 178),
    ['103', '7', 'success'],
  ],
  ['wshMetaData', messages.wshMetaData.write({ reqId: 7, json: '{}' }, 178), ['104', '7', '{}']],
  ['wshEventData', messages.wshEventData.write({ reqId: 7, json: '{}' }, 178), ['105', '7', '{}']],
]

for (const [what, written, expected] of samples) {
  t.test(`${what}, as facts §1.3 has it`, (t) => {
    t.same(written, expected)
    t.end()
  })
}

for (let version = 178; version <= 193; version += 1) {
  t.test(`contractDetails can be read to its end at ${version}`, (t) => {
    for (const instrument of [apple, fund]) {
      const fields = messages.contractDetails.write(detailsRow(7, instrument, now()), version)
      const dated = version >= 182 ? 1 : 0
      t.same(fields.slice(0, 4), ['10', '7', instrument.symbol, instrument.secType])
      t.equal(fields[11 + dated], instrument.tradingClass)
      t.equal(fields[12 + dated], String(instrument.conId))
      t.equal(fields[30 + dated], '3', 'three security ids')
      t.equal(fields[31 + dated], 'CUSIP')
      const sizes = 37 + dated + 6
      t.equal(Number(fields[sizes]) > 0, true, 'the smallest size')
      const block = instrument.secType === 'FUND' && version >= 179 ? 17 : 0
      if (block > 0) t.same(fields.slice(sizes + 3, sizes + 5), [fund.longName, 'APPLE'])
      if (block > 0) t.same(fields.slice(sizes + 18, sizes + 20), ['N', '004'])
      t.equal(fields.length, sizes + 3 + block + (version >= 186 ? 1 : 0))
    }
    t.end()
  })

  t.test(`bondContractDetails can be read to its end at ${version}`, (t) => {
    const fields = messages.bondContractDetails.write(bondRow(7, bond, now()), version)
    const hours = version >= 188 ? 3 : 0
    t.same(fields.slice(0, 4), ['18', '7', 'IBM', 'BOND'])
    t.match(fields[4], /^\d{9}$/, 'a CUSIP')
    t.ok(Number(fields[5]) > 0, 'a coupon')
    t.same(fields.slice(6, 8), ['20330215', '20230215'], 'maturity and issue')
    t.same(fields.slice(11, 14), ['0', '0', '0'])
    t.equal(fields[19], '900002')
    t.equal(fields[27], 'INTL BUSINESS MACHINES')
    if (hours > 0) t.equal(fields[28], 'US/Eastern')
    t.same(fields.slice(28 + hours, 31 + hours), ['', '0', '3'], 'then three security ids')
    t.equal(fields[37 + hours], '1', 'the group of quotes')
    t.equal(fields.length, 42 + hours)
    t.end()
  })
}
