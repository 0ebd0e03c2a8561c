import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { Connections } from '../../proxy/wire/connections.ts'
import { Outbox } from '../../proxy/wire/outbox.ts'
import { Question } from '../rig/question.ts'
import { until } from '../rig/until.ts'

const SILENCE_MS = 250

/** Connections to something that takes calls, and its end of the first of them. */
async function called(t: Test) {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const connections = new Connections(origin, 1, SILENCE_MS, new Outbox(() => false))
  const question = new Question('/')
  connections.send(question)
  const [socket] = await accepted
  socket.on('error', () => undefined).resume()
  t.teardown(() => {
    connections.destroy()
    socket.destroy()
    server.close()
  })
  return { connections, question, socket }
}

t.test(
  'an instance that is silent for too long has lost its call, and the next is asked anew',
  async (t) => {
    const { connections, question, socket } = await called(t)
    await until(() => question.told.length > 1, 'it is given up')
    t.same(question.told, ['sent', 'the other side is silent'])
    await until(() => socket.destroyed || socket.readableEnded, 'the connection ends')
    const next = new Question('/next')
    connections.send(next)
    await until(() => next.told.length > 0, 'the next call')
    t.same(next.told, ['sent'])
  },
)

t.test('one that says something from time to time is waited for', async (t) => {
  const { question, socket } = await called(t)
  const pieces = 12
  socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${pieces}\r\n\r\n`)
  for (let piece = 0; piece < pieces; piece += 1) {
    await pause(SILENCE_MS / 5)
    socket.write('x')
  }
  await until(() => question.told.includes('whole'), 'the answer')
  t.equal(question.told.filter((said) => said === 'x').length, pieces)
})

t.test('whoever is held back by us is not silent', async (t) => {
  const { question, socket } = await called(t)
  socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nx')
  await until(() => question.told.includes('x'), 'its beginning')
  question.flow?.pause()
  await pause(SILENCE_MS * 3)
  socket.write('y')
  question.flow?.resume()
  await until(() => question.told.length > 3, 'the rest')
  t.same(question.told, ['sent', '200', 'x', 'y', 'whole'])
})
