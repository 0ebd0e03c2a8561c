import t, { type Test } from 'tap'
import { Gateway, type GatewayOptions } from '../../simulator/gateway.ts'
import { frameOf, helloOf, incoming, TwsClient } from '../rig/tws-client.ts'
import { until } from '../rig/until.ts'

async function gatewayFor(t: Test, options: Partial<GatewayOptions> = {}): Promise<Gateway> {
  const gateway = new Gateway({ port: 0, ...options })
  await gateway.listen()
  t.teardown(() => gateway.close())
  return gateway
}

const ranges = [
  { lowest: 157, highest: 178, configured: 193, spoken: 178 },
  { lowest: 100, highest: 193, configured: 193, spoken: 193 },
  { lowest: 100, highest: 193, configured: 178, spoken: 178 },
  { lowest: 100, highest: 187, configured: 193, spoken: 187 },
  { lowest: 178, highest: 222, configured: 193, spoken: 193 },
] as const

for (const { lowest, highest, configured, spoken } of ranges) {
  t.test(
    `a client of ${lowest}..${highest} and a gateway of ${configured} speak ${spoken}`,
    async (t) => {
      const { port } = await gatewayFor(t, { serverVersion: configured })
      const client = await TwsClient.login({ port, clientId: 3, lowest, highest })
      t.equal(client.version, spoken)
      t.equal(client.received[0]?.length, 2, 'the answer to the greeting has two fields')
      t.same(client.all(incoming.managedAccounts), [['15', '1', 'DU1000001,DU1000002']])
      t.same(client.all(incoming.nextValidId), [['9', '1', '1']])
      await client.settle()
      t.same(
        client.all(incoming.error).map(([, , id, code]) => `${id} ${code}`),
        ['-1 2104', '-1 2106', '-1 2158'],
        'notices of the farms',
      )
      await client.close()
    },
  )
}

t.test('who cannot speak a version of ours is dropped without an answer', async (t) => {
  const { port } = await gatewayFor(t, { serverVersion: 180 })
  for (const [lowest, highest] of [
    [100, 177],
    [181, 193],
    [193, 100],
  ] as const) {
    const client = new TwsClient(port)
    client.socket.write(helloOf(lowest, highest))
    await client.closed
    t.equal(client.received.length, 0, `${lowest}..${highest}`)
  }
})

t.test('connect options after the versions are accepted', async (t) => {
  const { port } = await gatewayFor(t)
  const client = new TwsClient(port)
  const versions = Buffer.from('v157..193 +PACEAPI')
  client.socket.write(
    Buffer.concat([Buffer.from('API\0\0\0\0'), Buffer.from([versions.length]), versions]),
  )
  client.socket.write(frameOf([71, 2, 9, '']))
  t.same(await client.find(incoming.nextValidId), ['9', '1', '1'])
  await client.close()
})

