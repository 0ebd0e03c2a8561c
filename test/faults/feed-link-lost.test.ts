import t from 'tap'
import { callerOf, type Send } from '../rig/caller.ts'
import { SocketReader } from '../rig/event-readers.ts'
import { FeedStream, toldOf } from '../rig/feed-stream.ts'
import { type System, startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

const PATIENCE_MS = 120_000
const GAP = ['gap.opened', 'gap.closed']

let system: System
let send: Send
t.setTimeout(300_000)
t.before(async () => {
  system = await startSystem(t, { poolSize: 1, env: { FEED_LINGER_SECONDS: '0' } })
  send = callerOf(() => system.url)
})

/** Readers of every kind of one instrument, and what each of them was told beside rows. */
async function readersOf(symbol: string) {
  const stream = new FeedStream(`${system.url}/market/data?symbol=${symbol}`)
  const socket = new SocketReader(`${system.url}/market/data?symbol=${symbol}`)
  await socket.opened
  const { body: polled } = await send('POST', `/market/data?symbol=${symbol}`)
  const onSocket = () => toldOf(socket.messages, socket.messages[0]?.sourceRef)
  await until(() => stream.rows.size === 1 && onSocket().rows.size === 1, 'rows', PATIENCE_MS)
  return {
    stream,
    words: () => [stream.words, onSocket().words.slice(1)],
    events: () => [stream.events.length, onSocket().told.length],
    /** the marks of what is polled, of so many polls */
    poll: async () => (await send('GET', `/market/data?sourceRef=${polled.sourceRef}`)).body,
    leave: async () => {
      await send('DELETE', `/market/data?sourceRef=${polled.sourceRef}`)
      await Promise.all([stream.leave(), socket.leave()])
    },
  }
}

type Readers = Awaited<ReturnType<typeof readersOf>>

/** Waits until each has been told that the gap is over, and then of something new. */
async function healed({ words, events }: Readers): Promise<void> {
  await until(
    () => words().every((each) => each.includes('gap.closed')),
    'all are told that it is over',
    PATIENCE_MS,
  )
  const before = events()
  await until(
    () => events().every((count, index) => count > (before[index] ?? 0)),
    'it goes on',
    PATIENCE_MS,
  )
}

/** The marks that one is told who polls until the gap is over. */
async function marksPolled({ poll }: Readers, marks: string[] = []): Promise<string[]> {
  await until(
    async () => {
      const { marks: told = [] } = await poll()
      marks.push(...told.map(({ type }: { type: string }) => type))
      return marks.includes('gap.closed')
    },
    'who polls is told',
    PATIENCE_MS,
  )
  return marks
}

for (const [code, what, again] of [
  ['1102', 'kept', 0],
  ['1101', 'lost', 1],
] as const) {
  t.test(
    `cut off from IB (1100) and back (${code}, subscriptions ${what}): every reader is told of one gap`,
    async (t) => {
      const readers = await readersOf('AAPL')
      const asked = await system.sent('reqMktData')
      await system.control('POST', '/faults', { fault: 'code-1100' })
      await until(
        () => readers.words().every((each) => each.includes('gap.opened')),
        'all are told',
        PATIENCE_MS,
      )
      await system.control('POST', '/faults', { fault: `code-${code}` })
      await healed(readers)
      t.same(readers.words(), [GAP, GAP])
      t.same(await marksPolled(readers), GAP)
      t.equal((await system.sent('reqMktData')) - asked, again, 'asked for again')
      t.equal((await system.instance(0)).reconnects, 0)
      await readers.leave()
    },
  )
}

t.test(
  'the gateway restarts: every reader is told of one gap, and the stream is a new one',
  async (t) => {
    const readers = await readersOf('MSFT')
    const asked = await system.sent('reqMktData')
    await system.control('POST', '/faults', { fault: 'restart', delayMs: 1500 })
    await until(
      () => readers.words().every((each) => each.includes('gap.opened')),
      'all are told',
      PATIENCE_MS,
    )
    await healed(readers)
    t.same(readers.words(), [GAP, GAP])
    t.same(await marksPolled(readers), GAP)
    t.equal((await system.sent('reqMktData')) - asked, 1)
    t.same(
      [...readers.stream.rows.values()].map(({ symbol }) => symbol),
      ['MSFT'],
    )
    await readers.leave()
  },
)
