import t from 'tap'
import { Catalogue } from '../../../../simulator/world/catalogue.ts'
import type { Instrument } from '../../../../simulator/world/instrument.ts'
import {
  headOf,
  hoursText,
  sessionOf,
  sessionsBefore,
} from '../../../../simulator/world/sessions.ts'
import { dayText } from '../../../../simulator/world/zone.ts'

/** Friday, 10:00 in New York. */
const now = Date.UTC(2026, 10, 20, 15)
const catalogue = new Catalogue(() => now)
const one = (spec: object) => catalogue.find(spec)[0] as Instrument
const apple = one({ conId: 265598 })
const friday = Date.UTC(2026, 10, 20) / 86_400_000

t.test('regular hours are those of the exchange, on working days', (t) => {
  t.same(sessionOf(apple, friday, true), {
    day: friday,
    start: Date.UTC(2026, 10, 20, 14, 30),
    end: Date.UTC(2026, 10, 20, 21),
  })
  t.equal(sessionOf(apple, friday + 1, true), undefined)
  t.equal(sessionOf(apple, friday + 2, true), undefined)
  t.equal(sessionOf(apple, friday + 1, false)?.start, Date.UTC(2026, 10, 21, 5))
  t.end()
})

t.test('sessions are told backwards, over weekends, to the beginning of the contract', (t) => {
  const days: string[] = []
  for (const { day } of sessionsBefore(apple, now, true)) {
    if (days.push(dayText(day)) === 3) break
  }
  t.same(days, ['20261120', '20261119', '20261118'])
  const option = one({ symbol: 'AAPL', secType: 'OPT' })
  const listed = [...sessionsBefore(option, now, true)]
  t.ok(listed.length > 200 && listed.length < 400)
  t.ok((listed.at(-1)?.end ?? 0) > headOf(option))
  t.end()
})

t.test('hours are spelt as contract details spell them', (t) => {
  t.equal(
    hoursText(apple, now, true).split(';').slice(0, 2).join(';'),
    '20261120:0930-20261120:1600;20261121:CLOSED',
  )
  t.equal(hoursText(one({ symbol: 'ES' }), now, false).split(';')[0], '20261119:1700-20261120:1600')
  t.end()
})
