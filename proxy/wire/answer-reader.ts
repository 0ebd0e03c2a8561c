import { FIELD_NAME } from '../headers.ts'

/** What is told of an answer, in this order. */
export interface AnswerReceiver {
  /** the final status (an interim one is passed over) and the fields: name in lower case, value, name, value … */
  onHead(status: number, fields: string[]): void
  /** a piece of the content, the receiver's own to keep */
  onContent(piece: Buffer): void
  onEnd(): void
}

/** What reached us is no HTTP/1.1 answer, or more than one. */
export class MalformedAnswer extends Error {
  readonly code = 'ANSWER_MALFORMED'
}

/** A head may be so large, bytes. */
const HEAD_LIMIT = 64 * 1024
/** A line of a chunked answer may be so long, bytes. */
const CHUNK_LINE_LIMIT = 1024

const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: |$)/
/** RFC 9110 §5.5. */
const NOT_IN_VALUES = /[\0\r\n]/
const CHUNK_SIZE = /^([\da-f]{1,12})[\t ]*(?:;.*)?$/i

/**
 * What is read next: nothing is expected · the head · content of a known length · the line before a chunk · a chunk ·
 * the line end after it · what follows the last chunk · content that ends with the connection.
 */
type State =
  | 'nothing'
  | 'head'
  | 'counted'
  | 'chunk-size'
  | 'chunk'
  | 'chunk-end'
  | 'trailer'
  | 'rest'

/**
 * Reads the answers on one connection, one at a time (RFC 9112). Strict: a folded line, a bare line feed, two lengths,
 * a length beside chunks, or a byte that nobody asked for are not guessed at but end the connection, because whoever
 * guesses wrong gives one caller another caller's answer.
 */
export class AnswerReader {
  #state: State = 'nothing'
  #receiver: AnswerReceiver | undefined
  #isBodiless = false
  /** what of a head or a line has come so far */
  #begun: Buffer | undefined
  /** bytes that the content or the chunk still has */
  #left = 0
  #keepsMs: number | undefined

  /** How long the connection may rest after this answer, ms; undefined: it is not used again. */
  get keepsMs(): number | undefined {
    return this.#keepsMs
  }

  /** The answer to a request of that method comes next. */
  expect(method: string, receiver: AnswerReceiver): void {
    this.#isBodiless = method === 'HEAD'
    this.#receiver = receiver
    this.#state = 'head'
  }

  /**
   * Takes what has come; the bytes may be overwritten afterwards. Calls `whenWhole` when the answer is complete,
   * before its receiver hears of it. @throws MalformedAnswer
   */
  read(bytes: Buffer, whenWhole: (isClean: boolean) => void): void {
    for (let at = 0; at < bytes.length; ) {
      at = this.#step(bytes, at)
      if (this.#state === 'nothing') {
        this.#finish(at === bytes.length, whenWhole)
        return
      }
    }
  }

  /** Takes in what comes at that place; gives where the next begins. */
  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case 'nothing':
        throw new MalformedAnswer('bytes without a request')
      case 'head':
        return this.#readUpTo('\r\n\r\n', HEAD_LIMIT, bytes, at)
      case 'counted':
      case 'chunk':
        return this.#readContent(bytes, at)
      case 'rest':
        this.#receiver?.onContent(Buffer.from(bytes.subarray(at)))
        return bytes.length
      case 'chunk-size':
      case 'chunk-end':
      case 'trailer':
        return this.#readUpTo('\r\n', CHUNK_LINE_LIMIT, bytes, at)
    }
  }

  /** The connection has ended: whether that completes the answer, of which its receiver then hears. */
  ended(whenWhole: (isClean: boolean) => void): boolean {
    if (this.#state !== 'rest') return false
    this.#state = 'nothing'
    this.#finish(true, whenWhole)
    return true
  }

  #finish(isClean: boolean, whenWhole: (isClean: boolean) => void): void {
    const receiver = this.#receiver
    this.#receiver = undefined
    whenWhole(isClean)
    receiver?.onEnd()
  }

  /** Takes the text up to a mark, when it has come whole; gives where the next begins. */
  #readUpTo(mark: string, limit: number, bytes: Buffer, at: number): number {
    const whole = this.#begun === undefined ? bytes : Buffer.concat([this.#begun, bytes])
    const from = this.#begun === undefined ? at : 0
    const end = whole.indexOf(mark, from, 'latin1')
    if ((end < 0 ? whole.length : end) - from > limit)
      throw new MalformedAnswer(`what comes before the content is longer than ${limit} bytes`)
    if (end < 0) {
      this.#begun = Buffer.from(whole.subarray(from))
      return bytes.length
    }
    const next = end + mark.length - (whole.length - bytes.length)
    this.#begun = undefined
    const text = whole.toString('latin1', from, end)
    if (this.#state === 'head') this.#takeHead(text)
    else this.#takeLine(text)
    return next
  }

  #takeHead(text: string): void {
    const lineEnd = text.indexOf('\r\n')
    const line = STATUS_LINE.exec(lineEnd < 0 ? text : text.slice(0, lineEnd))
    if (line === null) throw new MalformedAnswer('no status line')
    const status = Number(line[2])
    if (status === 101) throw new MalformedAnswer('nobody asked for another protocol')
    // interim: the final answer follows (RFC 9110 §15.2)
    if (status < 200) return
    const fields = lineEnd < 0 ? [] : fieldsIn(text, lineEnd + 2)
    const framing = framingOf(fields)
    this.#keepsMs = keepsMs(line[1] === '1', framing)
    if (this.#isBodiless || status === 204 || status === 304) this.#state = 'nothing'
    else if (framing.chunked) this.#state = 'chunk-size'
    else if (framing.length !== undefined) {
      this.#left = framing.length
      this.#state = framing.length === 0 ? 'nothing' : 'counted'
    } else {
      this.#state = 'rest'
      this.#keepsMs = undefined
    }
    this.#receiver?.onHead(status, fields)
  }

  #readContent(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left)
    this.#receiver?.onContent(Buffer.from(bytes.subarray(at, end)))
    this.#left -= end - at
    if (this.#left === 0) this.#state = this.#state === 'chunk' ? 'chunk-end' : 'nothing'
    return end
  }

  #takeLine(line: string): void {
    if (this.#state === 'trailer') {
      // trailer fields serve nobody here
      if (line === '') this.#state = 'nothing'
      return
    }
    if (this.#state === 'chunk-end') {
      if (line !== '') throw new MalformedAnswer('a chunk is longer than it said')
      this.#state = 'chunk-size'
      return
    }
    const size = CHUNK_SIZE.exec(line)?.[1]
    if (size === undefined) throw new MalformedAnswer('a chunk has no size')
    this.#left = Number.parseInt(size, 16)
    this.#state = this.#left === 0 ? 'trailer' : 'chunk'
  }
}

