import { EventName, IBApi } from '@stoqey/ib'
import t from 'tap'
import { TokenQueue, tame } from '../../../../instance/ib/library.ts'

t.test('the token queue is read from the front like the array it replaces', async (t) => {
  const queue = new TokenQueue()
  queue.push(undefined)
  t.equal(queue.concat(['17', 'a']), queue)
  queue.push(undefined)
  t.equal(queue.length, 4)
  t.equal(queue[0], undefined)
  t.equal(queue.shift(), undefined)
  t.equal(queue[0], '17')
  t.equal(queue.shift(), '17')
  t.equal(JSON.stringify(queue), '["a",null]')
  t.equal(queue.shift(), 'a')
  t.equal(queue.shift(), undefined)
  t.equal(queue.length, 0)
  t.equal(queue.shift(), undefined, 'empty, and stays so')
})

interface Inside {
  readonly controller: {
    onMessage(tokens: string[]): void
    processIngressQueue(): void
    sendMsg(...tokens: unknown[]): void
    readonly socket: {
      _serverVersion: number
      neverReceived: boolean
      onData(bytes: Buffer): void
    }
  }
}

function tamed() {
  const api = new IBApi({ host: '127.0.0.1', port: 1 })
  const broken: unknown[] = []
  const frames: string[] = []
  tame(api, {
    frame: (direction) => void frames.push(direction),
    closed: () => undefined,
    broken: (error) => void broken.push(error),
  })
  const { controller } = api as unknown as Inside
  controller.socket._serverVersion = 178
  const receive = (...tokens: (string | number)[]) => receiveAll(tokens)
  const receiveAll = (tokens: readonly (string | number)[]) => {
    controller.onMessage(tokens.map(String))
    controller.processIngressQueue()
  }
  return { api, controller, receive, receiveAll, broken, frames }
}

t.test('20,000 bars are decoded in a blink', async (t) => {
  const { api, receiveAll } = tamed()
  let bars = 0
  api.on(EventName.historicalData, () => {
    bars += 1
  })
  const message: (string | number)[] = [17, 1, 'from', 'to', 20_000]
  for (let index = 0; index < 20_000; index += 1)
    message.push(1_767_600_000 + index, 1, 2, 0.5, 1.5, 100, 1.2, 7)
  const begun = performance.now()
  receiveAll(message)
  const ms = performance.now() - begun
  t.equal(bars, 20_001)
  t.comment(`${Math.round(ms)} ms`)
  t.ok(ms < 1500, `${Math.round(ms)} ms; the library alone takes 15 s`)
})

t.test('the size of a bid is not lost', async (t) => {
  const { api, receive } = tamed()
  const sizes: unknown[] = []
  api.on(EventName.tickSize, (...args: unknown[]) => void sizes.push(args))
  receive(1, 6, 9, 1, 150.1, 300, 0)
  receive(1, 6, 9, 2, 150.2, 400, 0)
  receive(1, 6, 9, 9, 150.0, 0, 0)
  t.same(sizes, [
    [9, 0, 300],
    [9, 3, 400],
  ])
})

t.test('an exception of the decoder is told, not thrown', async (t) => {
  const { receive, broken, frames } = tamed()
  receive(4, 2, 7, 201, 'Order rejected', '{not json')
  t.equal(broken.length, 1)
  t.match(broken[0], SyntaxError)
  t.same(frames, ['in'])
})

t.test('a text with a NUL inside is never written', async (t) => {
  const { controller } = tamed()
  t.throws(() => controller.sendMsg([9, 8, 'AA\0PL']), /NUL/)
})

function frameOf(text: string, length = text.length): Buffer {
  const head = Buffer.alloc(4)
  head.writeInt32BE(length)
  return Buffer.concat([head, Buffer.from(text)])
}

t.test('messages are the same wherever they are cut', async (t) => {
  const { api, controller, broken } = tamed()
  controller.socket.neverReceived = false
  const times: unknown[] = []
  api.on(EventName.currentTime, (time: number) => void times.push(time))
  const bytes = Buffer.concat([frameOf('49\x001\x0017\0'), frameOf('49\x001\x0018\0')])
  for (let size = 1; size <= bytes.length; size += 1) {
    for (let at = 0; at < bytes.length; at += size)
      controller.socket.onData(bytes.subarray(at, at + size))
    t.same(times.splice(0), [17, 18], `${size} bytes at a time`)
  }
  t.same(broken, [])
})

t.test('a length that no message has is told at once, and nothing is read after it', async (t) => {
  for (const length of [0, -1, -4, -100, 0x7fff_ffff, 0x100_0000, 4, 13]) {
    const { api, controller, broken } = tamed()
    controller.socket.neverReceived = false
    const times: unknown[] = []
    api.on(EventName.currentTime, (time: number) => void times.push(time))
    const text = '49\x001\x0017\0'
    controller.socket.onData(Buffer.concat([frameOf(text, length), frameOf(text)]))
    t.equal(broken.length, 1, `${length}`)
    t.same(times, [])
  }
})
