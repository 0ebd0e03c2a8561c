import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { serveProxy } from '../rig/served-proxy.ts'
import { until } from '../rig/until.ts'

const CLIENTS = '[]'
const whole = (content: string, fields = '') =>
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${fields}content-length: ${content.length}\r\n\r\n${content}`

/** An instance that writes its answers byte by byte as told: what it was asked, on which connection, what it says. */
async function behind(t: Test, answer: (path: string, socket: Socket, turn: number) => void) {
  const asked: { readonly path: string; readonly connection: number; readonly text: string }[] = []
  let connections = 0
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    const connection = connections++
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    socket.on('data', (bytes) => {
      const text = bytes.toString('latin1')
      const path = text.split(' ')[1] ?? ''
      if (path === '/clients') {
        socket.end(whole(CLIENTS, 'connection: close\r\n'))
        return
      }
      asked.push({ path, connection, text })
      answer(path, socket, asked.length)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const { proxy, url } = await serveProxy({
    INSTANCES: `http://127.0.0.1:${port}`,
    PROBE_INTERVAL_MS: '60000',
  })
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await proxy.stop()
  })
  return { asked, sockets, get: (path: string, init?: RequestInit) => fetch(`${url}${path}`, init) }
}

t.test('calls follow each other on one connection', async (t) => {
  const { asked, get } = await behind(t, (path, socket) => socket.write(whole(`["${path}"]`)))
  for (const path of ['/account/positions', '/account/summary', '/contract?symbol=AAPL'])
    t.same(await (await get(path)).json(), [path])
  t.equal(new Set(asked.map(({ connection }) => connection)).size, 1)
})

t.test('a caller never gets what an instance wrote too much before', async (t) => {
  const { asked, get } = await behind(t, (path, socket) =>
    socket.write(`${whole(`["${path}"]`)}${whole('["somebody else\'s"]')}`),
  )
  t.same(await (await get('/account/positions')).json(), ['/account/positions'])
  t.same(await (await get('/account/summary')).json(), ['/account/summary'])
  t.equal(new Set(asked.map(({ connection }) => connection)).size, 2)
})

t.test('what an instance says later without being asked ends the connection', async (t) => {
  const { sockets, get } = await behind(t, (path, socket) => socket.write(whole(`["${path}"]`)))
  await get('/account/positions')
  const [socket] = sockets
  socket?.write(whole('["nobody asked"]'))
  await until(() => sockets.size === 0, 'the connection ended by the proxy')
  t.same(await (await get('/account/summary')).json(), ['/account/summary'])
})

t.test('an answer that cannot be read is a lost call, and nobody else gets it', async (t) => {
  const { get } = await behind(t, (path, socket, turn) =>
    socket.write(
      turn === 1
        ? 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n[]x'
        : whole(`["${path}"]`),
    ),
  )
  const lost = await get('/order', { method: 'POST', body: '{}' })
  t.equal(lost.status, 502)
  t.match(await lost.json(), { code: 'PROXY_INSTANCE_LOST', retryable: false })
})

t.test('a connection the instance has ended between two calls costs no call', async (t) => {
  const { asked, sockets, get } = await behind(t, (path, socket) =>
    socket.write(whole(`["${path}"]`)),
  )
  for (let call = 0; call < 5; call += 1) {
    t.equal((await get('/account/positions')).status, 200)
    const [socket] = sockets
    socket?.end()
    await until(() => sockets.size === 0, 'the connection ended')
  }
  t.equal(new Set(asked.map(({ connection }) => connection)).size, 5)
})

t.test('a connection is given up before its instance would end it', async (t) => {
  const { asked, get } = await behind(t, (path, socket) =>
    socket.write(whole(`["${path}"]`, 'keep-alive: timeout=1\r\n')),
  )
  await get('/account/positions')
  await get('/account/positions')
  t.equal(new Set(asked.map(({ connection }) => connection)).size, 2)
})

t.test(
  'chunks, an interim answer, and one that ends with its connection arrive whole',
  async (t) => {
    const ways = [
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n[1\r\n3\r\n,2]\r\n0\r\n\r\n',
      'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n[1,2]',
      'HTTP/1.1 200 OK\r\n\r\n[1,2]',
    ]
    for (const way of ways) {
      const { get } = await behind(t, (_, socket) => socket.end(way))
      t.same(await (await get('/account/positions')).json(), [1, 2])
    }
  },
)

t.test('what a caller sends arrives as it was sent, with one length of its own', async (t) => {
  const { asked, get } = await behind(t, (_, socket) => socket.write(whole('{}')))
  const body = '{"symbol":"Ü"}'
  await get('/order?orderType=LMT&note=%C3%BC', {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-note': 'caf\u00e9',
      connection: 'keep-alive',
    },
  })
  const text = asked[0]?.text ?? ''
  t.match(text, /^POST \/order\?orderType=LMT&note=%C3%BC HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\n/)
  t.match(text, '\r\nx-note: caf\u00e9\r\n')
  t.equal(text.match(/content-length/g)?.length, 1)
  t.match(text, `content-length: ${Buffer.byteLength(body)}\r\n`)
  t.ok(text.endsWith(`\r\n\r\n${Buffer.from(body).toString('latin1')}`))
  t.notMatch(text, /\r\nconnection:/)
})
