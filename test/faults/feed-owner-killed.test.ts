import t from 'tap'
import { rendezvous } from '../../proxy/owner.ts'
import { callerOf } from '../rig/caller.ts'
import { SocketReader } from '../rig/event-readers.ts'
import { FeedStream, toldOf } from '../rig/feed-stream.ts'
import { startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

const POOL = 3
const PATIENCE_MS = 120_000
const CONTRACTS = { AAPL: '265598', MSFT: '272093', IBM: '8314', NVDA: '4815747', AMD: '4391' }
const ownerOf = (conId: string) => rendezvous(`contract ${conId}`, POOL)
const LOST = ['gap.opened', 'reset', 'gap.closed']

t.setTimeout(300_000)

t.test(
  'an instance killed under its readers: each is told of one gap and all there is after it; other feeds are not touched',
  async (t) => {
    const [[symbol, conId], ...rest] = Object.entries(CONTRACTS) as [[string, string]]
    const others = (rest as [string, string][]).filter(
      ([, other]) => ownerOf(other) !== ownerOf(conId),
    )
    const [other = '', otherId = ''] = others[0] ?? []
    const system = await startSystem(t, { poolSize: POOL })
    const send = callerOf(() => system.url)
    const of = (name: string) => `${system.url}/market/data?symbol=${name}`
    const [stream, resuming, untouched] = [symbol, symbol, other].map(
      (name) => new FeedStream(of(name)),
    ) as [FeedStream, FeedStream, FeedStream]
    const socket = new SocketReader(`${system.url}/ws`)
    await socket.opened
    for (const name of [symbol, other])
      socket.send({
        type: 'subscribe',
        sourceRef: name,
        feed: '/market/data',
        query: { symbol: name },
      })
    const onSocket = (name: string) => toldOf(socket.messages, name)
    const { body: polled } = await send('POST', `/market/data?symbol=${symbol}`)
    t.match(polled.rows, [{ rowRef: conId }])
    await until(
      () => [stream, resuming, untouched].every(({ events }) => events.length > 3),
      'streams',
      PATIENCE_MS,
    )
    await until(
      () => [symbol, other].every((name) => onSocket(name).rows.size === 1),
      'the socket',
      PATIENCE_MS,
    )

    const before = (await system.instance(ownerOf(conId))).pid
    process.kill(before, 'SIGKILL')
    await until(() => stream.words.includes('gap.opened'), 'the stream is told', PATIENCE_MS)
    await until(
      () => onSocket(symbol).words.includes('gap.opened'),
      'so is the socket',
      PATIENCE_MS,
    )
    // one that lost its own connection meanwhile, and comes again with what it had
    const from = resuming.lastEventId
    await resuming.leave()
    const resumed = new FeedStream(of(symbol), from)
    const seen = new Set<string>()
    await until(
      async () => {
        const { status, body } = await send('GET', `/market/data?sourceRef=${polled.sourceRef}`)
        seen.add(`${status} ${body.code}`)
        return status === 404
      },
      'what was polled has ended with it',
      PATIENCE_MS,
    )
    t.notOk(
      [...seen].some((word) => word.startsWith('200')),
      `${[...seen].join(', ')}`,
    )
    for (const word of seen)
      t.ok(
        ['503 PROXY_OWNER_DOWN', '502 PROXY_INSTANCE_LOST', '404 INSTANCE_UNKNOWN_FEED'].includes(
          word,
        ),
        word,
      )
    const { pid } = await system.instance(ownerOf(conId))
    t.not(pid, before, 'another process')

    await until(() => stream.words.includes('gap.closed'), 'the stream goes on', PATIENCE_MS)
    await until(() => onSocket(symbol).words.includes('gap.closed'), 'the socket too', PATIENCE_MS)
    await until(() => resumed.words.includes('gap.closed'), 'who came again too', PATIENCE_MS)
    t.same(stream.words, LOST)
    t.same(onSocket(symbol).words, ['subscribed', ...LOST])
    t.same(resumed.words, LOST)
    const places = [stream, resumed].map(({ events, rows, words }) => ({
      rows: rows.size,
      told: events.length,
      words: words.length,
    }))
    await until(
      () =>
        [stream, resumed].every(({ events }, index) => events.length > (places[index]?.told ?? 0)),
      'both are told what follows',
      PATIENCE_MS,
    )
    for (const reader of [stream, resumed]) {
      const at = reader.events.findIndex(({ type }) => type === 'reset')
      const then = reader.events.slice(at).find(({ type }) => type === 'insert')
      t.match(then?.data, { rowRef: conId, symbol }, 'all again after the reset')
      t.same([...reader.rows.keys()], [conId])
    }
    t.same(untouched.words, [], 'another feed never had a gap')
    t.same(onSocket(other).words, ['subscribed'])
    t.same([...onSocket(other).rows.keys()], [otherId])
    t.equal(await system.sent('reqMktData', ownerOf(otherId)), 1)
    t.equal(await system.sent('reqMktData', ownerOf(conId)), 2, 'one line before, one after')
    await Promise.all([stream, resumed, untouched, socket].map((reader) => reader.leave()))
  },
)
