import { Client, type Dispatcher, Pool as QuestionPool } from 'undici'
import { TOKEN_HEADER } from '../shared/api/operation.ts'
import { MAX_TIMEOUT_SECONDS } from '../shared/deadline.ts'
import type { Pool } from './pool.ts'
import type { Slot } from './slot.ts'
import { Connections } from './wire/connections.ts'
import { Outbox } from './wire/outbox.ts'
import { linesOf } from './wire/request.ts'

/** A connection for a question of the proxy's own that is not made by then counts as refused, ms. */
const CONNECT_TIMEOUT_MS = 2000
/** Calls beside the slots at one instance at once; more wait for one of them to end. As many for questions of the proxy's own. */
const SIDE_CONNECTIONS = 32
/** Calls at one instance at once that wait for a fill, apart from those above: no cancel ever waits behind them. */
const PATIENT_CONNECTIONS = 256
/** Readers of feeds at one instance at once, polls and streams together. */
const FEED_CONNECTIONS = 4096
/** An instance gives up by itself at the deadline; one that is silent this long beyond the longest is given up, ms. */
const SILENCE_MS = (MAX_TIMEOUT_SECONDS + 15) * 1000

const settings = {
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
  readonly quick: Connections
  readonly patient: Connections
  readonly questions: Dispatcher
  readonly ofEvents: Dispatcher
  readonly feeds: Dispatcher
}

/** Puts these fields at the head of whatever is asked. */
function bearing(fields: readonly string[]): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch({ ...options, headers: [...fields, ...flat(options.headers)] }, handler)
}

/** Header fields in a row, however they were given. */
function flat(headers: Dispatcher.DispatchOptions['headers']): string[] {
  if (headers == null) return []
  if (Array.isArray(headers)) return headers
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().flatMap((each) => [name, each]),
  )
}

/**
 * The connections to the instances. Calls of callers travel on our own (`wire/`): one for each slot, carrying one call
 * at a time, beside them a few per instance for calls that take no slot, and more for those among them that wait for
 * a fill. What the proxy asks by itself travels on undici's. Each is made when it is first wanted.
 */
export class Upstreams {
  readonly #pool: Pool
  /** what leaves for instances together, whoever asks */
  readonly outbox = new Outbox(() => this.#pool.line.length > 0)
  readonly #bySlot = new Map<Slot, Connections>()
  readonly #besides = new Map<number, Beside>()
  /** what every call to an instance bears, so that it knows its proxy: name, value */
  readonly credentials: readonly string[]
  /** the same as header lines */
  readonly credentialLines: string

  /** `token`: what the instances know their proxies by; undefined: they ask for none */
  constructor(pool: Pool, token?: string) {
    this.#pool = pool
    this.credentials = token === undefined ? [] : [TOKEN_HEADER, token]
    this.credentialLines = linesOf(this.credentials)
  }

  /** The connection on which an instance's events are followed; undefined for a client id outside the pool. */
  ofEvents(clientId: number): Dispatcher | undefined {
    return this.#besideOf(clientId)?.ofEvents
  }

  /** The connection a leased call travels on. */
  ofSlot(slot: Slot): Connections {
    let only = this.#bySlot.get(slot)
    if (only === undefined) {
      only = new Connections(slot.origin, 1, SILENCE_MS, this.outbox)
      this.#bySlot.set(slot, only)
    }
    return only
  }

  /** The connections of calls that take no slot; undefined for a client id outside the pool. */
  beside(clientId: number): Connections | undefined {
    return this.#besideOf(clientId)?.quick
  }

  /** The connections of calls that wait for a fill; undefined for a client id outside the pool. */
  patient(clientId: number): Connections | undefined {
    return this.#besideOf(clientId)?.patient
  }

  /** Where the proxy asks by itself; undefined for a client id outside the pool. */
  questions(clientId: number): Dispatcher | undefined {
    return this.#besideOf(clientId)?.questions
  }

  /** Where feeds are read; undefined for a client id outside the pool. */
  feeds(clientId: number): Dispatcher | undefined {
    return this.#besideOf(clientId)?.feeds
  }

  #besideOf(clientId: number): Beside | undefined {
    const origin = this.#pool.members[clientId]?.origin
    const known = this.#besides.get(clientId)
    if (origin === undefined || known?.origin === origin) return known
    const bears = bearing(this.credentials)
    const made = {
      origin,
      quick: new Connections(origin, SIDE_CONNECTIONS, SILENCE_MS, this.outbox),
      patient: new Connections(origin, PATIENT_CONNECTIONS, SILENCE_MS, this.outbox),
      questions: new QuestionPool(origin, {
        ...settings,
        pipelining: 1,
        connections: SIDE_CONNECTIONS,
      }).compose(bears),
      ofEvents: new Client(origin, settings).compose(bears),
      feeds: new QuestionPool(origin, {
        ...settings,
        pipelining: 1,
        connections: FEED_CONNECTIONS,
      }).compose(bears),
    }
    this.#besides.set(clientId, made)
    return made
  }

  /** Ends the connections to where nobody of the pool is any more; what still travels on them arrives. */
  prune(): void {
    const slots = new Set(this.#pool.members.flatMap((member) => member.slots))
    for (const [slot, only] of this.#bySlot) {
      if (slots.has(slot)) continue
      this.#bySlot.delete(slot)
      only.close()
    }
    for (const [clientId, { origin, quick, patient, questions, ofEvents, feeds }] of this
      .#besides) {
      if (this.#pool.members[clientId]?.origin === origin) continue
      this.#besides.delete(clientId)
      quick.close()
      patient.close()
      void questions.close()
      // a long question would keep it for long
      void ofEvents.destroy()
      void feeds.destroy()
    }
  }

  async close(): Promise<void> {
    for (const only of this.#bySlot.values()) only.destroy()
    const asking: Dispatcher[] = []
    for (const { quick, patient, questions, ofEvents, feeds } of this.#besides.values()) {
      quick.destroy()
      patient.destroy()
      asking.push(questions, ofEvents, feeds)
    }
    await Promise.all(asking.map((dispatcher) => dispatcher.destroy()))
  }
}
