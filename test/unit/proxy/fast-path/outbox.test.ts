import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { Outbox } from '../../../../proxy/fast-path/outbox.ts'

t.test('what is to be written leaves together, when the turn ends, in its sequence', async (t) => {
  const outbox = new Outbox()
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
