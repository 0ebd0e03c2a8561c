import type { FastifyInstance, onRequestHookHandler } from 'fastify'
import { operations, urlsOf } from '../shared/api/index.ts'
import { TRADING_MODES, type TradingMode } from '../shared/schemas/client.ts'

const known: ReadonlySet<unknown> = new Set(TRADING_MODES)
const orderRoutes: ReadonlySet<string | undefined> = new Set(
  operations.filter(({ tag }) => tag === 'orders').flatMap(urlsOf),
)

/** Whose money the instances trade with, as their probes last told. */
export class TradingModes {
  readonly #told = new Map<number, TradingMode>()

  /** What an instance said; what is none is forgotten. */
  heard(clientId: number, said: unknown): void {
    if (known.has(said)) this.#told.set(clientId, said as TradingMode)
    else if (said !== undefined) this.#told.delete(clientId)
  }

  /** Where they differ, the one in which most is at stake; null while nobody has told. */
  get mode(): TradingMode | null {
    const told = new Set(this.#told.values())
    return TRADING_MODES.findLast((mode) => told.has(mode)) ?? null
  }

  /** Shows it on every answer about orders; what an instance says of itself replaces it. Call it before routes are made. */
  showOn(app: Pick<FastifyInstance, 'addHook'>): void {
    const show: onRequestHookHandler = (_, reply, done) => {
      const { mode } = this
      // on the raw answer, which is there also where an answer is streamed or carried
      if (mode !== null) reply.raw.setHeader('trading-mode', mode)
      done()
    }
    app.addHook('onRoute', (route) => {
      if (orderRoutes.has(route.url)) route.onRequest = [show, ...[route.onRequest ?? []].flat()]
    })
  }
}
