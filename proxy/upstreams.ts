import { Client, Pool as ConnectionPool, type Dispatcher } from 'undici'
import { MAX_TIMEOUT_SECONDS } from '../shared/deadline.ts'
import type { Slot } from './slot.ts'

/** A connection not made by then counts as refused, ms. */
const CONNECT_TIMEOUT_MS = 2000
/**
 * The lease sees to it that a connection carries one call at a time. With undici's pipelining at 1 the next call
 * would still wait a turn of the event loop after the one before has ended; at 2 it is written in the same turn
 * (utilisation at 5 ms: 0.86 → 0.95). Two are never under way: the first has been answered whole by then.
 */
const NEXT_AT_ONCE = 2
/** Owned and gathered calls carried to one instance at once; more wait inside the connection pool. */
const SIDE_CONNECTIONS = 32
/** Calls at one instance at once that wait for a fill, apart from those above: no cancel ever waits behind them. */
const PATIENT_CONNECTIONS = 256
/** An instance gives up by itself at the deadline; one that is silent this long beyond the longest is given up, ms. */
const SILENCE_MS = (MAX_TIMEOUT_SECONDS + 15) * 1000

const connection = {
  connect: { timeout: CONNECT_TIMEOUT_MS },
  headersTimeout: SILENCE_MS,
  bodyTimeout: SILENCE_MS,
}

/**
 * The connections to the instances: one of its own for each slot, carrying one call at a time, and beside them a
 * small pool per instance for calls that take no slot, and a larger one for those among them that wait for a fill.
 */
export class Upstreams {
  readonly #bySlot = new Map<Slot, Client>()
  readonly #beside: readonly ConnectionPool[]
  readonly #patient: readonly ConnectionPool[]
  readonly #ofEvents: readonly Client[]

  constructor(slots: readonly Slot[], origins: readonly string[]) {
    for (const slot of slots)
      this.#bySlot.set(slot, new Client(slot.origin, { ...connection, pipelining: NEXT_AT_ONCE }))
    const poolOf = (connections: number) => (origin: string) =>
      new ConnectionPool(origin, { ...connection, pipelining: 1, connections })
    this.#beside = origins.map(poolOf(SIDE_CONNECTIONS))
    this.#patient = origins.map(poolOf(PATIENT_CONNECTIONS))
    this.#ofEvents = origins.map((origin) => new Client(origin, connection))
  }

  /** The connection on which an instance's events are followed; undefined for a client id outside the pool. */
  ofEvents(clientId: number): Dispatcher | undefined {
    return this.#ofEvents[clientId]
  }

  /** The connection a leased call travels on. */
  ofSlot(slot: Slot): Dispatcher {
    const client = this.#bySlot.get(slot)
    if (client === undefined) throw new Error(`slot ${slot.clientId} has no connection`)
    return client
  }

  /** The connections of calls that take no slot; undefined for a client id outside the pool. */
  beside(clientId: number): ConnectionPool | undefined {
    return this.#beside[clientId]
  }

  /** The connections of calls that wait for a fill; undefined for a client id outside the pool. */
  patient(clientId: number): ConnectionPool | undefined {
    return this.#patient[clientId]
  }

  async close(): Promise<void> {
    const all: Dispatcher[] = [
      ...this.#bySlot.values(),
      ...this.#beside,
      ...this.#patient,
      ...this.#ofEvents,
    ]
    await Promise.all(all.map((dispatcher) => dispatcher.destroy()))
  }
}
