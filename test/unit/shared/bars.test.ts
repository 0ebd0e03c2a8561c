import t from 'tap'
import { barsOf } from '../../../shared/bars.ts'

t.test('bars are reckoned from above: markets that never close are counted in', async (t) => {
  t.equal(barsOf('1 D', '1 min'), 1440)
  t.equal(barsOf('1800 S', '30 secs'), 60)
  t.equal(barsOf('1 D', '1 secs'), 86_400)
  t.equal(barsOf('1 Y', '1 day'), 366)
  t.equal(barsOf('2 W', '1 hour'), 336)
  t.equal(barsOf('1 M', '1 month'), 1)
  t.equal(barsOf('1 D', '1 week'), 1)
})
