import t from 'tap'
import { house } from '../rig/house.ts'
import { frameOf, incoming, TwsClient } from '../rig/tws-client.ts'
import { until } from '../rig/until.ts'

t.test('a client that is too fast is read later: nothing is lost, nothing overtakes', async (t) => {
  const { clock, enter } = await house(t, { messagesPerSecond: 3 })
  const [fast, calm] = [await enter(1), await enter(2)]
  const begun = Math.floor(clock.now() / 1000)
  fast.socket.write(
    Buffer.concat(Array.from({ length: 8 }, (_, index) => frameOf([104, index + 1]))),
  )
  const answered = () => fast.all(107).map(([, reqId]) => Number(reqId))
  await until(() => answered().length === 3, 'the first three')
  for (const count of [6, 8]) {
    await calm.settle()
    t.equal(answered().length, Math.floor((count - 1) / 3) * 3, 'no more in this second')
    clock.pass(1000)
    await until(() => answered().length === count, `${count} answers`)
  }
  t.same(answered(), [1, 2, 3, 4, 5, 6, 7, 8], 'in the sequence they were sent')
  await fast.settle()
  t.equal(Number(fast.all(incoming.currentTime)[0]?.[2]), begun + 2, 'after two seconds')
  t.equal(fast.all(incoming.error).filter(([, , , code]) => code === '100').length, 0)
  await Promise.all([fast.close(), calm.close()])
})

t.test('a client that leaves while it is not read leaves nothing behind', async (t) => {
  const { gateway, clock, enter } = await house(t, { messagesPerSecond: 1 })
  const client = await enter(1)
  for (let count = 0; count < 3; count += 1) client.send(61, 1)
  await client.find(incoming.positionEnd)
  await client.close()
  await until(() => {
    clock.pass(1000)
    return gateway.connections.length === 0
  }, 'it is gone')
  t.equal((await enter(1)).version, 178, 'its id is free')
})

t.test(
  'a gateway that rejects drops what is too much with 100, and the third ends it',
  async (t) => {
    const { clock, enter } = await house(t, { messagesPerSecond: 3, messageRate: 'reject' })
    const [fast, calm] = [await enter(1), await enter(2)]
    for (const reqId of [1, 2, 3, 4]) fast.send(104, reqId)
    t.same(await fast.error(4), {
      code: 100,
      text: 'Max rate of messages per second has been exceeded:max=3 rec=4 (1)',
    })
    t.equal(fast.all(107).length, 3, 'it was not served')
    clock.pass(1000)
    await fast.settle()
    for (const reqId of [5, 6]) fast.send(104, reqId)
    fast.send(49, 1)
    t.match(await fast.error(-1), { code: 100, text: /rec=4 \(2\)$/ })
    t.notOk(fast.isClosed)
    fast.send(104, 7)
    t.match(await fast.error(7), { code: 100, text: /rec=5 \(3\)$/ })
    await fast.closed
    await calm.settle()
    t.pass('nobody else is cut off')
    await calm.close()
  },
)

t.test('a client may ask to be paced where the gateway rejects', async (t) => {
  const { gateway, clock } = await house(t, { messagesPerSecond: 2, messageRate: 'reject' })
  const client = new TwsClient(gateway.port)
  const wishes = Buffer.from('v157..178 +PACEAPI')
  client.socket.write(
    Buffer.concat([Buffer.from('API\0\0\0\0'), Buffer.from([wishes.length]), wishes]),
  )
  client.socket.write(frameOf([71, 2, 9, '']))
  for (const reqId of [1, 2, 3]) client.send(104, reqId)
  await until(() => client.all(107).length === 2, 'two answers')
  await until(() => {
    clock.pass(100)
    return client.all(107).length === 3
  }, 'the third')
  t.equal(client.all(incoming.error).filter(([, , , code]) => code === '100').length, 0)
  await client.close()
})

t.test('thousands of messages a second are served where nobody counts them', async (t) => {
  const { enter } = await house(t, { messageRate: 'off' })
  const client = await enter(1)
  client.socket.write(Buffer.concat(Array.from({ length: 5000 }, () => frameOf([49, 1]))))
  await until(() => client.all(incoming.currentTime).length === 5000, 'all of them')
  t.pass('no time has passed on the clock')
  await client.close()
})
