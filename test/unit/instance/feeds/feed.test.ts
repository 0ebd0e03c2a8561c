import t from 'tap'
import { Feed } from '../../../../instance/feeds/feed.ts'
import type { FeedKind, Sink } from '../../../../instance/feeds/kind.ts'
import { Spacing } from '../../../../instance/feeds/spacing.ts'
import type { Session } from '../../../../instance/ib/session.ts'
import { marketTicks } from '../../../../shared/api/market-feeds.ts'
import { Problem } from '../../../../shared/problem.ts'
import { until } from '../../../rig/until.ts'

const SPACING_MS = 150

function refusal(code: string, retryAfter?: number): Problem {
  return new Problem(
    code,
    { status: 429, title: 'no' },
    { detail: 'no', ...(retryAfter !== undefined && { retryAfter }) },
  )
}

/** A feed of a kind that may be asked for only so often, and the streams it asked for, each with its sink. */
function rig(more: Partial<FeedKind> = {}, spacing = new Spacing()) {
  const streams: { readonly sink: Sink; readonly at: number; isStopped: boolean }[] = []
  const kind: FeedKind = {
    ...{ feed: marketTicks, capacity: 10, settleMs: 1000 },
    question: async () => ({}),
    key: () => 'all',
    spaced: () => ({ key: 'ticks', ms: SPACING_MS }),
    follow: (_, sink) => {
      const stream = { sink, at: performance.now(), isStopped: false }
      streams.push(stream)
      return {
        stop: () => {
          stream.isStopped = true
        },
      }
    },
    ...more,
  }
  const options = { kind, question: {}, key: 'all', spacing, moved: () => undefined }
  const feed = new Feed({ ...options, session: () => ({}) as Session })
  return { feed, streams, spacing }
}

t.test(
  'a stream is asked for again when IB allows it, and the gap is open until then',
  async (t) => {
    const { feed, streams } = rig()
    feed.follow()
    streams[0]?.sink.told('whole')
    feed.lost('away')
    feed.follow()
    t.equal(streams.length, 1)
    t.equal(feed.state, 'gap')
    await until(() => streams.length === 2, 'it is asked for again')
    t.ok((streams[1]?.at ?? 0) - (streams[0]?.at ?? 0) >= SPACING_MS - 1, 'not sooner')
    streams[1]?.sink.told('whole')
    t.equal(feed.state, 'live')
  },
)

t.test('another feed of the same waits, and says why', async (t) => {
  const first = rig()
  first.feed.follow()
  first.feed.end('nobody reads it')
  const second = rig({}, first.spacing)
  second.feed.follow()
  t.match(second.feed, { state: 'opening', reason: /between two requests/ })
  await until(() => second.streams.length === 1, 'it is asked for')
})

t.test('a stream that goes on meanwhile is not replaced', async (t) => {
  const { feed, streams, spacing } = rig()
  feed.follow()
  streams[0]?.sink.told('whole')
  feed.gap('the farm is down')
  feed.follow()
  t.equal(streams[0]?.isStopped, false)
  streams[0]?.sink.told('whole')
  t.equal(feed.state, 'live')
  const later = rig({}, spacing)
  later.feed.follow()
  await until(() => later.streams.length === 1, 'it might have been asked for again')
  t.equal(streams.length, 1)
})

t.test('what IB refused for another reason may be asked for at once', async (t) => {
  const first = rig()
  first.feed.follow()
  first.streams[0]?.sink.failed(refusal('IB_TICK_LINES', 10))
  t.equal(first.feed.state, 'ended')
  const second = rig({}, first.spacing)
  second.feed.follow()
  t.equal(second.streams.length, 1)
  second.streams[0]?.sink.failed(refusal('IB_DATA_PACING', 15))
  const third = rig({}, first.spacing)
  third.feed.follow()
  t.equal(third.streams.length, 0, 'but not what came too soon')
})

t.test(
  'a stream that is lost is given up, so that it does not run beside its successor',
  async (t) => {
    const { feed, streams } = rig()
    feed.follow()
    streams[0]?.sink.told('whole')
    feed.lost('1101')
    t.equal(streams[0]?.isStopped, true)
  },
)

t.test(
  'rows that are not told again are old where a kind says so, and gone otherwise',
  async (t) => {
    for (const keepsOld of [true, undefined]) {
      const { feed, streams } = rig({
        ...{ retells: true, spaced: () => undefined },
        ...(keepsOld && { keepsOld }),
      })
      feed.follow()
      streams[0]?.sink.put('old', { x: 1 })
      streams[0]?.sink.told('whole')
      feed.lost('away')
      feed.follow()
      streams[1]?.sink.put('new', { x: 2 })
      streams[1]?.sink.told('part')
      t.equal(feed.state, 'gap', 'until all is told')
      streams[1]?.sink.told('whole')
      t.equal(feed.state, 'live')
      const refs = feed.table.rows().map(({ rowRef }) => rowRef)
      t.same(refs, keepsOld ? ['old', 'new'] : ['new'])
    }
  },
)
