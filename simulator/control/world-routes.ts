import type { Gateway } from '../gateway.ts'
import type { Instrument } from '../world/instrument.ts'
import { ClockError, MAX_SPEED, MAX_STEP_MS, parseInstant } from '../world/world-clock.ts'
import { ControlError, needed, number, type Read, readBody, text, whole, yes } from './body.ts'
import { accountDocuments, clockDocument } from './documents.ts'
import type { Reply, Route } from './route.ts'

const which = { symbol: text(30), conId: whole(1, 0x7fff_ffff) }

const moment: Read<number> = (value, name) => {
  const at = typeof value === 'string' ? parseInstant(value) : undefined
  if (at === undefined) {
    throw new ControlError(400, `${name}: a time such as 2026-11-24T14:30:00Z is needed`)
  }
  return at
}

function instrumentOf(gateway: Gateway, asked: { symbol?: string; conId?: number }): Instrument {
  const found = gateway.instrument(asked)
  if (found === undefined) {
    throw new ControlError(400, 'symbol, conId: no instrument has this symbol or conId')
  }
  return found
}

async function changeClock(gateway: Gateway, body: Readonly<Record<string, unknown>>) {
  const asked = readBody(body, {
    stepMs: whole(0, MAX_STEP_MS),
    to: moment,
    speed: number(0.01, MAX_SPEED),
    stop: yes,
    run: yes,
  })
  const { worldClock } = gateway
  const { stepMs, to, speed, stop, run } = asked
  if (Object.keys(asked).length === 0) {
    throw new ControlError(400, 'one of stepMs, to, speed, stop, run is needed')
  }
  if ((stepMs !== undefined && to !== undefined) || (stop && run)) {
    throw new ControlError(400, 'stepMs and to, stop and run: one of the two')
  }
  try {
    if (stop) worldClock.stop()
    if (speed !== undefined) worldClock.setSpeed(speed)
    if (stepMs !== undefined) await gateway.stepTo(worldClock.now() + stepMs)
    if (to !== undefined) await gateway.stepTo(to)
    if (run) worldClock.run()
  } catch (error) {
    if (!(error instanceof ClockError)) throw error
    throw new ControlError(worldClock.step === undefined ? 400 : 409, error.message)
  }
}

/** The world: its time, its prices, its accounts. */
export const worldRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/clock',
    does: 'what time it is in the world, whether and how fast it passes, when something happens next',
    serve: (gateway) => ({ body: clockDocument(gateway) }),
  },
  {
    method: 'POST',
    path: '/clock',
    takes: '{"stepMs"} or {"to": "2026-11-24T14:30:00Z"}, {"speed"}, {"stop": true}, {"run": true}',
    does: 'steps time, through all that falls due on the way, and answers when it is there; sets its speed; lets it stand or pass',
    serve: async (gateway, body): Promise<Reply> => {
      await changeClock(gateway, body)
      return { body: clockDocument(gateway) }
    },
  },
  {
    method: 'POST',
    path: '/reset',
    does: 'a fresh world from the same settings: all connections, orders, prices and faults are gone',
    serve: (gateway) => {
      if (gateway.worldClock.step !== undefined) {
        throw new ControlError(409, 'a step of the clock is being made')
      }
      gateway.reset()
      return { body: clockDocument(gateway) }
    },
  },
  {
    method: 'POST',
    path: '/price',
    takes: '{"symbol" or "conId", "price"}',
    does: 'moves the market there and holds it; orders that are crossed trade',
    serve: (gateway, body) => {
      const asked = readBody(body, { ...which, price: number(1e-6, 1e9) })
      const price = needed(asked.price, 'price')
      const instrument = instrumentOf(gateway, asked)
      gateway.world.market.pin(instrument, price)
      gateway.world.desk.sweep()
      const { conId, symbol } = instrument
      return { body: { conId, symbol, ...gateway.world.market.quote(instrument) } }
    },
  },
  {
    method: 'DELETE',
    path: '/price',
    takes: '{"symbol" or "conId"}, or nothing for all',
    does: 'lets a price, or all prices, go their own way',
    serve: (gateway, body) => {
      const asked = readBody(body, which)
      const isAll = Object.keys(asked).length === 0
      gateway.world.market.unpin(isAll ? undefined : instrumentOf(gateway, asked))
      return { body: { released: isAll ? 'all' : (asked.symbol ?? asked.conId) } }
    },
  },
  {
    method: 'POST',
    path: '/bulletins',
    takes: '{"type": 1 to 3 (1), "text", "exchange"}',
    does: 'issues a bulletin: 1 a regular one, 2 an exchange that closes, 3 one that opens again',
    serve: ({ world }, body) => {
      const asked = readBody(body, { type: whole(1, 3), text: text(1000), exchange: text(30) })
      const { type: messageType = 1, exchange = '' } = asked
      const bulletin = { messageType, text: needed(asked.text, 'text'), exchange }
      return { status: 201, body: world.bulletins.issue(bulletin) }
    },
  },
  {
    method: 'GET',
    path: '/accounts',
    does: 'cash, positions and figures of every account',
    serve: (gateway) => ({ body: accountDocuments(gateway) }),
  },
]
