import { messages } from '../wire/messages.ts'
import { requests } from '../wire/requests.ts'
import { mix, unit } from '../world/chance.ts'
import type { Cancel } from '../world/clock.ts'
import { type Shown, toBar } from '../world/history.ts'
import { type Instrument, onGrid } from '../world/instrument.ts'
import type { Quote } from '../world/market.ts'
import { type Answer, answer, type Client, theInstrument, validating } from './answer.ts'
import { hasData } from './history-answers.ts'

const BAR_MS = 5000
const INSERT = 0
const UPDATE = 1
const ASK_SIDE = 0
const BID_SIDE = 1
/** Rows of depth on each side, at most. */
const MAX_ROWS = 20

function duplicate(client: Client, reqId: number): void {
  client.error(reqId, 102, 'Duplicate ticker ID.')
}

/** Sizes of a price level: the same at the same price in the same second. */
function levelSize(instrument: Instrument, level: number, side: number, now: number): number {
  const bits = mix(mix(instrument.conId, level * 2 + side), Math.floor(now / 1000))
  return (instrument.secType === 'STK' ? 100 : 1) * (1 + Math.floor(unit(bits) * 20))
}

function sendDepth(
  client: Client,
  reqId: number,
  depth: { instrument: Instrument; rows: number; isSmart: boolean },
  change: { quote: Quote; operation: number; now: number },
): void {
  const { instrument, rows, isSmart } = depth
  const { quote, operation, now } = change
  const marketMaker = instrument.primaryExch || instrument.exchange
  for (let row = 0; row < rows; row += 1) {
    for (const side of [BID_SIDE, ASK_SIDE]) {
      const away = (side === BID_SIDE ? -row : row) * instrument.minTick
      const price = onGrid(instrument, (side === BID_SIDE ? quote.bid : quote.ask) + away)
      const size = levelSize(instrument, row, side, now)
      const line = { reqId, row, operation, side, price, size }
      if (isSmart) {
        client.send(messages.updateMktDepthL2, { ...line, marketMaker, isSmartDepth: true })
      } else client.send(messages.updateMktDepth, line)
    }
  }
}

type TickKind = 'Last' | 'AllLast' | 'BidAsk' | 'MidPoint'

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

function both(first: Cancel, second: Cancel): Cancel {
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

/** Depth, single ticks and five-second bars. */
export const tickAnswers: readonly Answer[] = [
  answer(requests.reqMktDepth, (client, row) => {
    const { reqId, isSmart } = row
    const instrument = theInstrument(client, reqId, row)
    if (instrument === undefined) return
    const { market, tape } = client.world
    if (client.runs('depth', reqId)) {
      duplicate(client, reqId)
      return
    }
    const release = client.world.usage.depth.take(instrument.conId)
    if (release === undefined) {
      const { depthRequests } = client.world.usage.limits
      const text = `Max number (${depthRequests}) of market depth requests has been reached`
      client.error(reqId, 309, text)
      return
    }
    const rows = Math.max(1, Math.min(row.rows ?? 5, MAX_ROWS))
    const depth = { instrument, rows, isSmart }
    const stop = tape.follow(instrument, ({ quote, now }) =>
      sendDepth(client, reqId, depth, { quote, operation: UPDATE, now }),
    )
    client.keep('depth', reqId, both(stop, release))
    const now = client.world.now()
    sendDepth(client, reqId, depth, { quote: market.quote(instrument), operation: INSERT, now })
  }),
  answer(requests.cancelMktDepth, (client, { reqId }) => {
    if (!client.drop('depth', reqId)) {
      client.error(reqId, 310, `Can't find the subscribed market depth with tickerId:${reqId}`)
    }
  }),
  answer(requests.reqTickByTickData, (client, row) => {
    const { reqId } = row
    const instrument = theInstrument(client, reqId, row)
    if (instrument === undefined) return
    const kind = row.tickType as TickKind
    if (!['Last', 'AllLast', 'BidAsk', 'MidPoint'].includes(kind)) {
      client.error(reqId, 321, validating(`Invalid tick-by-tick type ${row.tickType}`))
      return
    }
    const release = takeTicks(client, reqId, `${instrument.conId} ${kind}`)
    if (release === undefined) return
    const { market, tape } = client.world
    const stop = tape.follow(instrument, ({ quote, before, now }) => {
      if (kind === 'BidAsk' || quote.last !== before.last) {
        sendTick(client, reqId, kind, { instrument, quote, now })
      }
    })
    client.keep('ticks', reqId, both(stop, release))
    const now = client.world.now()
    sendTick(client, reqId, kind, { instrument, quote: market.quote(instrument), now })
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
    if (!['TRADES', 'BID', 'ASK', 'MIDPOINT'].includes(shown) || !hasData(instrument, shown)) {
      client.error(reqId, 420, `Invalid Real-time Query: no ${row.whatToShow} for this contract`)
      return
    }
    const { world } = client
    let next = Math.floor(world.now() / BAR_MS + 1) * BAR_MS
    const stop = world.beat.listen((now) => {
      for (; next <= now; next += BAR_MS) {
        const span = world.market.span(instrument, next - BAR_MS, next)
        if (span === undefined) continue
        const place = { start: next - BAR_MS, day: 0 }
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
