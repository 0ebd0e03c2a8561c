import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { Outbox } from '../../../../proxy/wire/outbox.ts'

t.test('what is to be written leaves together, when the turn ends, in its sequence', async (t) => {
  const outbox = new Outbox(() => false)
  const written: string[] = []
  const sender = (name: string) => ({ flush: () => void written.push(name) })
  outbox.add(sender('a'))
  await Promise.resolve()
  outbox.add({
    flush: () => {
      written.push('b')
      outbox.add(sender('next turn'))
    },
  })
  t.same(written, [], 'nothing before')
  await turn()
  t.same(written, ['a', 'b'])
  await turn()
  t.same(written, ['a', 'b', 'next turn'])
})

t.test('requests are held while calls wait for slots', async (t) => {
  let waiting = 0
  const outbox = new Outbox(() => waiting > 0)
  t.equal(outbox.holds, false)
  waiting = 1
  t.equal(outbox.holds, true)
})
