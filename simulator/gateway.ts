import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { commissionRow, executionRow, openOrderRow, orderStatusRow } from './answers/order-rows.ts'
import { Connection, type Host, LOWEST_VERSION } from './connection.ts'
import { type Event, Faults } from './faults.ts'
import { Tally } from './tally.ts'
import type { DeskListener } from './trading/desk.ts'
import type { Order } from './trading/order.ts'
import type { Layout } from './wire/column.ts'
import { messages } from './wire/messages.ts'
import { type Cancel, type Clock, systemClock } from './world/clock.ts'
import { World } from './world.ts'

/** The highest version that is spoken: the last one with text messages only is 200 (facts §0). */
export const HIGHEST_VERSION = 193
/** Clients at once (facts §3.1). */
const MAX_CLIENTS = 32
/** Sockets at once, those that have not said who they are included. */
const MAX_SOCKETS = 128
/** After a restart the port may still be held for a moment, ms. */
const RELISTEN_MS = 50

export interface GatewayOptions {
  readonly host: string
  /** 0 takes any free port */
  readonly port: number
  /** 178 … 193; a client that knows less gets less */
  readonly serverVersion: number
  readonly seed: number
  readonly accounts: readonly string[]
  readonly startingCash: number
  /** the client that is told of everybody's orders */
  readonly masterClientId: number | undefined
  /** whose executions an unfiltered reqExecutions tells */
  readonly executions: 'all' | 'own'
  readonly beatMs: number
  readonly fillDelayMs: number
  readonly helloTimeoutMs: number
  readonly homeZone: string
  /** the login is one of an adviser, who has groups of accounts */
  readonly isAdviser: boolean
  readonly clock: Clock
  readonly report: (message: string) => void
}

/** What holds where nothing else is said. */
export const defaults: GatewayOptions = {
  host: '127.0.0.1',
  port: 4002,
  serverVersion: HIGHEST_VERSION,
  seed: 20_260_701,
  accounts: ['DU1000001', 'DU1000002'],
  startingCash: 1_000_000,
  masterClientId: undefined,
  executions: 'all',
  beatMs: 250,
  fillDelayMs: 2,
  helloTimeoutMs: 15_000,
  homeZone: 'US/Eastern',
  isAdviser: false,
  clock: systemClock,
  report: () => undefined,
}

/** A simulated IB Gateway: one world, and the clients that are connected to it. */
export class Gateway {
  readonly options: GatewayOptions
  readonly world: World
  readonly faults: Faults
  readonly tally = new Tally()
  readonly #host: Host
  readonly #connections = new Set<Connection>()
  readonly #byClientId = new Map<number, Connection>()
  #server: Server | undefined
  #port: number
  #stopRestart: Cancel | undefined
  #closed = false

  /** @throws RangeError for a version that is not spoken here */
  constructor(options: Partial<GatewayOptions> = {}) {
    this.options = { ...defaults, ...options }
    const { serverVersion, helloTimeoutMs, masterClientId, executions, report } = this.options
    if (serverVersion < LOWEST_VERSION || serverVersion > HIGHEST_VERSION) {
      throw new RangeError(`server version ${serverVersion} is not spoken here`)
    }
    this.#port = this.options.port
    this.world = new World(this.options, this.#deskListener())
    this.faults = new Faults((event) => this.#happen(event))
    this.#host = {
      world: this.world,
      faults: this.faults,
      tally: this.tally,
      serverVersion,
      helloTimeoutMs,
      seesAllExecutions: (clientId) => executions === 'all' || clientId === masterClientId,
      admit: (connection) => this.#admit(connection),
      left: (connection) => this.#forget(connection),
      report,
    }
  }

  /** The port it listens on. */
  get port(): number {
    return this.#port
  }

  get connections(): Connection[] {
    return [...this.#connections]
  }

  /** Resolves when clients can connect; rejects when the port is taken. */
  async listen(): Promise<void> {
    const server = createServer({ noDelay: true }, (socket) => this.#welcome(socket))
    server.maxConnections = MAX_SOCKETS
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host: this.options.host, port: this.#port }, () => {
        server.off('error', reject)
        resolve()
      })
    })
    server.on('error', (error) => this.options.report(String(error)))
    this.#server = server
    this.#port = (server.address() as AddressInfo).port
  }

  /** Ends all connections and stops listening, at once. */
  async close(): Promise<void> {
    this.#closed = true
    this.#stopRestart?.()
    await this.#shut()
    this.world.desk.stop()
  }

  /** Ends all connections, listens again after that time; the world is kept. */
  restart(downMs: number): void {
    const { clock, report } = this.options
    const again = async () => {
      if (this.#closed) return
      try {
        await this.listen()
        // closed while it was opening
        if (this.#closed) await this.#shut()
      } catch (error) {
        report(`listening again: ${String(error)}`)
        this.#stopRestart = clock.after(RELISTEN_MS, () => void again())
      }
    }
    void this.#shut()
    this.#stopRestart?.()
    this.#stopRestart = clock.after(downMs, () => void again())
  }

  async #shut(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    const closed = new Promise<void>((resolve) => {
      if (server === undefined) resolve()
      else server.close(() => resolve())
    })
    for (const connection of this.#connections) connection.end()
    await closed
  }

  #welcome(socket: Socket): void {
    if (this.faults.refuses()) {
      socket.on('error', () => undefined)
      socket.destroy()
      return
    }
    this.#connections.add(new Connection(socket, this.#host))
  }

  #admit(connection: Connection): 'admitted' | 'in use' | 'full' {
    if (this.#byClientId.has(connection.clientId)) return 'in use'
    if (this.#byClientId.size >= MAX_CLIENTS) return 'full'
    this.#byClientId.set(connection.clientId, connection)
    return 'admitted'
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection)
    if (this.#byClientId.get(connection.clientId) === connection) {
      this.#byClientId.delete(connection.clientId)
    }
  }

  #happen(event: Event): void {
    if (event.kind === 'restart') {
      this.restart(event.delayMs)
      return
    }
    for (const connection of this.#byClientId.values()) {
      if (event.clientId !== undefined && event.clientId !== connection.clientId) continue
      if (event.code === 1101) connection.loseStreams()
      connection.error(-1, event.code, event.text)
    }
  }

  /** Its owner and the master client hear of an order, nobody else (facts §3.2). */
  #tell<Row extends object>(order: Order, message: Layout<Row>, row: Row): void {
    const { masterClientId } = this.options
    const about = { orderId: order.orderId, pushed: true }
    this.#byClientId.get(order.clientId)?.send(message, row, about)
    if (masterClientId === undefined || masterClientId === order.clientId) return
    const master = this.#byClientId.get(masterClientId)
    if (master === undefined) return
    this.world.desk.noteShown(masterClientId, order.orderId)
    master.send(message, row, about)
  }

  #deskListener(): Omit<DeskListener, 'positionChanged'> {
    const { homeZone } = this.options
    return {
      openOrder: (order, preview) =>
        this.#tell(order, messages.openOrder, openOrderRow(order, preview)),
      orderStatus: (order) => this.#tell(order, messages.orderStatus, orderStatusRow(order)),
      executed: (execution) =>
        this.#tell(execution.order, messages.execDetails, executionRow(execution, -1, homeZone)),
      charged: ({ order }, commission) =>
        this.#tell(order, messages.commissionReport, commissionRow(commission)),
      refused: (clientId, orderId, { code, text }) =>
        this.#byClientId.get(clientId)?.error(orderId, code, text, { orderId, pushed: true }),
    }
  }
}
