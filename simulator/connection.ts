import type { Socket } from 'node:net'
import type { About, Answer, Client, Kept } from './answers/answer.ts'
import { answers } from './answers/index.ts'
import { showOwnOrders } from './answers/order-answers.ts'
import { farmNames, farms } from './farms.ts'
import type { Effect } from './faults/fault.ts'
import { type Passage, passIn, passOut } from './faults/passage.ts'
import { idOf, orderIdOf } from './faults/request-ids.ts'
import type { Faults } from './faults.ts'
import { Intake } from './intake.ts'
import { MAX_BREACHES, MessageRate } from './limits/message-rate.ts'
import { Outbox } from './outbox.ts'
import type { Tally } from './tally.ts'
import { FieldError, type Layout } from './wire/column.ts'
import { decodePayload, encodeFrame, FrameError } from './wire/frame.ts'
import { messages } from './wire/messages.ts'
import { requests } from './wire/requests.ts'
import type { Cancel, Clock } from './world/clock.ts'
import { timeText } from './world/zone.ts'
import type { World } from './world.ts'

/** The lowest version that is spoken: a client that knows only lower ones is dropped. */
export const LOWEST_VERSION = 178
/** The longest greeting a client may send: versions and connect options. */
const MAX_GREETING = 4096
/** What a connection needs of the gateway. */
export interface Host {
  readonly world: World
  /** the machine's time: what belongs to a connection follows it, whatever the time of the world does */
  readonly machine: Clock
  readonly faults: Faults
  readonly tally: Tally
  readonly serverVersion: number
  readonly helloTimeoutMs: number
  readonly readOnly: boolean
  readonly downloadOpenOrders: boolean
  /** Whether that client is told everybody's executions. */
  seesAllExecutions(clientId: number): boolean
  /** Lets a client in under its id, or says why not: `in use`, or `full`. */
  admit(connection: Connection): 'admitted' | 'in use' | 'full'
  left(connection: Connection): void
  /** Tells the operator of a mistake of the simulator itself. */
  report(message: string): void
}

type State = 'hello' | 'versions' | 'greeting' | 'serving' | 'ended'

/** One client on one socket: hello → versions → greeting → serving → ended, never back. */
export class Connection implements Client {
  readonly connectedAt: number
  marketDataType = 1
  readonly #socket: Socket
  readonly #host: Host
  readonly #intake: Intake
  readonly #outbox: Outbox
  readonly #kept = new Map<Kept, Map<number, Cancel>>()
  readonly #stopWaiting: Cancel
  readonly #passage: Passage
  #state: State = 'hello'
  #clientId = -1
  #version = 0
  #nextOut: Effect | undefined
  /** none when nobody counts messages */
  #rate: MessageRate | undefined

