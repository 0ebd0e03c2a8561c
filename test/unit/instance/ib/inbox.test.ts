import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { Inbox } from '../../../../instance/ib/inbox.ts'

function message(text: string): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(text.length + 1)
  return Buffer.concat([length, Buffer.from(`${text}\0`)])
}

/** An inbox that notes what it reads. A payload `long n` is read in n steps, of a kilobyte each; `bad` is unreadable. */
function rig() {
  const read: string[] = []
  const holds: boolean[] = []
  const inbox = new Inbox({
    read: (payload) => {
      const text = payload.subarray(0, -1).subarray(0, 40).toString()
      if (text === 'bad') throw new Error('not read')
      const steps = Number(/^long (\d+)/.exec(text)?.[1] ?? 0)
      if (steps === 0) {
        read.push(text)
        return undefined
      }
      return (function* () {
        for (let step = 1; step <= steps; step += 1) {
          read.push(`step ${step}`)
          yield 1024
        }
        read.push('end')
      })()
    },
    broken: (error) => void read.push(String(error)),
    hold: (isHeld) => void holds.push(isHeld),
  })
  return { inbox, read, holds }
}

t.test('what is short is read in the turn it arrives', async (t) => {
  const { inbox, read } = rig()
  inbox.push(Buffer.concat([message('a'), message('b')]))
  inbox.after(() => read.push('after'))
  t.strictSame(read, ['a', 'b', 'after'])
})

t.test('a long message is read over several turns, and nothing overtakes it', async (t) => {
  const { inbox, read } = rig()
  inbox.push(Buffer.concat([message('before'), message('long 200'), message('behind')]))
  inbox.push(message('later'))
  inbox.after(() => read.push('the connection ended'))
  const inTurns = [read.length]
  while (!read.includes('the connection ended')) {
    await turn()
    inTurns.push(read.length)
  }
  t.ok(inTurns.length > 5, `${inTurns.length} turns`)
  const sizes = inTurns.map((count, index) => count - (inTurns[index - 1] ?? 0))
  t.ok(Math.max(...sizes) < 40, `at most ${Math.max(...sizes)} steps in one`)
  const steps = Array.from({ length: 200 }, (_, step) => `step ${step + 1}`)
  const wanted = ['before', ...steps, 'end', 'behind', 'later', 'the connection ended']
  t.strictSame(read, wanted)
})

t.test('many short messages are read over several turns too', async (t) => {
  const { inbox, read } = rig()
  inbox.push(
    Buffer.concat(Array.from({ length: 100 }, (_, n) => message(`${n} ${'x'.repeat(2000)}`))),
  )
  t.ok(read.length < 50)
  let isOver = false
  inbox.afterArrived(() => {
    isOver = true
  })
  while (!isOver) await turn()
  t.equal(read.length, 100)
})

t.test('who asks what has arrived hears when it has been read', async (t) => {
  const { inbox, read } = rig()
  inbox.push(message('long 100'))
  inbox.afterArrived(() => read.push('now'))
  // arrives in the same turn, after the question
  inbox.push(message('a fill'))
  while (!read.includes('now')) await turn()
  t.strictSame(read.slice(-3), ['end', 'a fill', 'now'])
})

t.test('too much unread holds the gateway back until it has been read', async (t) => {
  const { inbox, read, holds } = rig()
  const large = 'x'.repeat(1024 * 1024)
  inbox.push(message('long 100'))
  for (let n = 0; n < 20; n += 1) inbox.push(message(`${n} ${large}`))
  t.strictSame(holds, [true])
  inbox.afterArrived(() => read.push('now'))
  while (!read.includes('now')) await turn()
  t.strictSame(holds, [true, false])
  t.equal(read.length, 100 + 1 + 20 + 1, 'and nothing was lost')
})

t.test('behind what cannot be read nothing is', async (t) => {
  const { inbox, read } = rig()
  inbox.push(message('long 100'))
  inbox.push(Buffer.concat([message('a'), message('bad'), message('b')]))
  inbox.after(() => read.push('told'))
  while (!read.includes('told')) await turn()
  inbox.push(message('c'))
  await turn()
  t.strictSame(read.slice(-4), ['end', 'a', 'Error: not read', 'told'])
})

t.test('once stopped it reads nothing, and nobody waits any longer', async (t) => {
  const { inbox, read } = rig()
  inbox.push(message('long 100'))
  inbox.after(() => read.push('told'))
  const before = read.length
  inbox.stop()
  t.strictSame(read.slice(before), ['told'])
  inbox.push(message('a'))
  inbox.afterArrived(() => read.push('told too'))
  await turn()
  await turn()
  t.strictSame(read.slice(before), ['told', 'told too'])
})
