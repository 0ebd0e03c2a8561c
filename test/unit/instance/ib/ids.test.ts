import t from 'tap'
import { OrderIds, RequestIds } from '../../../../instance/ib/ids.ts'
import { FIRST_REQUEST_ID } from '../../../../shared/ids.ts'

function kept(floor = 0) {
  const written: number[] = []
  const ids = new OrderIds({ read: () => floor, write: (next) => void written.push(next) })
  return { ids, written }
}

t.test('order ids only rise, whatever the gateway says', async (t) => {
  const { ids } = kept()
  ids.raise(10)
  t.same(ids.take(1), [10])
  ids.raise(5)
  t.same(ids.take(1), [11], 'a nextValidId that fell back is no reason to go back')
  ids.saw(40)
  ids.saw(-3)
  t.same(ids.take(2), [41, 42], 'ids of a bracket come in a row')
})

t.test('an id is written down before it is given', async (t) => {
  const { ids, written } = kept(100)
  t.same(ids.take(3), [100, 101, 102])
  t.same(written, [103])
  const failing = new OrderIds({
    read: () => 1,
    write: () => {
      throw new Error('disk full')
    },
  })
  t.throws(() => failing.take(1), /disk full/)
  t.equal(failing.next, 1, 'and not used when that fails')
})

t.test('order ids never reach the request ids', async (t) => {
  const { ids } = kept()
  ids.raise(FIRST_REQUEST_ID)
  t.equal(ids.next, 1, 'an absurd nextValidId is not believed')
  ids.raise(FIRST_REQUEST_ID - 1)
  t.throws(() => ids.take(2), RangeError)
  t.same(ids.take(1), [FIRST_REQUEST_ID - 1])
  t.throws(() => ids.take(1), RangeError)
})

t.test('request ids start far above and never repeat soon', async (t) => {
  const ids = new RequestIds()
  t.equal(ids.take(), FIRST_REQUEST_ID)
  t.equal(ids.take(), FIRST_REQUEST_ID + 1)
})
