import { messages } from '../wire/messages.ts'
import { requests } from '../wire/requests.ts'
import type { Cancel } from '../world/clock.ts'
import { type Shown, toBar } from '../world/history.ts'
import type { Instrument } from '../world/instrument.ts'
import type { Quote } from '../world/market.ts'
import { tickTimes } from '../world/ticks.ts'
import { type Answer, answer, type Client, theInstrument, validating } from './answer.ts'
import { hasData } from './history-answers.ts'
import { MAX_TICKS, sendTicks } from './past-tick-answers.ts'
import { hasLiveData } from './quote-answers.ts'

const BAR_MS = 5000

/** Tells a client that its id is taken. */
export function duplicate(client: Client, reqId: number): void {
  client.error(reqId, 102, 'Duplicate ticker ID.')
}

/** What each kind of tick is made of. */
const MADE_OF = {
  Last: 'TRADES',
  AllLast: 'TRADES',
  BidAsk: 'BID_ASK',
  MidPoint: 'MIDPOINT',
} as const
type TickKind = keyof typeof MADE_OF

function sendTick(
  client: Client,
  reqId: number,
  kind: TickKind,
  tick: { instrument: Instrument; quote: Quote; now: number },
): void {
  const { instrument, quote, now } = tick
  const time = Math.floor(now / 1000)
  const { bid, ask, bidSize, askSize, last, lastSize } = quote
  if (kind === 'BidAsk') {
    const mask = 0
    client.send(messages.tickByTickBidAsk, { reqId, time, bid, ask, bidSize, askSize, mask })
  } else if (kind === 'MidPoint') {
    client.send(messages.tickByTickMidPoint, { reqId, time, midpoint: last })
  } else {
    client.send(messages.tickByTickLast, {
      reqId,
      type: kind === 'Last' ? 1 : 2,
      time,
      price: last,
      size: lastSize,
      mask: 0,
      exchange: instrument.primaryExch || instrument.exchange,
      conditions: '',
    })
  }
}

/** Ends two things at once. */
export function both(first: Cancel, second: Cancel): Cancel {
  return () => {
    first()
    second()
  }
}

/** Takes a place for tick-by-tick data, or says why there is none (facts §3.1). */
function takeTicks(client: Client, reqId: number, what: string): Cancel | undefined {
  if (client.runs('ticks', reqId)) {
    duplicate(client, reqId)
    return undefined
  }
  const { usage } = client.world
  const release = usage.ticks.take()
  if (release === undefined) {
    client.error(reqId, 10190, 'Max number of tick-by-tick requests has been reached.')
  } else if (!usage.admitsTicks(what)) {
    release()
    client.error(
      reqId,
      10189,
      `Failed to request tick-by-tick data:No more than 1 request can be made for the same instrument within ${usage.limits.tickByTickRepeatMs / 1000} seconds.`,
    )
    return undefined
  }
  return release
}

/** Whether a quote is news to one who reads ticks of that kind. */
function isNew(kind: TickKind, ignoreSize: boolean, quote: Quote, before: Quote): boolean {
  if (quote.last !== before.last) return true
  if (kind === 'MidPoint') return false
  // a new size in a new second is another trade at the same price
  if (kind !== 'BidAsk') return quote.lastSize !== before.lastSize
  const resized = quote.bidSize !== before.bidSize || quote.askSize !== before.askSize
  return resized && !ignoreSize
}

/** Single ticks and five-second bars. */
export const tickAnswers: readonly Answer[] = [
  answer(requests.reqTickByTickData, (client, row) => {
    const { reqId } = row
    const instrument = theInstrument(client, reqId, row)
    if (instrument === undefined) return
    const kind = row.tickType as TickKind
    const { count = 0 } = row
    if (!Object.hasOwn(MADE_OF, kind) || count < 0 || count > MAX_TICKS) {
      const what = Object.hasOwn(MADE_OF, kind) ? `count ${count}` : `type ${row.tickType}`
      client.error(reqId, 321, validating(`Invalid tick-by-tick ${what}`))
      return
    }
    const shown = MADE_OF[kind]
    if (!hasData(instrument, shown)) {
      const text = `Failed to request tick-by-tick data:No ${shown} for this contract`
      client.error(reqId, 10189, text)
      return
    }
    if (!hasLiveData(client, instrument)) {
      const text = 'Failed to request tick-by-tick data:No market data permissions'
      client.error(reqId, 10189, text)
      return
    }
    const release = takeTicks(client, reqId, `${instrument.conId} ${kind}`)
    if (release === undefined) return
    const { market, tape } = client.world
    const stop = tape.follow(instrument, ({ quote, before, now }) => {
      if (isNew(kind, row.ignoreSize, quote, before)) {
        sendTick(client, reqId, kind, { instrument, quote, now })
      }
    })
    client.keep('ticks', reqId, both(stop, release))
    const now = client.world.now()
    if (count > 0) {
      const times = tickTimes(market, instrument, { end: now, count, useRTH: false })
      sendTicks(client, reqId, instrument, shown, times)
    } else if (market.isOpen(instrument, now, true)) {
      sendTick(client, reqId, kind, { instrument, quote: market.quote(instrument), now })
    }
  }),
  answer(requests.cancelTickByTickData, (client, { reqId }) => {
    if (!client.drop('ticks', reqId)) {
      client.error(reqId, 300, `Can't find EId with tickerId:${reqId}`)
    }
  }),
  answer(requests.reqRealTimeBars, (client, row) => {
    const { reqId } = row
    const instrument = theInstrument(client, reqId, row)
    if (instrument === undefined) return
    const shown = row.whatToShow.toUpperCase()
    if (!hasLiveData(client, instrument)) {
      client.error(reqId, 420, 'Invalid Real-time Query:No market data permissions')
      return
    }
    if (!['TRADES', 'BID', 'ASK', 'MIDPOINT'].includes(shown) || !hasData(instrument, shown)) {
      client.error(reqId, 420, `Invalid Real-time Query: no ${row.whatToShow} for this contract`)
      return
    }
    const { world } = client
    let next = Math.floor(world.now() / BAR_MS + 1) * BAR_MS
    const stop = world.beat.listen((now) => {
      for (; next <= now; next += BAR_MS) {
        const begun = next - BAR_MS
        // a market that never closes tells its bars at all hours, whatever was asked for
        if (!world.market.isOpen(instrument, begun, !row.useRTH)) continue
        const span = world.market.span(instrument, begun, next)
        if (span === undefined) continue
        const place = { start: begun, day: 0 }
        const bar = toBar(instrument, span, shown as Shown, place)
        client.send(messages.realtimeBar, { reqId, time: bar.start / 1000, ...bar })
      }
    })
    if (!client.keep('bars', reqId, stop)) {
      stop()
      duplicate(client, reqId)
    }
  }),
  answer(requests.cancelRealTimeBars, (client, { reqId }) => {
    if (!client.drop('bars', reqId)) {
      client.error(reqId, 300, `Can't find EId with tickerId:${reqId}`)
    }
  }),
]
