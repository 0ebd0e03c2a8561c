import t from 'tap'
import { readConfig } from '../../../instance/config.ts'
import { parseRestartWindows, RestartWindows } from '../../../instance/restart-window.ts'

const end = (text: string, now: string) => {
  const { until } = new RestartWindows(parseRestartWindows(text), () => Date.parse(now))
  return until === undefined ? undefined : new Date(until).toISOString()
}

t.test('a window over midnight holds on both sides of it, its end not included', (t) => {
  const text = '23:45-00:05 America/New_York'
  t.equal(end(text, '2026-01-15T04:44:59Z'), undefined)
  t.equal(end(text, '2026-01-15T04:45:00Z'), '2026-01-15T05:05:00.000Z')
  t.equal(end(text, '2026-01-15T05:04:59.999Z'), '2026-01-15T05:05:00.000Z')
  t.equal(end(text, '2026-01-15T05:05:00Z'), undefined)
  t.equal(end(text, '2026-07-15T03:50:00Z'), '2026-07-15T04:05:00.000Z', 'in summer time')
  t.end()
})

t.test('a window with a day begins on that day only, and may end on the next', (t) => {
  const sunday = 'Sun 01:00-06:00 Europe/Zurich'
  t.equal(end(sunday, '2026-01-18T00:30:00Z'), '2026-01-18T05:00:00.000Z')
  t.equal(end(sunday, '2026-01-17T00:30:00Z'), undefined)
  const saturday = 'sat 23:00-02:00 UTC'
  t.equal(end(saturday, '2026-01-17T23:00:00Z'), '2026-01-18T02:00:00.000Z')
  t.equal(end(saturday, '2026-01-18T01:59:00Z'), '2026-01-18T02:00:00.000Z')
  t.equal(end(saturday, '2026-01-17T01:00:00Z'), undefined)
  t.equal(end(saturday, '2026-01-18T23:30:00Z'), undefined)
  t.end()
})

t.test('the wall clock rules on the days it is changed', (t) => {
  const text = '02:30-03:30 Europe/Zurich'
  // 2026-03-29: 02:00 becomes 03:00
  t.equal(end(text, '2026-03-29T00:59:00Z'), undefined)
  t.equal(end(text, '2026-03-29T01:00:00Z'), '2026-03-29T01:30:00.000Z')
  t.equal(end('01:30-02:30 Europe/Zurich', '2026-03-29T00:45:00Z'), '2026-03-29T01:00:00.000Z')
  t.equal(end('02:10-02:50 Europe/Zurich', '2026-03-29T01:20:00Z'), undefined, 'it never comes')
  // 2026-10-25: 03:00 becomes 02:00, so 02:30 comes twice
  t.equal(end(text, '2026-10-25T00:29:00Z'), undefined)
  t.equal(end(text, '2026-10-25T00:40:00Z'), '2026-10-25T01:00:00.000Z', 'the first time')
  t.equal(end(text, '2026-10-25T01:30:00Z'), '2026-10-25T02:30:00.000Z', 'the second time')
  t.end()
})

t.test('windows that follow upon each other end together', (t) => {
  const text = '23:45-00:05 UTC, Mon 00:05-01:00 UTC, 05:00-06:00 UTC'
  t.equal(end(text, '2026-01-18T23:50:00Z'), '2026-01-19T01:00:00.000Z')
  t.equal(end(text, '2026-01-19T23:50:00Z'), '2026-01-20T00:05:00.000Z')
  t.equal(end('20:00-24:00 UTC', '2026-01-19T23:50:00Z'), '2026-01-20T00:00:00.000Z')
  t.end()
})

t.test('an end that is known is the same until it has come', (t) => {
  let now = Date.parse('2026-01-18T23:50:00Z')
  const windows = new RestartWindows(parseRestartWindows('23:45-00:05 UTC'), () => now)
  const until = Date.parse('2026-01-19T00:05:00Z')
  t.equal(windows.until, until)
  now = until - 1
  t.equal(windows.until, until)
  t.match(windows.refusal, {
    code: 'INSTANCE_RESTART_WINDOW',
    status: 503,
    retryable: true,
    headers: { 'retry-after': '1' },
    facts: { members: { expected_end: '2026-01-19T00:05:00.000Z' } },
  })
  now = until
  t.equal(windows.until, undefined)
  t.equal(windows.refusal, undefined)
  now = until - 3_600_000
  t.equal(windows.until, undefined, 'a clock set back')
  t.end()
})

t.test('none is set unless told, and what is none is refused at the start', (t) => {
  t.same(readConfig({}).restartWindows, [])
  t.same(readConfig({ RESTART_WINDOW: 'Sun 01:00-06:00 UTC' }).restartWindows, [
    { day: 0, start: 60, end: 360, zone: 'UTC' },
  ])
  for (const [text, why] of [
    ['23:45', /write 23:45-00:05/],
    ['23:45-00:05', /write 23:45-00:05/],
    ['24:45-00:05 UTC', /00:00 to 24:00/],
    ['24:00-01:00 UTC', /00:00 to 24:00/],
    ['23:60-00:05 UTC', /00:00 to 24:00/],
    ['01:00-01:00 UTC', /ends when it begins/],
    ['Son 01:00-02:00 UTC', /Sun, Mon/],
    ['01:00-02:00 Mars/Base', /zone/],
  ] as const)
    t.throws(() => readConfig({ RESTART_WINDOW: text }), { name: 'ConfigError', message: why })
  t.end()
})