/** Names as they were written and in lower case; there are few, so that each is judged once. */
const names = new Map<string, string>()
const MOST_NAMES = 1000

function nameOf(written: string): string {
  const known = names.get(written)
  if (known !== undefined) return known
  if (!FIELD_NAME.test(written)) throw new MalformedAnswer('a field has no name')
  const name = written.toLowerCase()
  if (names.size < MOST_NAMES) names.set(written, name)
  return name
}

function fieldsIn(text: string, start: number): string[] {
  const fields: string[] = []
  for (let at = start; at < text.length; ) {
    const found = text.indexOf('\r\n', at)
    const end = found < 0 ? text.length : found
    const colon = text.indexOf(':', at)
    if (colon < 0 || colon > end) throw new MalformedAnswer('a field has no name')
    const name = nameOf(text.slice(at, colon))
    const value = text.slice(colon + 1, end).trim()
    if (NOT_IN_VALUES.test(value)) throw new MalformedAnswer(`the field ${name} is broken`)
    fields.push(name, value)
    at = end + 2
  }
  return fields
}

interface Framing {
  readonly chunked: boolean
  readonly length: number | undefined
  readonly connection: string
  readonly keepAlive: string
}

/** How long the content is and what becomes of the connection. @throws MalformedAnswer where that can be read in two ways */
function framingOf(fields: readonly string[]): Framing {
  let chunked = false
  let length: number | undefined
  let connection = ''
  let keepAlive = ''
  for (let index = 0; index < fields.length; index += 2) {
    const value = fields[index + 1] as string
    switch (fields[index]) {
      case 'content-length':
        if (length !== undefined || !/^\d{1,15}$/.test(value))
          throw new MalformedAnswer('its length is not one number')
        length = Number(value)
        break
      case 'transfer-encoding':
        if (chunked || value.toLowerCase() !== 'chunked')
          throw new MalformedAnswer(`transfer-encoding ${value} is not known`)
        chunked = true
        break
      case 'connection':
        connection += `,${value.toLowerCase()}`
        break
      case 'keep-alive':
        keepAlive = value
        break
    }
  }
  if (chunked && length !== undefined) throw new MalformedAnswer('it has a length beside chunks')
  return { chunked, length, connection, keepAlive }
}

/** What a server that says nothing is trusted to keep a resting connection for, ms: Node's closes after 5 s. */
const KEPT_UNTOLD_MS = 4000
/** A connection is given up so long before its server would end it, ms. */
const KEPT_MARGIN_MS = 1000

function keepsMs(isNew: boolean, { connection, keepAlive }: Framing): number | undefined {
  const words = connection.split(',').map((word) => word.trim())
  if (words.includes('close') || (!isNew && !words.includes('keep-alive'))) return undefined
  const told = /timeout=(\d{1,6})/.exec(keepAlive)?.[1]
  return told === undefined ? KEPT_UNTOLD_MS : Math.max(0, Number(told) * 1000 - KEPT_MARGIN_MS)
}
