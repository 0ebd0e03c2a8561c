import t from 'tap'
import { type CalendarName, tradingDay } from '../../../../simulator/world/calendar.ts'
import { easter } from '../../../../simulator/world/holidays.ts'
import { dayText } from '../../../../simulator/world/zone.ts'

const DAY_MS = 86_400_000

function dayOfText(text: string): number {
  const [year, month, date] = text.split('-').map(Number) as [number, number, number]
  return Date.UTC(year, month - 1, date) / DAY_MS
}

/** Working days of a year on which something is different: `0703 780`. */
function unusual(name: CalendarName, year: number): string[] {
  const days: string[] = []
  for (let day = dayOfText(`${year}-01-01`); day < dayOfText(`${year + 1}-01-01`); day += 1) {
    const date = new Date(day * DAY_MS)
    if (date.getUTCDay() === 0 || date.getUTCDay() === 6) continue
    const kind = tradingDay(name, day)
    if (kind !== 'open') days.push(`${dayText(day).slice(4)}${kind === 'closed' ? '' : ` ${kind}`}`)
  }
  return days
}

t.test('Easter is where the almanac has it', (t) => {
  const sundays = ['2005-03-27', '2008-03-23', '2011-04-24', '2019-04-21', '2024-03-31']
  for (const sunday of [...sundays, '2025-04-20', '2026-04-05', '2027-03-28', '2038-04-25']) {
    t.equal(dayText(easter(Number(sunday.slice(0, 4)))), sunday.replaceAll('-', ''))
  }
  t.end()
})

t.test('New York keeps the holidays and half days it published', (t) => {
  t.same(unusual('NYSE', 2024), [
    ...['0101', '0115', '0219', '0329', '0527', '0619', '0703 780', '0704', '0902', '1128'],
    ...['1129 780', '1224 780', '1225'],
  ])
  t.same(unusual('NYSE', 2025), [
    ...['0101', '0109', '0120', '0217', '0418', '0526', '0619', '0703 780', '0704', '0901'],
    ...['1127', '1128 780', '1224 780', '1225'],
  ])
  t.same(
    unusual('NYSE', 2026),
    [
      ...['0101', '0119', '0216', '0403', '0525', '0619', '0703', '0907', '1126', '1127 780'],
      ...['1224 780', '1225'],
    ],
    'the Fourth of July on a Saturday is kept on Friday, without a half day',
  )
  t.same(
    unusual('NYSE', 2022),
    [...['0117', '0221', '0415', '0530', '0620', '0704', '0905', '1124', '1125 780', '1226']],
    'a New Year on a Saturday is not made up for, other holidays on Sundays are kept on Mondays',
  )
  t.same(unusual('NYSE', 2021).includes('0618'), false, 'no Juneteenth before 2022')
  t.end()
})

t.test('futures trade until noon on most holidays, currencies and Frankfurt have few', (t) => {
  const futures = unusual('CME', 2026)
  for (const day of ['0101', '0119 720', '0403', '0525 720', '1126 720', '1127 735', '1225']) {
    t.ok(futures.includes(day), day)
  }
  t.ok(unusual('NYMEX', 2026).includes('1126 870'))
  t.same(unusual('FX', 2026), ['0101', '1225'])
  t.same(unusual('EUROPE', 2026), ['0101', '0403', '0406', '0501', '1224', '1225', '1231'])
  t.same(unusual('EVERY_DAY', 2026), [])
  t.equal(tradingDay('EVERY_DAY', dayOfText('2026-11-21')), 'open', 'even on a Saturday')
  t.equal(tradingDay('FX', dayOfText('2026-11-21')), 'closed')
  t.end()
})

t.test('no exchange is closed for more than five days in a row, in any year', (t) => {
  for (const name of ['NYSE', 'CME', 'NYMEX', 'FX', 'EUROPE'] as const) {
    let longest = 0
    let closed = 0
    for (let day = dayOfText('2005-01-01'); day < dayOfText('2060-01-01'); day += 1) {
      closed = tradingDay(name, day) === 'closed' ? closed + 1 : 0
      longest = Math.max(longest, closed)
    }
    t.ok(longest >= 3 && longest <= 5, `${name}: ${longest}`)
  }
  t.end()
})
