import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { Connection, type ConnectionOwner, type Exchange } from '../../proxy/wire/connection.ts'
import type { Sender } from '../../proxy/wire/outbox.ts'
import { Question } from '../rig/question.ts'
import { until } from '../rig/until.ts'

const answerOf = (content: string) =>
  `HTTP/1.1 200 OK\r\ncontent-length: ${content.length}\r\n\r\n${content}`

/** A connection that has carried a first question, before a busy event loop, and its other end. */
async function held(t: Test) {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const waiting: Sender[] = []
  const unsent: Exchange[] = []
  let isIdle = false
  const owner: ConnectionOwner = {
    outbox: { holds: true, add: (sender) => void waiting.push(sender) },
    onIdle: () => {
      isIdle = true
    },
    onClosed: () => undefined,
    onUnsent: (exchange) => void unsent.push(exchange),
  }
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const first = new Question('/first')
  const origin = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const connection = new Connection(origin, first, owner)
  const [socket] = await accepted
  t.teardown(() => {
    connection.destroy()
    socket.destroy()
    server.close()
  })
  let heard = ''
  socket
    .on('error', () => undefined)
    .on('data', (bytes) => {
      heard += bytes.toString()
    })
  await until(() => heard.includes('/first'), 'the first question')
  socket.write(answerOf('one'))
  await until(() => isIdle, 'its answer')
  return { connection, socket, waiting, unsent, heard: () => heard }
}

t.test('a request that is held leaves with the others', async (t) => {
  const { connection, socket, waiting, heard } = await held(t)
  const second = new Question('/second')
  connection.carry(second, performance.now())
  t.same(second.told, [])
  t.equal(waiting.length, 1)
  waiting[0]?.flush()
  t.same(second.told, ['sent'])
  await until(() => heard().includes('/second'), 'the second question')
  socket.write(answerOf('two'))
  await until(() => second.told.length > 1, 'its answer')
  t.same(second.told, ['sent', '200', 'two', 'whole'])
})

t.test("what comes before it has left is nobody's answer", async (t) => {
  const { connection, socket, waiting, unsent, heard } = await held(t)
  const second = new Question('/second')
  connection.carry(second, performance.now())
  socket.write(answerOf("somebody else's"))
  await until(() => unsent.length === 1, 'it is given back')
  t.equal(unsent[0], second)
  waiting[0]?.flush()
  t.same(second.told, [])
  t.notMatch(heard(), '/second')
})

t.test('where the connection ends before it has left, it may be sent elsewhere', async (t) => {
  const { connection, socket, waiting, unsent } = await held(t)
  const second = new Question('/second')
  connection.carry(second, performance.now())
  socket.end()
  await until(() => unsent.length === 1, 'it is given back')
  waiting[0]?.flush()
  t.same(second.told, [])
})
