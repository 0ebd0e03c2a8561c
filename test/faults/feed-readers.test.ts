import t from 'tap'
import { FeedStream } from '../rig/feed-stream.ts'
import { startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

const READERS = 1000
const PATIENCE_MS = 120_000
const AAPL = '265598'

t.setTimeout(300_000)

t.test(
  'a thousand readers of one instrument share one line of IB and are told the same; the last one gives it back',
  async (t) => {
    const system = await startSystem(t, { poolSize: 3, env: { FEED_LINGER_SECONDS: '1' } })
    const url = `${system.url}/market/data?symbol=AAPL`
    const readers = Array.from({ length: READERS }, () => new FeedStream(url))
    t.teardown(() => Promise.all(readers.map((reader) => reader.leave())))
    await until(() => readers.every(({ rows }) => rows.has(AAPL)), 'all have it', PATIENCE_MS)
    t.equal(await system.sentByAll('reqMktData'), 1, 'asked for once')
    t.ok((await system.sentByAll('reqContractDetails')) <= 2, 'nor was the contract, but once each')

    // what is halted stands still, and says so last
    await system.control('POST', '/faults', { fault: 'halt', symbol: 'AAPL' })
    const isHalted = ({ rows }: FeedStream) => rows.get(AAPL)?.halted === 1
    await until(() => readers.every(isHalted), 'all have the last', PATIENCE_MS)
    const seen = new Set(readers.map(({ rows }) => JSON.stringify([...rows.entries()].map(sorted))))
    t.equal(seen.size, 1, 'all have the same')
    t.same(new Set(readers.flatMap(({ words }) => words)), new Set(), 'and never a gap')

    await Promise.all(readers.slice(1).map((reader) => reader.leave()))
    await system.control('DELETE', '/faults')
    const [last] = readers as [FeedStream]
    const before = last.events.length
    await until(() => last.events.length > before + 3, 'the last one is told on', PATIENCE_MS)
    t.equal(await system.sentByAll('cancelMktData'), 0, 'while it reads')
    await last.leave()
    await until(
      async () => (await system.sentByAll('cancelMktData')) === 1,
      'the line cancelled',
      PATIENCE_MS,
    )
    t.equal(await system.sentByAll('reqMktData'), 1)
  },
)

/** A row whose fields came in another sequence is the same. */
function sorted([rowRef, fields]: [string, object]) {
  return [rowRef, Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))]
}
