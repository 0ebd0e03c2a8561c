import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { markUsed } from '../../shared/connections.ts'
import { nextRequestId } from '../../shared/request-id.ts'
import type { Service } from '../../shared/service.ts'
import type { Asked } from '../asked.ts'
import { Call } from '../call.ts'
import type { CallContext, CallFacts } from '../call-facts.ts'
import type { Departure } from '../departure.ts'
import { TurnEnd } from '../turn-end.ts'
import type { Admission, Found } from './admission.ts'
import type { FastAnswer } from './fast-answer.ts'
import { type ConnectionOwner, FastConnection } from './fast-connection.ts'
import { FastRequest } from './fast-request.ts'
import type { Fields, PlainRead } from './plain-read.ts'
import { takesRead } from './reads.ts'

/** No program's read is longer. */
const MOST_BYTES = 8192
/** How often connections that rest too long are looked for, ms. */
const LOOK_MS = 500

export interface FastPathOptions {
  readonly admission: Admission
  readonly departure: Departure
  /** by path: calls that need not be routed */
  readonly calls: ReadonlyMap<string, CallFacts>
  readonly context: CallContext
  readonly maxHeaderBytes: number
}

/**
 * Carries the plain reads of callers (`plain-read.ts`) past Node's HTTP server, which costs more than all the rest of a call; past the
 * hooks and routes of the service too where these would do nothing (`admission.ts`). A connection on which anything else comes is
 * Node's from then on, with every byte that was not taken (docs/decisions/0014).
 */
export class FastPath implements ConnectionOwner {
  readonly keepAlive: string
  readonly outbox = new TurnEnd<FastConnection>((connection) => connection.flush())
  readonly mostBytes: number
  readonly #server: Server
  readonly #node: (socket: Socket) => void
  readonly #connections = new Set<FastConnection>()
  readonly #options: FastPathOptions
  #isClosing = false

  private constructor(server: Server, node: (socket: Socket) => void, options: FastPathOptions) {
    this.#server = server
    this.#node = node
    this.#options = options
    this.mostBytes = Math.min(MOST_BYTES, options.maxHeaderBytes)
    this.keepAlive = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(server.keepAliveTimeout / 1000)}\r\n`
  }

  /** Puts itself before Node's server of a service. */
  static before(app: Service, options: FastPathOptions): void {
    const { server } = app
    const [node] = server.listeners('connection') as ((socket: Socket) => void)[]
    if (node === undefined) throw new Error('there is no HTTP server behind the fast path')
    server.off('connection', node)
    const path = new FastPath(server, node.bind(server), options)
    server.prependListener('connection', (socket: Socket) => path.#take(socket))
    const look = setInterval(() => path.#look(), LOOK_MS).unref()
    app.addHook('preClose', (done) => {
      clearInterval(look)
      path.#close()
      done()
    })
  }

  /** As for every connection (wall.ts). */
  get slowReaderMs(): number {
    return this.#server.timeout
  }

  get isClosing(): boolean {
    return this.#isClosing
  }

  serve(read: PlainRead, answer: FastAnswer, connection: FastConnection): boolean {
    if (this.#carry(read, answer, connection)) return true
    const { url } = read
    if (!takesRead(url)) return false
    this.#server.emit('request', new FastRequest(read, connection.socket), answer)
    return true
  }

  #find(fields: Fields, connection: FastConnection): Found | undefined {
    if (connection.found?.fields !== fields) {
      const as = this.#options.admission.judge(fields.headers, connection.ip)
      connection.found = { fields, as }
    }
    return connection.found?.as
  }

  /** Begins a call that needs neither hooks nor routes. False: it does. */
  #carry(
    { url, path, fields }: PlainRead,
    answer: FastAnswer,
    connection: FastConnection,
  ): boolean {
    const { calls, admission, departure, context } = this.#options
    const facts = calls.get(path)
    if (facts === undefined || departure.hasBegun) return false
    const found = this.#find(fields, connection)
    if (found === undefined) return false
    const { ip, socket, isFresh } = connection
    const arrivedAt = performance.now()
    const headers = admission.admit(found, url, ip)
    if (headers === undefined) return false
    const { id = nextRequestId(), timeoutMs, linesOn } = found
    const asked: Asked = {
      id,
      method: 'GET',
      url,
      headers,
      body: undefined,
      arrivedAt,
      ip,
      linesOn,
    }
    if (isFresh) markUsed(socket)
    departure.began(answer)
    const own = facts.timeoutMs === timeoutMs ? facts : { ...facts, timeoutMs }
    new Call(context, own, asked, answer).start()
    return true
  }

  leave(connection: FastConnection, bytes: Buffer | undefined): void {
    const { socket } = connection
    connection.release()
    this.#connections.delete(connection)
    this.#node(socket)
    socket.resume()
    if (bytes !== undefined) socket.emit('data', bytes)
  }

  onEnded(answer: FastAnswer): void {
    this.#options.departure.ended(answer)
  }

  onClosed(connection: FastConnection): void {
    this.#connections.delete(connection)
  }

  #take(socket: Socket): void {
    this.#connections.add(new FastConnection(socket, this))
  }

  #look(): void {
    const now = performance.now()
    const { keepAliveTimeout, keepAliveTimeoutBuffer = 0 } = this.#server
    for (const connection of this.#connections) {
      const restedMs = connection.restedMs(now)
      // Node's server knows how long one may be silent who has not called yet
      if (connection.isFresh && restedMs > LOOK_MS) this.leave(connection, undefined)
      else if (restedMs > keepAliveTimeout + keepAliveTimeoutBuffer) connection.socket.destroy()
    }
  }

  #close(): void {
    this.#isClosing = true
    // what was written last may still be on its way out
    for (const connection of this.#connections)
      if (connection.isResting) connection.socket.destroySoon()
  }
}
