import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import type { OrderEvents } from '../../shared/schemas/order-event.ts'
import { callerOf } from '../rig/caller.ts'
import { SocketReader, SseReader } from '../rig/event-readers.ts'
import { IdleReader } from '../rig/idle-reader.ts'
import { startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

/** of each kind */
const READERS = 10
/** orders in one call, and calls: a log several times larger than what a connection takes by itself */
const ORDERS = 20
const CALLS = 180
/** What a reader that takes nothing may cost the proxy, bytes, garbage included: less than what it has not taken. */
const COST = 3 * 1_048_576
/** Between two looks at what takes a minute, ms: reading all metrics is work. */
const LOOK_MS = 250
const resting = { symbol: 'AAPL', action: 'BUY', totalQuantity: 1, orderType: 'LMT', lmtPrice: 5 }
const longAgo = '2020-01-01T00:00:00Z'

// a reader is given a minute
t.setTimeout(240_000)

t.test(
  'readers that take nothing cost little, are let go with the place to resume from, and nobody else notices',
  { timeout: 240_000 },
  async (t) => {
    const system = await startSystem(t, {
      poolSize: 2,
      env: {
        ...{ SIMULATOR_OPEN_ORDERS: '0', SIMULATOR_MESSAGE_RATE: 'off' },
        IB_MESSAGES_PER_SECOND: '1000',
      },
    })
    const send = callerOf(() => system.url)
    const memory = async () =>
      (await system.metric('ibrest_nodejs_heap_size_used_bytes')) +
      (await system.metric('ibrest_nodejs_external_memory_bytes'))
    const readers = (face: string) => system.metric(`ibrest_event_readers{face="${face}"`)
    const list = Array.from({ length: ORDERS }, () => resting)
    for (let call = 0; call < CALLS; call += 1) {
      const { status } = await send('POST', '/order?bracket=false', list)
      if (status !== 201) t.fail(`the orders of call ${call} were answered ${status}`)
    }
    const { cursor } = (await send('GET', '/order/events?since=now')).body as OrderEvents
    const live = new SseReader(`${system.url}/order/events`, cursor)
    t.teardown(() => live.leave())
    const socket = new SocketReader(`${system.url}/ws?since=${cursor}`)
    await socket.opened
    await until(() => live.status === 200, 'a stream for one who reads')
    const before = await memory()

    const idleSockets = Array.from({ length: READERS }, () =>
      IdleReader.webSocket(`${system.url}/ws?since=${longAgo}`),
    )
    const idleStreams = Array.from({ length: READERS }, () =>
      IdleReader.sse(`${system.url}/order/events?since=${longAgo}`),
    )
    const idle = [...idleSockets, ...idleStreams]
    t.teardown(() => {
      for (const reader of idle) reader.leave()
    })
    const begun = await Promise.all(idle.map((reader) => reader.began()))
    t.same(new Set(begun), new Set([101, 200]))

    const { status, body: order } = await send('POST', '/order', resting)
    t.equal(status, 201)
    t.equal((await send('GET', '/account/positions?fresh=true')).status, 200)
    await until(
      () => live.events.some(({ event }) => event.subject === order.id),
      'the stream of one who reads has the news',
    )
    await until(
      () => socket.messages.some(({ orderId }) => orderId === order.id),
      'and so has the socket',
    )
    t.equal(await readers('sse'), READERS + 1, 'the others are still there')
    t.equal(await readers('websocket'), READERS + 1)
    // looked at while they are borne, the latest while all have stopped for long
    const held: number[] = []
    await until(
      async () => {
        await pause(LOOK_MS)
        if ((await readers('websocket')) === 1) return true
        held.push((await memory()) - before)
        return false
      },
      'the idle sockets let go',
      120_000,
    )
    // whoever goes on reading now finds out why
    const farewells = await Promise.all(idleSockets.map((reader) => reader.readFarewell()))
    const each = Math.min(...held.slice(-20)) / idle.length
    t.comment(`${Math.round(each / 1024)} KiB for each idle reader`)
    t.ok(each < COST, 'little memory is held for each')
    for (const farewell of farewells) {
      t.equal(farewell?.code, 4008)
      t.match(farewell?.reason, /^too slow; resume since=[@\d.]+$/)
    }
    const since = farewells[0]?.reason.split('=').at(-1)
    const { status: resumed, body } = await send('GET', `/order/events?since=${since}`)
    t.equal(resumed, 200)
    t.ok((body as OrderEvents).events.length > 0, 'it had not been sent everything')
    await until(
      async () => {
        await pause(LOOK_MS)
        return (await readers('sse')) === 1
      },
      'the idle streams let go',
      120_000,
    )
    // a stream has no word for it but its end
    const rest = await idleStreams[0]?.readOn()
    const last = [...(rest ?? '').matchAll(/^id: (\S+)\n.*\ndata: .*\n\n/gm)].at(-1)?.[1]
    t.equal((await send('GET', `/order/events?since=${last}`)).status, 200, 'it resumes there')
    const { body: next } = await send('POST', '/order', resting)
    await until(
      () => live.events.some(({ event }) => event.subject === next.id),
      'the stream goes on',
    )
    await until(() => socket.messages.some(({ orderId }) => orderId === next.id), 'the socket too')
    await socket.leave()
  },
)
