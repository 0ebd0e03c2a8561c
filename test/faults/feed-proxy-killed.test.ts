import t from 'tap'
import { SocketReader } from '../rig/event-readers.ts'
import { apply, FeedStream, toldOf } from '../rig/feed-stream.ts'
import { Replaceable } from '../rig/replaceable.ts'
import { freePorts, startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

const PATIENCE_MS = 120_000
const INSTANCES = 2
const AAPL = '265598'

t.setTimeout(300_000)

t.test(
  'a proxy killed under its readers: at another one they go on where they were, without a gap',
  async (t) => {
    const system = await startSystem(t, { poolSize: INSTANCES })
    const instances = Array.from({ length: INSTANCES }, (_, n) => system.instanceUrl(n)).join(',')
    const { proxy: port } = await freePorts(1)
    const victim = new Replaceable(port, instances)
    t.teardown(() => victim.stop())
    await until(
      async () => {
        const answer = await fetch(`${victim.url}/clients`)
        const text = await answer.text()
        if (!text.includes(`"usable":${INSTANCES}`)) throw new Error(`${answer.status} ${text}`)
        return true
      },
      'usable',
      PATIENCE_MS,
    )

    const path = '/market/data?symbol=AAPL'
    const streams = Array.from({ length: 20 }, () => new FeedStream(`${victim.url}${path}`))
    const socket = new SocketReader(`${victim.url}/ws`)
    await socket.opened
    const command = { sourceRef: 'grid', feed: '/market/data', query: { symbol: 'AAPL' } }
    socket.send({ type: 'subscribe', ...command })
    const told = () => toldOf(socket.messages, 'grid')
    await until(
      () => streams.every(({ events }) => events.length > 3) && told().told.length > 4,
      'all read',
      PATIENCE_MS,
    )
    await victim.stop('SIGKILL')
    await Promise.all([socket.closed, ...streams.map(({ ended }) => ended)])

    const resumed = streams.map(
      ({ lastEventId }) => new FeedStream(`${system.url}${path}`, lastEventId),
    )
    const again = new SocketReader(`${system.url}/ws`)
    await again.opened
    const { cursor } = told().told.findLast((each) => each.cursor !== undefined) ?? {}
    again.send({ type: 'resume', ...command, cursor })
    const toldAgain = () => toldOf(again.messages, 'grid')
    const fresh = new FeedStream(`${system.url}${path}`)
    await until(
      () => resumed.every(({ events }) => events.length > 3) && toldAgain().told.length > 4,
      'all go on',
      PATIENCE_MS,
    )
    t.same(new Set(resumed.flatMap(({ words }) => words)), new Set(), 'no gap')
    t.same(new Set(resumed.map(({ events }) => events[0]?.type)), new Set(['modify']))
    t.same(toldAgain().words, ['resumed'])
    t.equal(toldAgain().told[1]?.type, 'modify')

    // what is halted stands still, and says so last
    await system.control('POST', '/faults', { fault: 'halt', symbol: 'AAPL' })
    const whole = [
      ...streams.map(({ rows }, index) => ({ rows, events: () => resumed[index]?.events ?? [] })),
      {
        rows: told().rows,
        events: () => toldAgain().told.filter(({ data }) => data !== undefined),
      },
    ]
    await until(
      () =>
        [...whole.map(({ events }) => events()), fresh.events].every((events) =>
          events.some(({ data }) => data.halted === 1),
        ),
      'all are told the last',
      PATIENCE_MS,
    )
    for (const { rows, events } of whole) {
      for (const event of events()) apply(rows, event)
      t.same(rows.get(AAPL), fresh.rows.get(AAPL), 'both parts together are all there is')
    }
    t.equal(await system.sentByAll('reqMktData'), 1, 'one line all the time')
    await Promise.all([fresh, again, ...resumed].map((reader) => reader.leave()))
  },
)
