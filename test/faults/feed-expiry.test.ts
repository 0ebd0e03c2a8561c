import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { listings } from '../../simulator/world/stocks.ts'
import { callerOf } from '../rig/caller.ts'
import { startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

const INSTRUMENTS = 50
/** of each instrument */
const READERS = 10
/** Of so many instruments nobody reads on. */
const LEFT = 20
/** Between two rounds of polls, ms. */
const THINKING_MS = 200
const EXPIRY_S = 8
const PATIENCE_MS = 90_000

t.setTimeout(240_000)

t.test(
  'of 500 polled subscriptions those end that are not read any more, and say why; their lines are free, the others live',
  async (t) => {
    const system = await startSystem(t, {
      poolSize: 4,
      env: {
        FEED_POLLING_TIMEOUT_SECONDS: String(EXPIRY_S),
        FEED_LINGER_SECONDS: '0',
        IB_MESSAGES_PER_SECOND: '1000',
        SIMULATOR_MESSAGE_RATE: 'off',
      },
    })
    const send = callerOf(() => system.url)
    const all: { readonly sourceRef: string; readonly at: number }[] = []
    const failures: string[] = []
    let isOver = false
    const poll = async ({ sourceRef }: { sourceRef: string }) => {
      const { status, body } = await send('GET', `/market/data?sourceRef=${sourceRef}`)
      if (status !== 200 || body.state !== 'live' || body.sourceRef !== sourceRef)
        failures.push(`${status} ${body.detail ?? body.state}`)
    }
    const open = async (at: number) => {
      const symbol = listings[at]?.symbol
      for (let reader = 0; reader < READERS; reader += 1) {
        const { status, body } = await send('POST', `/market/data?symbol=${symbol}`)
        if (status === 200) all.push({ sourceRef: body.sourceRef, at })
        else failures.push(`${status} ${body.detail}`)
      }
    }
    // who has subscribed polls, while others still come
    const polling = (async () => {
      while (!isOver) {
        for (const each of [...all]) if (each.at >= LEFT) await poll(each)
        await pause(THINKING_MS)
      }
    })()
    await Promise.all(Array.from({ length: INSTRUMENTS - LEFT }, (_, at) => open(at + LEFT)))
    await Promise.all(Array.from({ length: LEFT }, (_, at) => open(at)))
    t.equal(all.length, INSTRUMENTS * READERS)
    t.equal(await system.sentByAll('reqMktData'), INSTRUMENTS, 'a line for each instrument')

    await until(
      async () => (await system.sentByAll('cancelMktData')) === LEFT,
      'the lines of those that are not read',
      PATIENCE_MS,
    )
    const left = all.filter(({ at }) => at < LEFT)
    for (const { sourceRef } of left) {
      const { status, body } = await send('GET', `/market/data?sourceRef=${sourceRef}`)
      if (status !== 410) t.fail(`${sourceRef}: ${status}`)
      if (!body.detail.includes(`it was not read for ${EXPIRY_S} s`)) t.fail(body.detail)
    }
    isOver = true
    await polling
    for (const each of all) if (each.at >= LEFT) await poll(each)
    t.same(failures, [], 'those who read are never refused')
    t.equal(await system.sentByAll('cancelMktData'), LEFT, 'and their lines are kept')
    t.equal(await system.sentByAll('reqMktData'), INSTRUMENTS)
  },
)
