import { Client, Pool as ConnectionPool, type Dispatcher } from 'undici'
import { MAX_TIMEOUT_SECONDS } from '../shared/deadline.ts'
import type { Pool } from './pool.ts'
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

/** All instances and how to reach them. */
export interface Instances {
  readonly pool: Pool
  readonly upstreams: Upstreams
}

/** The connections of one client that are not a slot's, to the origin it has. */
interface Beside {
  readonly origin: string
  readonly quick: ConnectionPool
  readonly patient: ConnectionPool
  readonly ofEvents: Client
}

/**
 * The connections to the instances: one of its own for each slot, carrying one call at a time, and beside them a
 * small pool per instance for calls that take no slot, and a larger one for those among them that wait for a fill.
 * Each is made when it is first wanted.
 */
export class Upstreams {
  readonly #pool: Pool
  readonly #bySlot = new Map<Slot, Client>()
  readonly #besides = new Map<number, Beside>()

  constructor(pool: Pool) {
    this.#pool = pool
  }

  /** The connection on which an instance's events are followed; undefined for a client id outside the pool. */
  ofEvents(clientId: number): Dispatcher | undefined {
    return this.#besideOf(clientId)?.ofEvents
  }

  /** The connection a leased call travels on. */
  ofSlot(slot: Slot): Dispatcher {
    let client = this.#bySlot.get(slot)
    if (client === undefined) {
      client = new Client(slot.origin, { ...connection, pipelining: NEXT_AT_ONCE })
      this.#bySlot.set(slot, client)
    }
    return client
  }

  /** The connections of calls that take no slot; undefined for a client id outside the pool. */
  beside(clientId: number): ConnectionPool | undefined {
    return this.#besideOf(clientId)?.quick
  }

  /** The connections of calls that wait for a fill; undefined for a client id outside the pool. */
  patient(clientId: number): ConnectionPool | undefined {
    return this.#besideOf(clientId)?.patient
  }

  #besideOf(clientId: number): Beside | undefined {
    const origin = this.#pool.members[clientId]?.origin
    const known = this.#besides.get(clientId)
    if (origin === undefined || known?.origin === origin) return known
    const poolOf = (connections: number) =>
      new ConnectionPool(origin, { ...connection, pipelining: 1, connections })
    const made = {
      origin,
      quick: poolOf(SIDE_CONNECTIONS),
      patient: poolOf(PATIENT_CONNECTIONS),
      ofEvents: new Client(origin, connection),
    }
    this.#besides.set(clientId, made)
    return made
  }

  /** Ends the connections to where nobody of the pool is any more; what still travels on them arrives. */
  prune(): void {
    const slots = new Set(this.#pool.members.flatMap((member) => member.slots))
    for (const [slot, client] of this.#bySlot) {
      if (slots.has(slot)) continue
      this.#bySlot.delete(slot)
      void client.close()
    }
    for (const [clientId, { origin, quick, patient, ofEvents }] of this.#besides) {
      if (this.#pool.members[clientId]?.origin === origin) continue
      this.#besides.delete(clientId)
      void quick.close()
      void patient.close()
      // a long question would keep it for long
      void ofEvents.destroy()
    }
  }

  async close(): Promise<void> {
    const all: Dispatcher[] = [...this.#bySlot.values()]
    for (const { quick, patient, ofEvents } of this.#besides.values())
      all.push(quick, patient, ofEvents)
    await Promise.all(all.map((dispatcher) => dispatcher.destroy()))
  }
}
