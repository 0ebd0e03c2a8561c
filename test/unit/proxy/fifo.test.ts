import fc from 'fast-check'
import t from 'tap'
import { Fifo, type Place } from '../../../proxy/fifo.ts'

t.test('whoever joins and leaves, the rest stands in the sequence of coming', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constant('join' as const), fc.nat(20)), { maxLength: 60 }),
      (steps) => {
        const queue = new Fifo<number>()
        const model: number[] = []
        const places: Place<number>[] = []
        for (const step of steps) {
          if (step === 'join') {
            model.push(places.length)
            places.push(queue.join(places.length))
            continue
          }
          const stood = model.indexOf(step)
          if (stood >= 0) model.splice(stood, 1)
          t.equal(places[step]?.leave() ?? false, stood >= 0)
        }
        t.same([...queue], model)
        t.equal(queue.size, model.length)
        t.equal(queue.first?.value, model[0])
        t.equal(queue.last?.value, model.at(-1))
      },
    ),
  )
})
