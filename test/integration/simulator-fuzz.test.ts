import { connect } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { Gateway } from '../../simulator/gateway.ts'
import { noLimits } from '../../simulator/limits/settings.ts'
import {
  brokenFrame,
  dice,
  type Roll,
  rightRequests,
  spoil,
  wrongGreeting,
} from '../rig/spoilt-frames.ts'
import { incoming, orderFields, TwsClient } from '../rig/tws-client.ts'
import { until } from '../rig/until.ts'

const FRAMES = 100_000
const VANDALS = 8
const FIRST_VANDAL = 100
/** How many frames one vandal sends before it breaks its own connection and comes again. */
const FRAMES_A_LIFE = 500
/** Orders and trades are kept as long as the process lives; nothing else may be. */
const HEAP_GROWTH = 24 * 1024 * 1024
/** The test's own clients hold on to what they waited for, ten seconds long. */
const GC_PATIENCE_MS = 15_000
/** Long enough for a login while the others are served, short enough for those that never say who they are. */
const HELLO_MS = 2000
/** Sockets at once that say hello wrongly. */
const KNOCKERS = 10

setFlagsFromString('--expose_gc')
const collectGarbage = runInNewContext('gc') as () => void

function heapUsed(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

/** Sends its share of spoilt frames, well framed so that each is looked at, and ends with one that cannot be. */
async function vandalise(
  port: number,
  {
    clientId,
    frames,
    roll,
    trades,
  }: { clientId: number; frames: number; roll: Roll; trades: boolean },
): Promise<void> {
  for (let sent = 0; sent < frames; sent += FRAMES_A_LIFE) {
    const highest = roll(2) === 0 ? 178 : 193
    // an id is free again only when the gateway has seen the end of its last client
    const life = (sent / FRAMES_A_LIFE) % 3
    const vandal = await TwsClient.login({ port, clientId: clientId + life * VANDALS, highest })
    const right = rightRequests(highest, roll).filter(([id]) => trades || id !== '3')
    for (let frame = 0; frame < Math.min(FRAMES_A_LIFE, frames - sent); frame += 1) {
      const fields = spoil(right[roll(right.length)] ?? [], roll)
      if (!trades && fields[0] === '3') fields[0] = '4'
      vandal.send(...fields)
      if (frame % 50 !== 49) continue
      await vandal.settle()
      vandal.forget()
    }
    await vandal.settle()
    vandal.forget()
    vandal.socket.end(brokenFrame(right[roll(right.length)] ?? [], roll))
    await vandal.closed
  }
}

/** Says hello wrongly again and again; each socket must be gone in the end, by whichever side. */
async function knock(port: number, roll: Roll, isOver: () => boolean): Promise<number> {
  let knocks = 0
  while (!isOver()) {
    knocks += 1
    const socket = connect({ port, host: '127.0.0.1' }).on('error', () => undefined)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.resume().write(wrongGreeting(roll))
    if (roll(2) === 0) socket.end()
    await closed
  }
  return knocks
}

const APPLE = ['265598', 'AAPL', 'STK', '', '', '', '', 'SMART', '', 'USD', '', ''] as const
const ACCOUNT = 'DU1000002'

/** Reads and trades as a client should, on an account of its own, until it is over; how often it went round. */
async function behave(client: TwsClient, isOver: () => boolean): Promise<number> {
  let orderId = 0
  let rounds = 0
  for (; !isOver(); rounds += 1) {
    const reqId = 1_000_000 + rounds
    client.send(9, 8, reqId, ...APPLE, 0, '', '', '')
    await client.find(incoming.contractDetailsEnd, ([, , of]) => of === String(reqId))
    client.send(1, 11, reqId, ...APPLE, 0, '', 1, 0, '')
    await client.find(incoming.tickSnapshotEnd, ([, , of]) => of === String(reqId))
    client.send(20, reqId, ...APPLE, 0, '', '1 hour', '1 D', 0, 'TRADES', 2, 0, '')
    await client.find(incoming.historicalData, ([, of]) => of === String(reqId))
    orderId += 1
    const order = { 1: orderId, 3: 'AAPL', 16: 'BUY', 17: 1, 23: ACCOUNT }
    client.send(...orderFields(order))
    const isOf = (id: number, status: string) => (fields: readonly string[]) =>
      fields[1] === String(id) && fields[2] === status
    await client.find(incoming.orderStatus, isOf(orderId, 'Filled'))
    orderId += 1
    client.send(...orderFields({ ...order, 1: orderId, 18: 'LMT', 19: 5 }))
    await client.find(incoming.orderStatus, isOf(orderId, 'Submitted'))
    client.send(4, 1, orderId, '')
    if ((await client.error(orderId)).code !== 202) throw new Error('the cancel was not confirmed')
    client.send(61, 1)
    const held = ([, , account, conId]: readonly string[]) =>
      account === ACCOUNT && conId === '265598'
    const position = await client.find(incoming.position, held)
    if (position.at(-2) !== String(rounds + 1)) throw new Error(`${position.at(-2)} are held`)
    client.send(64, 1)
    await client.settle()
    // what was read is not needed any more
    client.forget()
  }
  return rounds
}

t.test(`${FRAMES} spoilt frames neither harm the gateway nor disturb another client`, async (t) => {
  const reports: string[] = []
  const gateway = new Gateway({
    port: 0,
    helloTimeoutMs: HELLO_MS,
    limits: noLimits,
    report: (message) => reports.push(message),
  })
  await gateway.listen()
  const { port, world } = gateway
  const roll = dice(20_261_121)
  const attack = async (frames: number, trades: boolean) => {
    await Promise.all(
      Array.from({ length: VANDALS }, (_, place) =>
        vandalise(port, { clientId: FIRST_VANDAL + place, frames: frames / VANDALS, roll, trades }),
      ),
    )
    const isVandal = ({ clientId }: { clientId: number }) => clientId >= FIRST_VANDAL
    await until(() => !gateway.connections.some(isVandal), 'the vandals to be forgotten')
  }
  const good = await TwsClient.login({ port, clientId: 1, highest: 178 })
  let over = false
  const isOver = () => over
  const rounds = behave(good, isOver)
  const knocks = Promise.all(Array.from({ length: KNOCKERS }, () => knock(port, roll, isOver)))

  // what is built once, lazily, is built here
  await attack(FRAMES / 10, false)
  const heap = heapUsed()
  await attack((FRAMES * 4) / 10, false)
  await until(() => heapUsed() - heap < HEAP_GROWTH, 'memory to come back', GC_PATIENCE_MS)
  // the good client may have an order that rests
  await until(() => world.beat.listening <= 1, 'no stream has outlived its client')

  await attack(FRAMES / 2, true)
  over = true
  t.ok((await rounds) > 20, `the good client went round ${await rounds} times undisturbed`)
  const strangers = (await knocks).reduce((sum, count) => sum + count, 0)
  t.ok(strangers > KNOCKERS, `${strangers} strangers were turned away`)
  t.same(reports, [], 'no mistake of ours was met')
  // orders outlive the clients that placed them
  good.send(58, 1)
  await good.settle()
  await until(() => gateway.connections.length === 1, 'only the good client is left')
  await until(() => world.beat.listening === 0, 'nothing runs for nobody')
  t.equal(world.followed.size, 0)
  const taken = Object.values(gateway.tally.toJSON()).flatMap(({ in: kinds }) =>
    Object.values(kinds),
  )
  t.ok(taken.reduce((sum, count) => sum + count, 0) > FRAMES, 'every frame was looked at')
  await good.close()
  await gateway.close()
  t.equal(gateway.connections.length, 0)
  const sockets = () => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP'))
  await until(() => sockets().length === 0, 'no socket is left')
})
