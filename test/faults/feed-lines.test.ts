import t from 'tap'
import { listOptions } from '../../simulator/world/option-chains.ts'
import { listings } from '../../simulator/world/stocks.ts'
import { callerOf } from '../rig/caller.ts'
import { FeedStream } from '../rig/feed-stream.ts'
import { startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

const LINES = 100
const INSTRUMENTS = 300
const LEAVING = 10
const PATIENCE_MS = 120_000
const today = Math.floor(Date.now() / 86_400_000)
// the last ones end long after today
const instruments = [...listings, ...listOptions(today).slice(listings.length - INSTRUMENTS)].map(
  ({ conId }) => conId,
)

t.setTimeout(240_000)

t.test(
  'three hundred instruments and a hundred lines: who comes too late is told so at once, and gets the line of one who leaves',
  async (t) => {
    t.equal(new Set(instruments).size, INSTRUMENTS)
    const system = await startSystem(t, {
      poolSize: 4,
      env: {
        SIMULATOR_MARKET_DATA_LINES: String(LINES),
        SIMULATOR_MESSAGE_RATE: 'off',
        IB_MESSAGES_PER_SECOND: '1000',
        // nothing is given up but for somebody else
        FEED_LINGER_SECONDS: '3600',
        FEED_POLLING_TIMEOUT_SECONDS: '3600',
      },
    })
    const send = callerOf(() => system.url)
    const subscribe = async (conId: number) => ({
      conId,
      ...(await send('POST', `/market/data?conId=${conId}`)),
    })
    // whatever IB refuses is cancelled too: it may keep the request
    let refusals = 0
    const givenUp = async () => (await system.sentByAll('cancelMktData')) - refusals
    const nowGivenUp = (lines: number, what: string) =>
      until(async () => (await givenUp()) === lines, what, PATIENCE_MS)
    const tried = await Promise.all(instruments.map(subscribe))
    const having = tried.filter(({ status }) => status === 200)
    const refused = tried.filter(({ status }) => status !== 200)
    t.equal(having.length, LINES)
    refusals = refused.length
    for (const { status, headers, body } of refused) {
      if (status !== 429 || body.code !== 'IB_MARKET_DATA_LINES' || body.errorCode !== 101)
        t.fail(`${status} ${JSON.stringify(body)}`)
      if (!(Number(headers.get('retry-after')) > 0)) t.fail('Retry-After is missing')
    }
    const [watched] = having
    const stream = new FeedStream(`${system.url}/market/data?conId=${watched?.conId}`)
    await until(() => stream.events.length > 2, 'a stream of what is open', PATIENCE_MS)
    const late = new FeedStream(`${system.url}/market/data?conId=${refused[0]?.conId}`)
    await late.ended
    t.equal(late.status, 429)
    t.match(late.refusal, { code: 'IB_MARKET_DATA_LINES' })
    refusals += 1
    await nowGivenUp(0, 'nothing but what was refused is cancelled')

    const [leaving, staying] = [having.slice(-LEAVING), having.slice(0, -LEAVING)]
    for (const { body } of leaving) {
      const { status } = await send('DELETE', `/market/data?sourceRef=${body.sourceRef}`)
      t.equal(status, 200)
    }
    t.equal(await givenUp(), 0, 'they linger')
    const newcomers = refused.slice(0, LEAVING)
    // the first of them, before it had a line
    refusals += 1
    for (const { conId } of newcomers) {
      const { status, body } = await subscribe(conId)
      t.equal(status, 200, `a newcomer has the line: ${body.detail ?? ''}`)
      await nowGivenUp(LEAVING, 'what lingered is given up for the first of them, and no more')
    }
    t.equal((await subscribe(refused[LEAVING]?.conId ?? 0)).status, 429, 'there is no other')
    refusals += 1

    const [one, other] = staying.slice(-2)
    for (const each of [one, other])
      await send('DELETE', `/market/data?sourceRef=${each?.body.sourceRef}`)
    const { status, body } = await send('DELETE', '/feeds/idle')
    t.equal(status, 200)
    t.equal(
      (body as { ended: number }[]).reduce((sum, { ended }) => sum + ended, 0),
      2,
      'an operator may say it too',
    )
    await nowGivenUp(LEAVING + 2, 'both are given up')
    for (const { body: was } of staying.slice(0, -2)) {
      const polled = await send('GET', `/market/data?sourceRef=${was.sourceRef}`)
      if (polled.status !== 200 || polled.body.state !== 'live' || polled.body.marks.length > 0)
        t.fail(`${polled.status} ${JSON.stringify(polled.body)}`)
    }
    t.same(stream.words, [], 'readers of what is open never noticed')
    await stream.leave()
  },
)
