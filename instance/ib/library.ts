import type { IBApi } from '@stoqey/ib'

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

interface Decoder {
  dataQueue: unknown
  decodeMsg_TICK_PRICE: () => void
  readInt(): number
  readDouble(): number | undefined
  readDecimal(): number | undefined
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
    readonly decoder: Decoder
    readonly socket: {
      send: (tokens: unknown[]) => void
      onData: (bytes: Buffer) => void
      onMessage: (text: string) => void
      readonly client?: {
        setNoDelay(on: boolean): void
        setKeepAlive(on: boolean, afterMs: number): void
      }
    }
  }
}

/** A quiet connection is checked by the kernel after this, ms; the library sets nothing (facts §5). */
const KEEP_ALIVE_MS = 10_000

export interface Watch {
  /** a frame was received, or a message written */
  readonly frame: (direction: 'in' | 'out') => void
  /** decoding threw: what follows cannot be trusted */
  readonly broken: (error: unknown) => void
}

/** No message is longer, bytes; the library's own bound. */
const MAX_MESSAGE = 0xff_ffff
const LENGTH_BYTES = 4

/**
 * Cuts what the gateway sends into messages. The library believes every length: one below zero keeps its loop, and the
 * process, for ever; one too short glues the rest of a message to the next, whose fields it then shifts.
 */
function cutStrictly({ socket }: Inside['controller'], broken: Watch['broken']): void {
  let rest: Buffer = Buffer.alloc(0)
  const refuse = (why: string) => {
    rest = Buffer.alloc(0)
    broken(new Error(why))
  }
  socket.onData = (bytes) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
    while (rest.length >= LENGTH_BYTES) {
      const length = rest.readUInt32BE()
      if (length === 0 || length > MAX_MESSAGE) return refuse(`no message has ${length} bytes`)
      const end = LENGTH_BYTES + length
      if (rest.length < end) return
      if (rest[end - 1] !== 0) return refuse(`a message does not end after its ${length} bytes`)
      const text = rest.toString('utf8', LENGTH_BYTES, end)
      rest = rest.subarray(end)
      socket.onMessage(text)
    }
  }
}

function refuseTornFields(value: unknown): void {
  // a NUL inside a text would begin a field of its own
  if (typeof value === 'string' && value !== 'API\0' && value.includes('\0')) {
    throw new Error('a text with a NUL inside was about to be written to the gateway')
  }
  if (Array.isArray(value)) value.forEach(refuseTornFields)
}

/**
 * Changes what in @stoqey/ib does not suit a service (facts §2.3): the quadratic token queue; its own rate limit,
 * whose place `Pace` takes with orders first; its belief in every length; exceptions out of its decoder, which would end
 * the process; bid sizes that get lost.
 */
export function tame(api: IBApi, watch: Watch): void {
  const { controller } = api as unknown as Inside
  const { decoder } = controller
  decoder.dataQueue = new TokenQueue()
  decoder.decodeMsg_TICK_PRICE = () => decodeTickPrice(decoder)
  cutStrictly(controller, watch.broken)
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
}

/** Small messages leave at once instead of waiting for one another; to be called when the socket exists. */
export function tuneSocket(api: IBApi): void {
  const { client } = (api as unknown as Inside).controller.socket
  client?.setNoDelay(true)
  client?.setKeepAlive(true, KEEP_ALIVE_MS)
}
