import type { FarmName } from './farms.ts'
import { asked } from './faults/asked.ts'
import {
  type Effect,
  type Event,
  type Fault,
  FaultError,
  type FaultRequest,
  type Passing,
} from './faults/fault.ts'
import { OrderFaults } from './faults/order-faults.ts'
import { type Rule, rules, strikes } from './faults/rules.ts'
import { mix, unit } from './world/chance.ts'
import type { Cancel, Clock } from './world/clock.ts'

/** The faults that can be asked for, each with what it does. */
export const knownFaults: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(rules).map(([name, { tells }]) => [name, tells]),
)

/** Messages that wait for the end of one fault; more are lost. */
const MAX_KEPT = 10_000

export interface FaultsOptions {
  /** makes happen what concerns the whole gateway; throws a FaultError when it cannot */
  readonly happen: (event: Event) => void
  /** the machine's time: delays follow it */
  readonly clock: Clock
  /** decides what is drawn */
  readonly seed: number
}

/** A fault that is set, with what belongs to it until it ends. */
interface Standing {
  readonly fault: Fault
  readonly rule: Rule
  readonly kept: (() => void)[]
  draws: number
  stop: Cancel | undefined
}

/** The faults that are set, asked by every message that passes. */
export class Faults {
  readonly #options: FaultsOptions
  readonly #standing = new Map<number, Standing>()
  readonly #orders = new OrderFaults()
  readonly #delayed = new Set<Cancel>()
  #lastId = 0

  constructor(options: FaultsOptions) {
    this.#options = options
  }

  get active(): Fault[] {
    return [...this.#standing.values()].map(({ fault }) => fault)
  }

  /** Nothing is set: no message need be looked at. */
  get isIdle(): boolean {
    return this.#standing.size === 0 && this.#orders.isIdle
  }

  /**
   * Sets a fault; one that strikes the whole gateway strikes now.
   * @throws FaultError for what cannot be set
   */
  add(request: FaultRequest): Fault {
    const fault = asked(request, this.#lastId + 1)
    const rule = rules[fault.fault] as Rule
    const standing: Standing = { fault, rule, kept: [], draws: 0, stop: undefined }
    this.#lastId = fault.id
    if (rule.event === undefined) this.#standing.set(fault.id, standing)
    else if (rule.ends === undefined) this.#strikeAtOnce(standing, rule.event)
    else this.#begin(standing, rule.event)
    return fault
  }

  /** Takes back one fault, or all; false when there was no such one. */
  remove(id?: number): boolean {
    if (id !== undefined) return this.#end(id)
    for (const cancel of this.#delayed) cancel()
    this.#delayed.clear()
    for (const standing of [...this.#standing.keys()]) this.#end(standing)
    this.#orders.clear()
    this.#options.happen({ kind: 'free ids' })
    return true
  }

  /** Takes back all, and begins anew: the same faults will draw the same again. */
  reset(): void {
    this.remove()
    this.#lastId = 0
  }

  /** Whether a new connection is refused. */
  refuses(): boolean {
    for (const standing of this.#standing.values()) {
      if (standing.fault.fault === 'refuse' && this.#strike(standing)) return true
    }
    return false
  }

  /** Whether that farm is down. */
  hasDown(farm: FarmName): boolean {
    return this.active.some(
      (fault) => fault.fault === 'farm-down' && (fault.farm ?? 'usfarm') === farm,
    )
  }

  /** What happens to a message that passes; undefined when nothing does. */
  effectOn(passing: Passing): Effect | undefined {
    if (this.isIdle) return undefined
    const ofOrder = this.#effectOnOrder(passing)
    if (ofOrder !== undefined) return ofOrder
    for (const standing of this.#standing.values()) {
      const { fault, rule } = standing
      if (rule.effect === undefined || !matches(fault, passing)) continue
      if (!strikes(rule, fault, passing) || !this.#strike(standing)) continue
      return rule.effect(fault, passing, (letGo) => {
        if (standing.kept.length < MAX_KEPT) standing.kept.push(letGo)
      })
    }
    return undefined
  }

  #effectOnOrder(passing: Passing): Effect | undefined {
    const { clientId, name, direction, orderId, pushed } = passing
    if (orderId === undefined) return undefined
    const key = `${clientId}.${orderId}`
    if (direction === 'out') {
      return pushed === true ? this.#orders.effectOn(key, passing) : undefined
    }
    if (name !== 'placeOrder' || this.#orders.has(key)) return undefined
    for (const standing of this.#standing.values()) {
      const { fault, rule } = standing
      if (rule.order === undefined || !matches(fault, passing) || !this.#strike(standing)) continue
      this.#orders.add(key, rule.order)
      break
    }
    return undefined
  }

  #strikeAtOnce(standing: Standing, event: (fault: Fault) => Event): void {
    const { fault } = standing
    const what = event(fault)
    const times = fault.left ?? 1
    fault.left = 0
    const strike = () => {
      for (let time = 0; time < times; time += 1) {
        if (!this.#isDrawn(standing)) continue
        fault.struck += 1
        this.#options.happen(what)
      }
    }
    // how long a restart takes is its own matter
    if (what.kind !== 'notice' || fault.delayMs === 0) strike()
    else this.#later(fault.delayMs, strike)
  }

  /** Begins what lasts until it is taken back, or until its time is over. */
  #begin(standing: Standing, event: (fault: Fault) => Event): void {
    const { fault } = standing
    const what = event(fault)
    const same = JSON.stringify(what)
    for (const other of this.#standing.values()) {
      if (
        other.rule.ends !== undefined &&
        JSON.stringify(other.rule.event?.(other.fault)) === same
      ) {
        throw new FaultError(`fault ${other.fault.id} does that already`)
      }
    }
    if (!this.#isDrawn(standing)) {
      fault.left = 0
      return
    }
    this.#options.happen(what)
    this.#standing.set(fault.id, standing)
    if (fault.delayMs > 0) {
      standing.stop = this.#later(fault.delayMs, () => this.#end(fault.id))
    }
  }

  #end(id: number): boolean {
    const standing = this.#standing.get(id)
    if (standing === undefined) return false
    const { fault, rule, kept, stop } = standing
    this.#standing.delete(id)
    stop?.()
    if (rule.ends !== undefined) this.#options.happen(rule.ends(fault))
    for (const letGo of kept) letGo()
    return true
  }

  #later(delayMs: number, run: () => void): Cancel {
    const cancel = this.#options.clock.after(delayMs, () => {
      this.#delayed.delete(cancel)
      run()
    })
    this.#delayed.add(cancel)
    return cancel
  }

  /** Counts a strike; false when the draw says that it misses this time. */
  #strike(standing: Standing): boolean {
    const { fault, rule } = standing
    // what lasts was drawn when it began
    if (rule.ends === undefined && !this.#isDrawn(standing)) return false
    fault.struck += 1
    if (fault.left === null) return true
    fault.left -= 1
    if (fault.left <= 0) this.#standing.delete(fault.id)
    return true
  }

  #isDrawn(standing: Standing): boolean {
    const { probability, id } = standing.fault
    if (probability >= 1) return true
    standing.draws += 1
    return unit(mix(mix(this.#options.seed, id), standing.draws)) < probability
  }
}

function matches({ match }: Fault, { clientId, orderId }: Passing): boolean {
  return (
    (match.clientId === undefined || match.clientId === clientId) &&
    (match.orderId === undefined || match.orderId === orderId)
  )
}
