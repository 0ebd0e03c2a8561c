import t from 'tap'
import { FillMark } from '../../../../instance/ib/fill-mark.ts'

const status = (filled: number) => [5, 'Submitted', filled, 10, 0, 900_005]
const order = (state: string) => [5, {}, { permId: 900_005 }, { status: state }]

t.test('it changes with every word of a fill, and with nothing else', async (t) => {
  const mark = new FillMark()
  const changes = (...[event, args]: Parameters<FillMark['arrived']>) => {
    const before = mark.text
    mark.arrived(event, args)
    return mark.text !== before
  }
  t.notOk(changes('orderStatus', status(0)))
  t.notOk(changes('openOrder', order('Submitted')))
  t.notOk(changes('position', []))
  t.ok(changes('execDetails', [-1, {}, { execId: '1.1', shares: 3 }]))
  t.ok(changes('orderStatus', status(3)))
  t.notOk(changes('orderStatus', status(3)), 'repeated')
  t.notOk(changes('execDetails', [7, {}, { execId: '1.1', shares: 3 }]), 'listed')
  t.ok(changes('orderStatus', status(10)))
  t.ok(changes('openOrder', order('Filled')))
  t.notOk(changes('openOrder', order('Filled')))
  t.ok(changes('completedOrder', [{}, { permId: 900_006, filledQuantity: 4 }, {}]))
})

t.test('no two runs have the same', async (t) => {
  t.not(new FillMark().text, new FillMark().text)
})
