import type { Socket } from 'node:net'
import { ErrorCode, type IBApi } from '@stoqey/ib'
import { decodeBars, type FieldReader } from './bar-decoder.ts'
import { Inbox } from './inbox.ts'

type Token = string | undefined

/**
 * The decoder's queue of tokens, read by a moving cursor. The library's own is an array emptied from the front,
 * which makes one long history quadratic: 20,000 bars held the process for seconds (facts §2.3).
 */
export class TokenQueue {
  #tokens: Token[] = []
  #next = 0

  get length(): number {
    return this.#tokens.length - this.#next
  }

  get 0(): Token {
    return this.#tokens[this.#next]
  }

  shift(): Token {
    if (this.#next >= this.#tokens.length) return undefined
    const token = this.#tokens[this.#next]
    this.#next += 1
    if (this.#next === this.#tokens.length) {
      this.#tokens = []
      this.#next = 0
    }
    return token
  }

  push(token: Token): number {
    this.#tokens.push(token)
    return this.length
  }

  /** Not a copy, as an array would give: the library replaces its queue by what it gets here. */
  concat(tokens: readonly Token[]): this {
    for (const token of tokens) this.#tokens.push(token)
    return this
  }

  /** What the library prints of undecodable rests. */
  toJSON(): Token[] {
    return this.#tokens.slice(this.#next)
  }
}

interface Decoder extends FieldReader {
  decodeMsg_TICK_PRICE: () => void
  emit(event: string, ...args: unknown[]): void
}

/** The sizes that travel inside a price message: bid, ask, last, and the same delayed. */
const SIZE_OF_PRICE: Readonly<Record<number, number>> = { 1: 0, 2: 3, 4: 5, 66: 69, 67: 70, 68: 71 }

/** As the library's own, but it does not lose the size of a bid: that is type 0, which the library takes for none. */
function decodeTickPrice(decoder: Decoder): void {
  decoder.readInt()
  const reqId = decoder.readInt()
  const tickType = decoder.readInt()
  const price = decoder.readDouble()
  const size = decoder.readDecimal()
  const attributes = decoder.readInt()
  decoder.emit('tickPrice', reqId, tickType, price, attributes)
  const sizeType = SIZE_OF_PRICE[tickType]
  if (sizeType !== undefined) decoder.emit('tickSize', reqId, sizeType, size)
}

/** The parts of the library's inside that are touched here, and nowhere else. */
interface Inside {
  readonly controller: {
    rateLimiter: (tokens: unknown[]) => void
    processIngressQueue: () => void
    emitEvent(event: string, ...args: unknown[]): void
    emitError(text: string, code: number): void
    readonly serverVersion: number
    readonly decoder: Decoder
    readonly socket: {
      send: (tokens: unknown[]) => void
      onData: (bytes: Buffer) => void
      onMessage(payload: string): void
      onEnd: () => void
      onError: (error: Error) => void
      readonly client?: Pick<Socket, 'setNoDelay' | 'setKeepAlive' | 'pause' | 'resume'>
    }
  }
}

/** A quiet connection is checked by the kernel after this, ms; the library sets nothing (facts §5). */
const KEEP_ALIVE_MS = 10_000

export interface Watch {
  /** a frame was received, or a message written */
  readonly frame: (direction: 'in' | 'out') => void
  /** nothing more will come, nor can be sent; what came before may still be read */
  readonly closed: () => void
  /** decoding threw: what follows cannot be trusted */
  readonly broken: (error: unknown) => void
}

function refuseTornFields(value: unknown): void {
  // a NUL inside a text would begin a field of its own
  if (typeof value === 'string' && value !== 'API\0' && value.includes('\0')) {
    throw new Error('a text with a NUL inside was about to be written to the gateway')
  }
  if (Array.isArray(value)) value.forEach(refuseTornFields)
}

/** historicalData, as the first field of its payload. */
const HISTORY = Buffer.from('17\0')
/** Since then a history has the layout that is decoded here (facts §1.3); no gateway of today is older. */
const HISTORY_VERSION = 124

/** Where what the gateway sends is read in sequence, and little of it at once. */
function inboxOf({ controller }: Inside, watch: Watch): Inbox {
  const { decoder, socket } = controller
  const told = {
    emit: (event: string, ...args: unknown[]) => controller.emitEvent(event, ...args),
    undecodable: (why: string) => controller.emitError(why, ErrorCode.UNKNOWN_ID),
  }
  return new Inbox({
    read: (payload) => {
      const isHistory = payload.subarray(0, HISTORY.length).equals(HISTORY)
      if (!isHistory || controller.serverVersion < HISTORY_VERSION) {
        socket.onMessage(payload.toString())
        return undefined
      }
      watch.frame('in')
      return decodeBars(decoder, payload.toString(), told)
    },
    broken: watch.broken,
    hold: (isHeld) => void (isHeld ? socket.client?.pause() : socket.client?.resume()),
  })
}

/**
 * Changes what in @stoqey/ib does not suit a service (facts §2.3): its reading of all that has come in one go, histories
 * whole; the quadratic token queue; its own rate limit, whose place `Pace` takes with orders first; exceptions out of its
 * decoder, which would end the process; bid sizes that get lost. It gives the inbox, to be stopped when nothing more is to
 * be read.
 */
export function tame(api: IBApi, watch: Watch): Inbox {
  const inside = api as unknown as Inside
  const { controller } = inside
  const { decoder, socket } = controller
  const inbox = inboxOf(inside, watch)
  socket.onData = (bytes) => inbox.push(bytes)
  // what came before the end, or an error, of the connection is read before that is heard of
  const [onEnd, onError] = [socket.onEnd.bind(socket), socket.onError.bind(socket)]
  socket.onEnd = () => {
    watch.closed()
    inbox.after(onEnd)
  }
  socket.onError = (error) => inbox.after(() => onError(error))
  decoder.dataQueue = new TokenQueue()
  decoder.decodeMsg_TICK_PRICE = () => decodeTickPrice(decoder)
  controller.rateLimiter = (tokens) => {
    refuseTornFields(tokens)
    watch.frame('out')
    controller.socket.send(tokens)
  }
  const decode = controller.processIngressQueue.bind(controller)
  controller.processIngressQueue = () => {
    watch.frame('in')
    try {
      decode()
    } catch (error) {
      watch.broken(error)
    }
  }
  return inbox
}

/** Small messages leave at once instead of waiting for one another; to be called when the socket exists. */
export function tuneSocket(api: IBApi): void {
  const { client } = (api as unknown as Inside).controller.socket
  client?.setNoDelay(true)
  client?.setKeepAlive(true, KEEP_ALIVE_MS)
}
