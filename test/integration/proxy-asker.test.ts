import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { Asker, NoAnswerInTime } from '../../proxy/wire/asker.ts'
import { Outbox } from '../../proxy/wire/outbox.ts'
import { until } from '../rig/until.ts'

const WHOLE = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-turn: 1\r\n\r\nok'
const isLate = (error: unknown) => error instanceof NoAnswerInTime
const ASKING = { fields: ['accept', 'text/plain'], timeoutMs: 10_000 }

/** An instance that does with each question what it is told, and one who asks it. */
async function asked(t: Test, answer: (socket: Socket, turn: number) => void) {
  const connections = new Set<Socket>()
  const texts: string[] = []
  const server = createServer((socket) => {
    connections.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => answer(socket, texts.push(bytes.toString())))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const asker = new Asker(
    `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    new Outbox(() => false),
  )
  t.teardown(() => {
    asker.close()
    for (const socket of connections) socket.destroy()
    server.close()
  })
  return { asker, connections, texts, server }
}

t.test('questions follow each other on one connection', async (t) => {
  const { asker, connections, texts } = await asked(t, (socket) => socket.write(WHOLE))
  const reply = await asker.ask('/clients', ASKING)
  t.equal(reply.status, 200)
  t.same(reply.fields, ['content-length', '2', 'x-turn', '1'])
  t.equal(reply.content.toString(), 'ok')
  await asker.ask('/clients', ASKING)
  t.equal(connections.size, 1)
  t.match(
    texts[1],
    /^GET \/clients HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\naccept: text\/plain\r\n\r\n$/,
  )
})

t.test('two at once have a connection each, and one is kept', async (t) => {
  const waiting: Socket[] = []
  const { asker, connections } = await asked(t, (socket) => waiting.push(socket))
  const both = [asker.ask('/a', ASKING), asker.ask('/b', ASKING)]
  await until(() => waiting.length === 2, 'two questions')
  for (const socket of waiting) socket.write(WHOLE)
  await Promise.all(both)
  t.equal(connections.size, 2)
  await until(
    () => [...connections].filter(({ closed }) => closed).length === 1,
    'the other is ended',
  )
})

t.test('a kept connection that dies with a question says nothing: it is asked anew', async (t) => {
  const { asker, connections, texts } = await asked(t, (socket, turn) => {
    if (turn === 2) socket.destroy()
    else socket.write(WHOLE)
  })
  await asker.ask('/clients', ASKING)
  t.equal((await asker.ask('/clients', ASKING)).status, 200)
  t.equal(connections.size, 2)
  t.equal(texts.length, 3)
})

t.test('one that was made for the question and dies says why', async (t) => {
  const { asker, texts, server } = await asked(t, (socket) => socket.destroy())
  await t.rejects(asker.ask('/clients', ASKING), { message: /closed|ECONNRESET/ })
  t.equal(texts.length, 1)
  server.close()
  await once(server, 'close')
  await t.rejects(asker.ask('/clients', ASKING), { message: 'ECONNREFUSED' })
})

t.test(
  'who is silent is asked no longer than the time given, on either kind of connection',
  async (t) => {
    const { asker, connections, texts } = await asked(t, (socket, turn) => {
      if (turn === 1) socket.write(WHOLE)
    })
    await asker.ask('/clients', ASKING)
    const hasty = { ...ASKING, timeoutMs: 30 }
    t.ok(await asker.ask('/clients', hasty).catch(isLate))
    t.ok(await asker.ask('/clients', hasty).catch(isLate))
    t.equal(texts.length, 3)
    await until(() => [...connections].every(({ closed }) => closed), 'all are ended')
  },
)

t.test('closed, it loses what is being asked and keeps nothing', async (t) => {
  const { asker, connections, texts } = await asked(t, (socket, turn) => {
    if (turn === 1) socket.write(WHOLE)
  })
  await asker.ask('/clients', ASKING)
  const lost = t.rejects(asker.ask('/clients', ASKING), { message: 'the proxy is closing' })
  await until(() => texts.length === 2, 'the second question')
  asker.close()
  await lost
  t.equal(texts.length, 2)
  await until(() => [...connections].every(({ closed }) => closed), 'all are ended')
})
