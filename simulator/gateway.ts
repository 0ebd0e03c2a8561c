import type { Socket } from 'node:net'
import { commissionRow, executionRow, openOrderRow, orderStatusRow } from './answers/order-rows.ts'
import { Connection, type Host, LOWEST_VERSION } from './connection.ts'
import { farms } from './farms.ts'
import { type Event, FaultError, type Which } from './faults/fault.ts'
import { Faults } from './faults.ts'
import { limitsOf, type SomeLimits } from './limits/settings.ts'
import { Usage } from './limits/usage.ts'
import { Listener } from './listener.ts'
import { Roll } from './roll.ts'
import { Tally } from './tally.ts'
import type { DeskListener } from './trading/listener.ts'
import type { Order } from './trading/order.ts'
import type { Layout } from './wire/column.ts'
import { messages } from './wire/messages.ts'
import { type Clock, systemClock } from './world/clock.ts'
import type { Instrument } from './world/instrument.ts'
import type { TradingHours } from './world/sessions.ts'
import { ClockError, WorldClock } from './world/world-clock.ts'
import { type MarketData, World } from './world.ts'

/** The highest version that is spoken: the last one with text messages only is 200 (facts §0). */
export const HIGHEST_VERSION = 193
/** In a step of the clock clients are waited for while more than this is on its way to one of them, bytes … */
const STEP_WAITING_BYTES = 1024 * 1024
/** … for so long in one step at most, ms: a client that does not read holds up nobody for ever. */
const STEP_WAIT_MS = 20_000
/** How often that is looked at, ms. */
const STEP_LOOK_MS = 2
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
  /** whether the market trades at all hours, or in the sessions of its exchanges */
  readonly hours: TradingHours
  /** whether quotes are live, or delayed for those who ask for delayed ones */
  readonly marketData: MarketData
  /** nobody may trade through the API */
  readonly readOnly: boolean
  /** whether a client is shown its open orders when it logs in */
  readonly downloadOpenOrders: boolean
  /** IB's own where nothing is told */
  readonly limits: SomeLimits
  readonly beatMs: number
  readonly fillDelayMs: number
  readonly helloTimeoutMs: number
  readonly homeZone: string
  /** the login is one of an adviser, who has groups of accounts */
  readonly isAdviser: boolean
  /** the machine's time: connections and faults live by it, and the world's time is made of it */
  readonly clock: Clock
  /** when the world begins, ms since 1970; now unless told */
  readonly clockStart: number | undefined
  /** ms of world time in one of the machine's */
  readonly clockSpeed: number
  /** world time stands until somebody steps it */
  readonly isStepped: boolean
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
  hours: 'always',
  marketData: 'live',
  readOnly: false,
  downloadOpenOrders: false,
  limits: {},
  beatMs: 250,
  fillDelayMs: 2,
  helloTimeoutMs: 15_000,
  homeZone: 'US/Eastern',
  isAdviser: false,
  clock: systemClock,
  clockStart: undefined,
  clockSpeed: 1,
  isStepped: false,
  report: () => undefined,
}

/** A simulated IB Gateway: one world, and the clients that are connected to it. */
export class Gateway {
  readonly options: GatewayOptions
  readonly faults: Faults
  readonly tally = new Tally()
  readonly #host: Host & { world: World }
  readonly #connections = new Set<Connection>()
  readonly #roll: Roll<Connection>
  readonly #listener: Listener
  #worldClock: WorldClock

