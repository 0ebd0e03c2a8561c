import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { Outbox } from '../../../../proxy/wire/outbox.ts'

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

t.test('an event loop without rest is busy, one that waits is not', async (t) => {
  const outbox = new Outbox()
  for (const end = performance.now() + 60; performance.now() < end; );
  t.equal(outbox.isBusyAt(performance.now()), true)
  await pause(300)
  t.equal(outbox.isBusyAt(performance.now()), false)
})
