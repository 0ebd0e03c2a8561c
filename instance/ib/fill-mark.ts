import { randomBytes } from 'node:crypto'
import type { GatewayEvent, GatewayEvents } from './events.ts'

/** Orders whose filled quantity is remembered, so that its repetition is no news. */
const REMEMBERED = 20_000

/**
 * Changes whenever this instance has learnt of a fill, of whomever: a word of it may be in the next answer, and who has
 * read that must find the position at every other instance, though its push may be slower.
 */
export class FillMark {
  readonly #run = randomBytes(4).toString('hex')
  readonly #known = new Map<string, number>()
  #count = 0

  /** This run, and how often it has learnt of a fill. */
  get text(): string {
    return `${this.#run}-${this.#count}`
  }

  arrived(event: GatewayEvent, args: readonly unknown[]): void {
    if (event === 'execDetails') {
      const [, , { execId, shares = 0 }] = args as GatewayEvents['execDetails']
      this.#learn(`fill ${execId}`, shares)
    } else if (event === 'orderStatus') {
      const [, , filled = 0, , , permId] = args as GatewayEvents['orderStatus']
      this.#learn(`order ${permId}`, filled)
    } else if (event === 'openOrder') {
      const [, , { permId }, { status }] = args as GatewayEvents['openOrder']
      if (status === 'Filled') this.#learn(`whole ${permId}`, 1)
    } else if (event === 'completedOrder') {
      const [, { permId, filledQuantity = 0 }] = args as GatewayEvents['completedOrder']
      this.#learn(`completed ${permId}`, Number(filledQuantity))
    }
  }

  #learn(what: string, size: number): void {
    if (size === 0 || this.#known.get(what) === size) return
    if (this.#known.size >= REMEMBERED) this.#known.clear()
    this.#known.set(what, size)
    this.#count += 1
  }
}