  constructor(socket: Socket, host: Host) {
    this.#socket = socket
    this.#host = host
    this.connectedAt = host.world.now()
    this.#intake = new Intake(socket, host.machine, () => this.#read())
    this.#outbox = new Outbox(socket, () => this.end('reset'))
    this.#stopWaiting = host.machine.after(host.helloTimeoutMs, () => this.end())
    this.#passage = {
      push: (bytes, sliced) => {
        if (this.#state !== 'ended') this.#outbox.push(bytes, sliced)
      },
      later: (delayMs, run) => host.machine.after(delayMs, run),
      end: (how) => this.end(how),
      strikeNext: (effect) => {
        this.#nextOut = effect
      },
    }
    socket.setNoDelay(true)
    socket.on('data', (chunk) => {
      if (this.#state !== 'ended') this.#intake.push(chunk)
    })
    socket.on('error', () => undefined)
    socket.on('close', () => this.end())
  }

  get state(): State {
    return this.#state
  }

  get clientId(): number {
    return this.#clientId
  }

  get version(): number {
    return this.#version
  }

  get world(): World {
    return this.#host.world
  }

  get isReadOnly(): boolean {
    return this.#host.readOnly
  }

  get seesAllExecutions(): boolean {
    return this.#host.seesAllExecutions(this.#clientId)
  }

  /** Bytes that the client has not taken yet. */
  get waitingBytes(): number {
    return this.#outbox.waitingBytes
  }

  /** Where it comes from, for people. */
  get peer(): string {
    return `${this.#socket.remoteAddress}:${this.#socket.remotePort}`
  }

  send<Row extends object>(message: Layout<Row>, row: Row, about?: About): void {
    if (this.#state === 'ended') return
    const { name } = message
    this.#host.tally.count(this.#clientId, 'out', name)
    const { faults } = this.#host
    const effect =
      (faults.isIdle
        ? undefined
        : faults.effectOn({ clientId: this.#clientId, name, direction: 'out', ...about })) ??
      this.#nextOut
    this.#nextOut = undefined
    const told = effect?.kind === 'rewrite' ? effect.rewrite(row) : row
    const frame = encodeFrame(message.write(told, this.#version))
    if (effect === undefined) this.#outbox.push(frame)
    else passOut(effect, frame, this.#passage)
  }

  error(id: number, code: number, text: string, about?: About): void {
    const row = { id, code, text, advancedOrderRejectJson: '' }
    this.send(messages.error, row, about ?? { orderId: id })
  }

  keep(kind: Kept, reqId: number, cancel: Cancel): boolean {
    let running = this.#kept.get(kind)
    if (running === undefined) {
      running = new Map()
      this.#kept.set(kind, running)
    }
    if (running.has(reqId)) return false
    running.set(reqId, cancel)
    return true
  }

  runs(kind: Kept, reqId: number): boolean {
    return this.#kept.get(kind)?.has(reqId) ?? false
  }

  drop(kind: Kept, reqId: number): boolean {
    const cancel = this.#kept.get(kind)?.get(reqId)
    this.#kept.get(kind)?.delete(reqId)
    cancel?.()
    return cancel !== undefined
  }

  kept(kind: Kept): number {
    return this.#kept.get(kind)?.size ?? 0
  }

  /** Ends all streams of market data, as a lost connection to IB does (code 1101). */
  loseStreams(): void {
    for (const kind of ['quotes', 'depth', 'ticks', 'bars'] as const) {
      for (const reqId of [...(this.#kept.get(kind)?.keys() ?? [])]) this.drop(kind, reqId)
    }
  }

  /** Ends it: after what is waiting has been sent, at once, or with a reset. */
  end(how: 'at once' | 'politely' | 'reset' = 'at once'): void {
    if (this.#state === 'ended') return
    if (how === 'politely') {
      this.#outbox.flush()
      this.#socket.end()
    }
    this.#state = 'ended'
    this.#stopWaiting()
    this.#intake.end()
    for (const running of this.#kept.values()) {
      for (const cancel of running.values()) cancel()
    }
    this.#kept.clear()
    this.#host.left(this)
    if (how === 'at once') {
      this.#outbox.flush()
      this.#socket.destroy()
    }
    // a socket that is shutting down cannot be reset any more: trying leaks it
    if (how === 'reset' && !this.#socket.writableEnded) this.#socket.resetAndDestroy()
  }

  #read(): void {
    try {
      while (this.#step());
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      this.end()
    }
  }

  /** Takes one thing from what has come; false when there is not enough of it. */
  #step(): boolean {
    switch (this.#state) {
      case 'hello':
        return this.#readHello()
      case 'versions':
        return this.#readPayload((payload) => this.#agree(payload.toString('latin1')), MAX_GREETING)
      case 'greeting':
        return this.#readPayload((payload) => this.#greet(decodePayload(payload)))
      case 'serving':
        return this.#readPayload((payload) => this.#take(decodePayload(payload)))
      case 'ended':
        return false
    }
  }

  #readHello(): boolean {
    const hello = this.#intake.takeRaw(4)
    if (hello === undefined) return false
    if (hello.toString('latin1') !== 'API\0') throw new FrameError('no TWS client says this')
    this.#state = 'versions'
    return true
  }

  #readPayload(take: (payload: Buffer) => void, maximum?: number): boolean {
    const payload = this.#intake.takePayload(maximum)
    if (payload === undefined) return false
    take(payload)
    return true
  }

  #agree(greeting: string): void {
    const [, lowest, highest, wishes] =
      /^v(\d{1,5})(?:\.\.(\d{1,5}))?( [^\0]*)?\0?$/.exec(greeting) ?? []
    if (lowest === undefined) throw new FrameError('no versions were named')
    this.#version = Math.min(this.#host.serverVersion, Number(highest ?? lowest))
    if (this.#version < Number(lowest) || this.#version < LOWEST_VERSION) {
      this.end()
      return
    }
    const { world } = this.#host
    const { messageRate, messagesPerSecond } = world.usage.limits
    if (messageRate !== 'off' && messagesPerSecond > 0) {
      this.#rate = new MessageRate(messagesPerSecond, this.#host.machine)
      // a client may ask to be paced where the gateway would refuse
      if (messageRate === 'pace' || wishes?.includes('+PACEAPI')) this.#intake.pace(this.#rate)
    }
    this.#state = 'greeting'
    this.#outbox.push(encodeFrame([String(this.#version), timeText(world.homeZone, world.now())]))
  }

  // what comes before startApi is not looked at: a real gateway loses it too (facts §1.1)
  #greet(fields: readonly string[] | undefined): void {
    if (fields?.[0] !== String(requests.startApi.id)) return
    try {
      this.#clientId = requests.startApi.read(fields, this.#version).clientId
    } catch {
      this.end()
      return
    }
    this.#host.tally.count(this.#clientId, 'in', requests.startApi.name)
    const admitted = this.#clientId < 0 ? 'full' : this.#host.admit(this)
    if (admitted !== 'admitted') {
      if (admitted === 'in use') {
        this.error(
          -1,
          326,
          'Unable to connect as the client id is already in use. Retry with a unique client id.',
        )
      }
      this.end('politely')
      return
    }
    this.#stopWaiting()
    this.#state = 'serving'
    const { accounts, desk } = this.#host.world
    this.send(messages.managedAccounts, { accounts: [...accounts.keys()].join(',') })
    this.send(messages.nextValidId, { orderId: desk.nextValidId(this.#clientId) })
    for (const name of farmNames) {
      const [code, text] = this.#host.faults.hasDown(name) ? farms[name].isDown : farms[name].isUp
      this.error(-1, code, text)
    }
    if (this.#host.downloadOpenOrders) showOwnOrders(this)
  }

  /** Refuses a message that is one too many in this second; the third ends the session (facts §3.1). */
  #refuses(rate: MessageRate, answer: Answer | undefined, fields: readonly string[]): boolean {
    if (rate.waitMs === 0) {
      rate.take()
      return false
    }
    const { breaches, received } = rate.refuse()
    const id = answer === undefined ? -1 : idOf(answer.name, fields, this.#version)
    const counts = `max=${rate.perSecond} rec=${received} (${breaches})`
    this.error(id, 100, `Max rate of messages per second has been exceeded:${counts}`)
    if (breaches >= MAX_BREACHES) this.end('politely')
    return true
  }

  #take(fields: readonly string[] | undefined): void {
    const answer = answers.get(Number(fields?.[0] || Number.NaN))
    if (this.#rate !== undefined && this.#refuses(this.#rate, answer, fields ?? [])) return
    if (fields === undefined || answer === undefined) {
      const what = fields === undefined ? 'the last field is not ended' : 'Unknown message id'
      this.#host.tally.count(this.#clientId, 'in', 'unknown')
      this.error(-1, 320, `Error reading request. ${what}: ${fields?.[0]?.slice(0, 20) ?? ''}`)
      return
    }
    const { name } = answer
    this.#host.tally.count(this.#clientId, 'in', name)
    const { faults } = this.#host
    if (faults.isIdle) {
      this.#serve(answer, fields)
      return
    }
    const orderId = orderIdOf(name, fields, this.#version)
    const effect = faults.effectOn({ clientId: this.#clientId, name, direction: 'in', orderId })
    const serve = () => this.#serve(answer, fields)
    const refuse = (code: number, text: string) =>
      this.error(idOf(name, fields, this.#version), code, text)
    if (effect === undefined) serve()
    else passIn(effect, serve, refuse, this.#passage)
  }

  #serve(answer: Answer, fields: readonly string[]): void {
    if (this.#state !== 'serving') return
    const row: { reqId?: number; orderId?: number } = {}
    try {
      answer.serve(this, fields, row)
    } catch (error) {
      const id = row.reqId ?? row.orderId ?? -1
      if (error instanceof FieldError) {
        this.error(id, 320, `Error reading request. ${answer.name}: ${error.message}`)
        return
      }
      // a mistake of ours must not cost the other clients their gateway
      this.#host.report(`${answer.name}: ${error instanceof Error ? error.stack : String(error)}`)
      this.error(id, 322, `Error processing request.-'${answer.name}' : cause - internal error`)
    }
  }
}
