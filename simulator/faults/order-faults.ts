import type { Effect, Passing } from './fault.ts'

/** Messages held back for one order at most: an order that is told more has been told enough. */
const MAX_HELD = 1000

/** The orders that are struck as a whole, by their owner and id. */
export class OrderFaults {
  readonly #lost = new Set<string>()
  /** what waits for the first execution; undefined once that has come */
  readonly #waiting = new Map<string, (() => void)[] | undefined>()

  get isIdle(): boolean {
    return this.#lost.size === 0 && this.#waiting.size === 0
  }

  has(order: string): boolean {
    return this.#lost.has(order) || this.#waiting.has(order)
  }

  add(order: string, kind: 'lost' | 'filled first'): void {
    if (kind === 'lost') this.#lost.add(order)
    else this.#waiting.set(order, [])
  }

  /** What happens to a message about an order that is told unasked. */
  effectOn(order: string, { name }: Passing): Effect | undefined {
    if (this.#lost.has(order)) return { kind: 'silent' }
    const waiting = this.#waiting.get(order)
    if (waiting === undefined) return undefined
    if (name === 'execDetails') return { kind: 'followed', follow: () => this.#letGo(order) }
    if (name === 'openOrder' || name === 'orderStatus') {
      if (waiting.length >= MAX_HELD) return { kind: 'silent' }
      return { kind: 'hold', keep: (letGo) => waiting.push(letGo) }
    }
    // an error is the end of it: what was held comes before, or it would never come
    this.#letGo(order)
    return undefined
  }

  /** Lets go what waits and forgets all orders. */
  clear(): void {
    for (const order of [...this.#waiting.keys()]) this.#letGo(order)
    this.#waiting.clear()
    this.#lost.clear()
  }

  #letGo(order: string): void {
    const waiting = this.#waiting.get(order) ?? []
    this.#waiting.set(order, undefined)
    for (const letGo of waiting) letGo()
  }
}
