import type { Socket } from 'node:net'
import t from 'tap'
import { MAX_WAITING_BYTES, Outbox } from '../../../simulator/outbox.ts'

/** The part of a socket that an outbox uses, writing everything down. */
function recorder(writableLength = 0): { socket: Socket; written: Buffer[] } {
  const written: Buffer[] = []
  const socket = {
    writable: true,
    writableLength,
    write: (bytes: Buffer) => written.push(bytes) > 0,
  }
  return { socket: socket as unknown as Socket, written }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

t.test('all that is said in one turn goes out in one write', async (t) => {
  const { socket, written } = recorder()
  const outbox = new Outbox(socket, () => t.fail('not too much'))
  outbox.push(Buffer.from('one'))
  outbox.push(Buffer.from('two'))
  t.equal(written.length, 0)
  await turn()
  t.same(written.map(String), ['onetwo'])
  outbox.push(Buffer.from('three'))
  outbox.flush()
  await turn()
  t.same(written.map(String), ['onetwo', 'three'])
})

t.test('slices keep their place among the others', async (t) => {
  const { socket, written } = recorder()
  const outbox = new Outbox(socket, () => t.fail('not too much'))
  outbox.push(Buffer.from('before'))
  outbox.push(Buffer.from('sliced'), true)
  outbox.push(Buffer.from('after'))
  for (let turns = 0; turns < 20; turns += 1) await turn()
  t.same(written.map(String), ['before', ...'sliced', 'after'])
})

t.test('what waits for a client that does not read is bounded', (t) => {
  const { socket } = recorder(MAX_WAITING_BYTES - 10)
  let dropped = 0
  const outbox = new Outbox(socket, () => {
    dropped += 1
  })
  outbox.push(Buffer.alloc(10))
  t.equal(dropped, 0)
  outbox.push(Buffer.alloc(1))
  t.equal(dropped, 1)
  t.end()
})
