import t from 'tap'
import {
  clockText,
  dayOf,
  dayText,
  parseTime,
  startOfDay,
  timeText,
  weekday,
  zonedTime,
} from '../../../../simulator/world/zone.ts'

const EASTERN = 'US/Eastern'

t.test('times are told in their zone, in winter and in summer', (t) => {
  t.equal(timeText(EASTERN, Date.UTC(2026, 10, 21, 11, 33, 55)), '20261121 06:33:55 US/Eastern')
  t.equal(timeText(EASTERN, Date.UTC(2026, 6, 1, 3, 0, 0)), '20260630 23:00:00 US/Eastern')
  t.equal(clockText('US/Central', Date.UTC(2026, 10, 21, 11, 33, 5)), '05:33:05')
  t.equal(dayText(dayOf(EASTERN, Date.UTC(2026, 10, 21, 4, 59))), '20261120')
  t.equal(weekday(dayOf('UTC', Date.UTC(2026, 10, 21))), 6, 'a Saturday')
  t.end()
})

t.test('days are 23 and 25 hours long when the clocks change', (t) => {
  const length = (year: number, month: number, date: number) => {
    const day = Date.UTC(year, month - 1, date) / 86_400_000
    return (startOfDay(EASTERN, day + 1) - startOfDay(EASTERN, day)) / 3_600_000
  }
  t.equal(length(2026, 3, 8), 23)
  t.equal(length(2026, 11, 1), 25)
  t.equal(length(2026, 11, 2), 24)
  const offsetBefore = zonedTime(EASTERN, Date.UTC(2026, 10, 1, 0, 30))
  t.equal(new Date(offsetBefore).toISOString(), '2026-11-01T04:30:00.000Z')
  t.end()
})

t.test('every spelling of a time that clients use is read, and no other', (t) => {
  const read = (text: string) => {
    const at = parseTime(text, EASTERN)
    return at === undefined ? undefined : new Date(at).toISOString()
  }
  t.equal(read('20261120 16:00:00'), '2026-11-20T21:00:00.000Z', 'the zone of the login')
  t.equal(read('20261120  16:00:00'), '2026-11-20T21:00:00.000Z', 'two spaces')
  t.equal(read('20261120-16:00:00'), '2026-11-20T16:00:00.000Z', 'UTC')
  t.equal(read('20261120 16:00:00 UTC'), '2026-11-20T16:00:00.000Z')
  t.equal(read('20261120 16:00:00 US/Central'), '2026-11-20T22:00:00.000Z')
  t.equal(read('20261120 16:00'), '2026-11-20T21:00:00.000Z')
  t.equal(read('20261120'), '2026-11-21T05:00:00.000Z', 'the end of that day')
  for (const wrong of [
    '',
    'now',
    '2026-11-20',
    '20261320 10:00:00',
    '20261120 16:00:00 Nowhere/At',
    '20260230',
  ]) {
    t.equal(read(wrong), undefined, wrong)
  }
  t.end()
})