t.test('a login in single bytes, and one in a single piece, are understood', async (t) => {
  const { port } = await gatewayFor(t)
  const bytes = Buffer.concat([helloOf(157, 193), frameOf([71, 2, 4, '']), frameOf([49, 1])])
  const whole = new TwsClient(port)
  whole.socket.write(bytes)
  await whole.find(incoming.currentTime)
  await whole.close()
  const slow = new TwsClient(port)
  for (const byte of bytes) {
    await new Promise<void>((resolve) => slow.socket.write(Buffer.from([byte]), () => resolve()))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await slow.find(incoming.currentTime)
  t.pass('both were answered')
  await slow.close()
})

t.test(
  'a client id in use is refused with 326 and the socket ended; it is free when its owner leaves',
  async (t) => {
    const { port } = await gatewayFor(t)
    const owner = await TwsClient.login({ port, clientId: 7 })
    const second = await TwsClient.hello({ port })
    second.send(71, 2, 7, '')
    t.equal((await second.error(-1)).code, 326)
    await second.closed
    t.equal(second.all(incoming.nextValidId).length, 0)
    await owner.settle()
    await owner.close()
    let again: TwsClient | undefined
    while (again === undefined) {
      again = await TwsClient.login({ port, clientId: 7 }).catch(() => undefined)
    }
    t.pass('the id is free again')
    await again.close()
  },
)

t.test('any id that is not negative may log in, 32 at once and no more', async (t) => {
  const { port } = await gatewayFor(t)
  const ids = [...Array.from({ length: 31 }, (_, id) => id), 2_000_000_000]
  const clients = await Promise.all(ids.map((clientId) => TwsClient.login({ port, clientId })))
  const more = await TwsClient.hello({ port })
  more.send(71, 2, 500, '')
  await more.closed
  const negative = await TwsClient.hello({ port })
  negative.send(71, 2, -1, '')
  await negative.closed
  await Promise.all(clients.map((client) => client.settle()))
  t.equal(clients.length, 32)
  await Promise.all(clients.map((client) => client.close()))
})

t.test('rubbish ends its own connection, never another', async (t) => {
  const gateway = await gatewayFor(t, { helloTimeoutMs: 100 })
  const { port } = gateway
  const witness = await TwsClient.login({ port, clientId: 1 })
  const rubbish = [
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.from('API\0\xff\xff\xff\xff', 'latin1'),
    Buffer.from('API\0\0\0\0\x04nope'),
    Buffer.concat([helloOf(157, 193), Buffer.from([0x7f, 0, 0, 0])]),
    Buffer.from([0]),
    Buffer.from('API\0\0\0'),
    helloOf(157, 193),
    Buffer.alloc(0),
  ]
  await Promise.all(
    rubbish.map(async (bytes) => {
      const client = new TwsClient(port)
      client.socket.write(bytes)
      await client.closed
    }),
  )
  const half = await TwsClient.login({ port, clientId: 2 })
  half.socket.write(Buffer.from([0, 0, 0, 9, 0x34]))
  await half.close()
  await witness.settle()
  await until(() => gateway.connections.length === 1, 'only the witness is left')
  await witness.close()
})

t.test('a request before startApi is lost, as at a real gateway', async (t) => {
  const { port } = await gatewayFor(t)
  const client = await TwsClient.hello({ port })
  client.send(49, 1)
  client.send(71, 2, 1, '')
  await client.find(incoming.nextValidId)
  client.send(61, 1)
  await client.find(incoming.positionEnd)
  t.equal(client.all(incoming.currentTime).length, 0)
  await client.close()
})

t.test(
  'frames that do not parse out are told with 320 and their id; the connection lives',
  async (t) => {
    const { port } = await gatewayFor(t)
    const client = await TwsClient.login({ port, clientId: 1 })
    client.send(62, 1, 77, 'All')
    t.equal((await client.error(77)).code, 320, 'too short')
    client.send(62, 1, 78, 'All', 'NetLiquidation', 'more')
    t.equal((await client.error(78)).code, 320, 'too long')
    client.send(62, 1, 'x', 'All', 'NetLiquidation')
    t.equal((await client.error(-1)).code, 320, 'no readable id')
    client.send(999, 1)
    t.match(await client.error(-1), { code: 320, text: /Unknown message id: 999/ })
    client.socket.write(Buffer.from([0, 0, 0, 4, 0x34, 0x39, 0, 0x31]))
    t.match(await client.error(-1), { code: 320, text: /not ended/ })
    client.socket.write(Buffer.from([0, 0, 0, 0]))
    t.equal((await client.error(-1)).code, 320, 'an empty payload')
    await client.settle()
    await client.close()
  },
)

t.test(
  'a client that never reads is dropped before it costs much, and nobody else notices',
  async (t) => {
    const gateway = await gatewayFor(t)
    const { port } = gateway
    const witness = await TwsClient.login({ port, clientId: 1 })
    const deaf = await TwsClient.login({ port, clientId: 2 })
    deaf.socket.pause()
    const apple = [265598, '', '', '', '', '', '', '', '', '', '', '', 0]
    const week = frameOf([20, 1, ...apple, '', '1 min', '1 W', 0, 'TRADES', 2, 0, ''])
    const gone = () => !gateway.connections.some(({ clientId }) => clientId === 2)
    while (!gone()) {
      if (!deaf.socket.destroyed) deaf.socket.write(week)
      await witness.settle()
    }
    t.ok(process.memoryUsage().rss < 1_000_000_000)
    await deaf.close()
    await witness.close()
  },
)
