import t from 'tap'
import { Backoff } from '../../../../proxy/auth/backoff.ts'

t.test('S4.11 who fails too often is locked out, for longer each time', async (t) => {
  const backoff = new Backoff(3, 1000)
  let now = 1_000_000
  for (let count = 0; count < 2; count += 1) backoff.failed('desk', now)
  t.equal(backoff.lockedUntil('desk', now), undefined)
  const spans: number[] = []
  for (let count = 0; count < 14; count += 1) {
    backoff.failed('desk', now)
    const until = backoff.lockedUntil('desk', now) ?? now
    spans.push(until - now)
    now = until
    t.equal(backoff.lockedUntil('desk', now), undefined, 'then he may try again')
  }
  t.same(spans.slice(0, 4), [1000, 2000, 4000, 8000])
  t.equal(spans.at(-1), 900_000, 'a quarter of an hour at most')
})

t.test('a success forgives, and so does a long time', async (t) => {
  const backoff = new Backoff(1, 1000)
  backoff.failed('desk', 0)
  t.ok(backoff.lockedUntil('desk', 500))
  backoff.succeeded('desk')
  t.equal(backoff.lockedUntil('desk', 500), undefined)
  for (let count = 0; count < 8; count += 1) backoff.failed('other', 0)
  backoff.failed('other', 3_600_000)
  t.equal(backoff.lockedUntil('other', 3_600_000), 3_601_000, 'as if for the first time')
})

t.test('no flood of names fills the memory', async (t) => {
  const backoff = new Backoff(1, 1000)
  for (let name = 0; name < 10_001; name += 1) backoff.failed(String(name), 0)
  t.equal(backoff.countOf('0'), 0)
  t.equal(backoff.countOf('1'), 1)
})
