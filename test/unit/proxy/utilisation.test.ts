import t from 'tap'
import { Utilisation } from '../../../proxy/utilisation.ts'

t.test('it is the share of the time of usable slots in which they were at work', async (t) => {
  let now = 1000
  const utilisation = new Utilisation(() => now)
  t.equal(utilisation.share, null, 'nothing is known yet')
  utilisation.count(0, 4)
  now += 1000
  utilisation.count(2, 4)
  now += 1000
  t.equal(utilisation.share, 0.25)
  utilisation.count(0, 0)
  now += 2000
  t.equal(utilisation.share, 0.25, 'slots that are down are not idle')
})

t.test('what was longer ago than ten seconds counts no more', async (t) => {
  let now = 0
  const utilisation = new Utilisation(() => now)
  utilisation.count(1, 1)
  now += 60_000
  utilisation.count(0, 1)
  for (let second = 0; second < 11; second += 1) {
    now += 1000
    utilisation.count(0, 1)
  }
  t.equal(utilisation.share, 0)
})

t.test('many short calls add up', async (t) => {
  let now = 0
  const utilisation = new Utilisation(() => now)
  for (let call = 0; call < 20_000; call += 1) {
    utilisation.count(1, 1)
    now += 3
    utilisation.count(0, 1)
    now += 1
  }
  t.ok(Math.abs((utilisation.share ?? 0) - 0.75) < 0.001)
})