  /** @throws RangeError for a version that is not spoken here */
  constructor(options: Partial<GatewayOptions> = {}) {
    this.options = { ...defaults, ...options }
    const { serverVersion, helloTimeoutMs, masterClientId, executions, report } = this.options
    const { readOnly, downloadOpenOrders } = this.options
    if (serverVersion < LOWEST_VERSION || serverVersion > HIGHEST_VERSION) {
      throw new RangeError(`server version ${serverVersion} is not spoken here`)
    }
    const { clock: machine } = this.options
    this.#worldClock = this.#newClock()
    const world = this.#newWorld()
    this.#roll = new Roll(machine, world.usage.limits.clients)
    this.#listener = new Listener({
      ...this.options,
      welcome: (socket) => this.#welcome(socket),
    })
    this.faults = new Faults({
      clock: machine,
      seed: this.options.seed,
      happen: (event) => this.#happen(event),
    })
    this.#host = {
      world,
      machine,
      faults: this.faults,
      tally: this.tally,
      serverVersion,
      helloTimeoutMs,
      readOnly,
      downloadOpenOrders,
      seesAllExecutions: (clientId) => executions === 'all' || clientId === masterClientId,
      admit: (connection) => this.#roll.admit(connection),
      left: (connection) => this.#forget(connection),
      report,
    }
  }

  get world(): World {
    return this.#host.world
  }

  /** The time of the world. */
  get worldClock(): WorldClock {
    return this.#worldClock
  }

  /** The port it listens on. */
  get port(): number {
    return this.#listener.port
  }

  get connections(): Connection[] {
    return [...this.#connections]
  }

  /** Resolves when clients can connect; rejects when the port is taken. */
  listen(): Promise<void> {
    return this.#listener.open()
  }

  /** Ends all connections and stops listening, at once. */
  async close(): Promise<void> {
    const closed = this.#listener.close()
    this.#endConnections()
    await closed
    this.faults.reset()
    this.#endWorld()
  }

  /**
   * Ends all connections, faults and the world, and begins a fresh one from the same settings.
   * @throws ClockError while a step is being made
   */
  reset(): void {
    if (this.worldClock.step !== undefined) throw new ClockError('a step is being made')
    this.#endConnections()
    this.faults.reset()
    this.tally.clear()
    this.#endWorld()
    this.#worldClock = this.#newClock()
    this.#host.world = this.#newWorld()
  }

  #newClock(): WorldClock {
    const { clock: machine, clockStart: start, clockSpeed: speed, isStepped } = this.options
    return new WorldClock({ machine, start, speed, isStopped: isStepped })
  }

  #newWorld(): World {
    const limits = limitsOf(this.options.limits)
    const usage = new Usage(limits, this.options.clock)
    const maxOpenOrders = limits.openOrdersPerContract
    const options = { ...this.options, clock: this.#worldClock, usage, maxOpenOrders }
    return new World(options, this.#deskListener())
  }

  #endWorld(): void {
    this.world.desk.stop()
    this.#worldClock.close()
  }

  /**
   * Takes the world to that moment, through all that happens on the way; clients are given time to read it.
   * @throws ClockError as the clock does
   */
  async stepTo(moment: number): Promise<void> {
    let waited = 0
    await this.worldClock.stepTo(moment, async () => {
      await new Promise<void>((resolve) => setImmediate(resolve))
      const isBehind = ({ waitingBytes }: Connection) => waitingBytes > STEP_WAITING_BYTES
      for (; waited < STEP_WAIT_MS && this.connections.some(isBehind); waited += STEP_LOOK_MS) {
        await new Promise<void>((resolve) => this.options.clock.after(STEP_LOOK_MS, resolve))
      }
    })
  }

  /** The instrument of that number, or of that symbol: not an option of it. */
  instrument({ symbol, conId }: Which): Instrument | undefined {
    const { catalogue } = this.world
    if (conId !== undefined) return catalogue.byConId(conId)
    if (symbol === undefined) return undefined
    return catalogue.find({ symbol }).find(({ secType }) => secType !== 'OPT')
  }

  /** Tells all clients, or one, a notice; how many were told. */
  notify(code: number, text: string, clientId?: number): number {
    const meant = this.#roll.all.filter(
      (connection) => clientId === undefined || clientId === connection.clientId,
    )
    for (const connection of meant) {
      if (code === 1101) connection.loseStreams()
      connection.error(-1, code, text)
    }
    return meant.length
  }

  /** Ends the connection of a client; false when there is none. Its id stays in use for that time. */
  drop(clientId: number, lingerMs = 0, how: 'at once' | 'reset' = 'at once'): boolean {
    const connection = this.#roll.get(clientId)
    if (connection === undefined) return false
    connection.end(how)
    this.#roll.linger([clientId], lingerMs)
    return true
  }

  /**
   * Ends all connections after notice 1100, listens again after that time; the world is kept. The client ids stay in use
   * for a while longer (facts §3.3).
   */
  restart(downMs: number, lingerMs = 0): void {
    const ids = this.#roll.taken
    this.#roll.free()
    this.notify(1100, 'Connectivity between IBKR and Trader Workstation has been lost.')
    this.#listener.shutFor(downMs, () => this.#roll.linger(ids, lingerMs))
    this.#endConnections()
  }

  #endConnections(): void {
    for (const connection of this.#connections) connection.end()
  }

  #welcome(socket: Socket): void {
    if (this.faults.refuses()) {
      socket.on('error', () => undefined)
      socket.destroy()
      return
    }
    this.#connections.add(new Connection(socket, this.#host))
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection)
    this.#roll.forget(connection)
  }

  #happen(event: Event): void {
    switch (event.kind) {
      case 'notice':
        this.notify(event.code, event.text, event.clientId)
        break
      case 'restart':
        this.restart(event.delayMs, event.lingerMs)
        break
      case 'drop':
        this.drop(event.clientId, event.lingerMs)
        break
      case 'farm': {
        const [code, text] = farms[event.farm][event.isDown ? 'isDown' : 'isUp']
        if (event.farm === 'usfarm') this.world.stillQuotes(event.isDown)
        this.notify(code, text)
        break
      }
      case 'halt': {
        const instrument = this.instrument(event.which)
        if (instrument === undefined) throw new FaultError('no instrument has this symbol or conId')
        this.world.halt(instrument, event.isHalted)
        break
      }
      case 'free ids':
        this.#roll.free()
        break
    }
  }

  /** Its owner and the master client hear of an order, nobody else (facts §3.2). */
  #tell<Row extends object>(order: Order, message: Layout<Row>, row: Row): void {
    const { masterClientId } = this.options
    const about = { orderId: order.orderId, pushed: true }
    this.#roll.get(order.clientId)?.send(message, row, about)
    if (masterClientId === undefined || masterClientId === order.clientId) return
    const master = this.#roll.get(masterClientId)
    if (master === undefined) return
    this.world.desk.noteShown(masterClientId, order.orderId)
    // not as its own: a fault of an order strikes what its owner is told
    master.send(message, row, { orderId: order.orderId })
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
      bound: (order) => {
        const { permId, clientId, orderId } = order
        this.#tell(order, messages.orderBound, { permId, clientId, orderId })
      },
      refused: (clientId, orderId, { code, text }) =>
        this.#roll.get(clientId)?.error(orderId, code, text, { orderId, pushed: true }),
    }
  }
}
