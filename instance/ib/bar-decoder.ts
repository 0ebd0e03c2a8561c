type Token = string | undefined

/** What is used of the library's decoder: it reads fields from the front of its queue. */
export interface FieldReader {
  dataQueue: unknown
  readStr(): string
  readInt(): number
  readDouble(): number | undefined
  readDecimal(): number | undefined
}

/** The words of the gateway's history are told like this: the name of the event, then its arguments. */
export interface Told {
  readonly emit: (event: string, ...args: unknown[]) => void
  /** the message is not what its number says */
  readonly undecodable: (why: string) => void
}

/** The fields of a payload, cut out one by one as they are read, in the shape of the library's queue of tokens. */
class Fields {
  readonly #payload: string
  #next = 0

  constructor(payload: string) {
    this.#payload = payload
  }

  get length(): number {
    return this.#payload.length - this.#next
  }

  shift(): Token {
    const end = this.#payload.indexOf('\0', this.#next)
    if (end === -1) return undefined
    const field = this.#payload.slice(this.#next, end)
    this.#next = end + 1
    return field
  }
}

/**
 * Decodes a historicalData message (17) as the library does, field by field, but tells each bar when it has been read
 * and can be left after each: the library does a whole history at once. Steps tell how many bytes they took.
 */
export function* decodeBars(decoder: FieldReader, payload: string, told: Told): Generator<number> {
  const fields = new Fields(payload)
  const tokens = decoder.dataQueue
  // nothing else is decoded until this message has ended
  decoder.dataQueue = fields
  try {
    decoder.readInt()
    const reqId = decoder.readInt()
    const start = decoder.readStr()
    const end = decoder.readStr()
    let missing = decoder.readInt()
    while (missing--) {
      const before = fields.length
      const date = decoder.readStr()
      const open = decoder.readDouble()
      const high = decoder.readDouble()
      const low = decoder.readDouble()
      const close = decoder.readDouble()
      const volume = decoder.readDecimal()
      const average = decoder.readDecimal()
      const count = decoder.readInt()
      told.emit('historicalData', reqId, date, open, high, low, close, volume, count, average)
      yield before - fields.length
    }
    const unset = Array<number>(7).fill(-1)
    told.emit('historicalData', reqId, `finished-${start}-${end}`, ...unset, false)
    if (fields.length > 0) told.undecodable('historicalData goes on behind its last bar')
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'UnderrunError') throw error
    told.undecodable('historicalData ends before its last bar')
  } finally {
    decoder.dataQueue = tokens
  }
}
