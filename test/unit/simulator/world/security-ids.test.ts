import t from 'tap'
import { Catalogue } from '../../../../simulator/world/catalogue.ts'
import {
  securityIdsOf,
  withCusipCheck,
  withIsinCheck,
} from '../../../../simulator/world/security-ids.ts'
import { ManualClock } from '../manual-clock.ts'

const catalogue = new Catalogue(new ManualClock().now)

t.test('check digits are those of real securities', (t) => {
  t.equal(withCusipCheck('03783310'), '037833100')
  t.equal(withCusipCheck('67066G10'), '67066G104')
  t.equal(withIsinCheck('US037833100'), 'US0378331005')
  t.equal(withIsinCheck('US67066G104'), 'US67066G1040')
  t.end()
})

t.test('every stock has ids of its own that check; what has none has none', (t) => {
  const seen = new Set<string>()
  let stocks = 0
  for (const instrument of catalogue.all) {
    const ids = securityIdsOf(instrument)
    if (instrument.secType !== 'STK') {
      t.same(ids, {})
      continue
    }
    stocks += 1
    const { ISIN = '', CUSIP, FIGI = '' } = ids
    t.equal(withIsinCheck(ISIN.slice(0, 11)), ISIN)
    if (instrument.currency === 'USD') t.equal(ISIN, withIsinCheck(`US${CUSIP}`))
    else t.match(ids, { ISIN: /^DE/, CUSIP: undefined })
    t.match(FIGI, /^BBG[0-9A-Z]{8}\d$/)
    for (const id of [ISIN, FIGI]) seen.add(id)
  }
  t.equal(seen.size, stocks * 2)
  t.end()
})
