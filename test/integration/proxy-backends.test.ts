import { request as httpRequest } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'
import t from 'tap'
import { buildProxy } from '../../proxy/app.ts'
import { readConfig } from '../../proxy/config.ts'
import { proxied } from '../rig/proxied.ts'
import { until } from '../rig/until.ts'

/** A proxy before one backend that answers every request with these bytes; `GET /clients` is always 200. */
async function behind(t: Test, answer: (path: string, socket: Socket) => void) {
  let most = 0
  let open = 0
  const server = createServer((socket) => {
    let held = ''
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      held += chunk.toString('latin1')
      for (;;) {
        const end = held.indexOf('\r\n\r\n')
        if (end < 0) return
        const path = held.split(' ')[1] ?? ''
        held = held.slice(end + 4)
        if (path === '/clients') {
          socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
          continue
        }
        open += 1
        most = Math.max(most, open)
        setImmediate(() => {
          open -= 1
          answer(path, socket)
        })
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const proxy = await buildProxy(
    readConfig({ LOG_LEVEL: 'silent', IBREST_PORT: '0', INSTANCES: `http://127.0.0.1:${port}` }),
  )
  await proxy.start()
  await proxy.app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(async () => {
    await proxy.stop()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(proxy.app.server.address() as AddressInfo).port}`,
    most: () => most,
  }
}

const json = 'content-type: application/json\r\n'
const backends: Record<string, (path: string, socket: Socket) => void> = {
  'closes after each answer': (path, socket) => {
    socket.end(
      `HTTP/1.1 200 OK\r\n${json}content-length: ${path.length + 2}\r\nconnection: close\r\n\r\n"${path}"`,
    )
  },
  'speaks HTTP/1.0 and ends its answer by closing': (path, socket) => {
    socket.end(`HTTP/1.0 200 OK\r\n${json}\r\n"${path}"`)
  },
  'sends chunks, one byte each': (path, socket) => {
    socket.write(`HTTP/1.1 200 OK\r\n${json}transfer-encoding: chunked\r\n\r\n`)
    for (const character of `"${path}"`) socket.write(`1\r\n${character}\r\n`)
    socket.write('0\r\n\r\n')
  },
  'sends an interim answer first': (path, socket) => {
    socket.write('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n')
    socket.write(`HTTP/1.1 200 OK\r\n${json}content-length: ${path.length + 2}\r\n\r\n"${path}"`)
  },
  'keeps its connection open': (path, socket) => {
    socket.write(`HTTP/1.1 200 OK\r\n${json}content-length: ${path.length + 2}\r\n\r\n"${path}"`)
  },
}

for (const [name, answer] of Object.entries(backends)) {
  t.test(`a backend that ${name} is served like any other, one call at a time`, async (t) => {
    const { url, most } = await behind(t, answer)
    const paths = Array.from({ length: 60 }, (_, index) => `/history/S${index}?durationStr=1%20D`)
    const answers = await Promise.all(paths.map(async (path) => (await fetch(url + path)).json()))
    t.same(answers, paths, 'every caller has the answer to its own question')
    t.equal(most(), 1)
  })
}

t.test('answers without a body have none', async (t) => {
  const { url } = await behind(t, (_, socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n'))
  for (let call = 0; call < 3; call += 1) {
    const answer = await fetch(`${url}/order/0.1`, { method: 'DELETE' })
    t.equal(answer.status, 204)
    t.equal(await answer.text(), '')
  }
})

t.test('rubbish from a backend is 502, and its slot goes down until it is probed', async (t) => {
  const { url } = await behind(t, (_, socket) => socket.end('this is not HTTP\r\n\r\n'))
  const answer = await fetch(`${url}/account/positions`)
  t.equal(answer.status, 502)
  t.match(await answer.json(), { code: 'PROXY_INSTANCE_LOST' })
})

t.test('a caller who is slow to send its body holds no slot meanwhile', async (t) => {
  const { url, stubs, status } = await proxied(t, 1)
  const slow = httpRequest(`${url}/order`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': '13' },
  })
  slow.write('{"symbol')
  const quick = await fetch(`${url}/account/positions`)
  t.equal(quick.status, 200)
  t.equal((await status()).busy, 0)
  const answered = new Promise<number | undefined>((resolve) =>
    slow.on('response', ({ statusCode }) => resolve(statusCode)),
  )
  slow.end('":1} ')
  t.equal(await answered, 200)
  await until(() => stubs[0]?.calls.length === 2, 'both calls at the instance')
  t.equal(stubs[0]?.calls[1]?.body, '{"symbol":1} ')
})
