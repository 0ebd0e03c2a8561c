import t from 'tap'
import { timeoutOf } from '../../../shared/deadline.ts'

t.test(
  'a caller names its deadline in milliseconds, or in seconds by Prefer, up to a minute',
  async (t) => {
    const cases: [Record<string, string>, number][] = [
      [{}, 20_000],
      [{ 'x-deadline-ms': '1500' }, 1500],
      [{ 'x-deadline-ms': '900000' }, 60_000],
      [{ prefer: 'wait=5' }, 5000],
      [{ prefer: 'return=minimal, wait=7' }, 7000],
      [{ prefer: 'respond-async' }, 20_000],
      [{ prefer: 'wait=100' }, 60_000],
      [{ 'x-deadline-ms': '10', prefer: 'wait=5' }, 10],
    ]
    for (const [headers, ms] of cases)
      t.equal(timeoutOf(headers, 20_000), ms, JSON.stringify(headers))
  },
)

t.test('a deadline that is no time is refused', async (t) => {
  for (const wrong of ['', 'soon', '-1', '0', 'NaN']) {
    t.throws(
      () => timeoutOf({ 'x-deadline-ms': wrong }, 1),
      { code: 'REQUEST_INVALID' },
      `"${wrong}"`,
    )
  }
})
