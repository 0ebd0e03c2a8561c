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
/** How most answers begin: read without a regular expression, which makes an object each time. */
const FINE = 'HTTP/1.1 200 '
/** Bytes of a read that are made into text at once: mostly a whole head, and little of what follows it. */
const WINDOW = 1024
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
  #begun = ''
  /** bytes that the content or the chunk still has */
  #left = 0
  #keepsMs: number | undefined
  readonly #framing = new Framing()
  /** of the fields of the last answer; the next one's are mostly the same */
  readonly #names: Name[] = []

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
   * Takes what has come, the first `length` bytes; they may be overwritten afterwards. Calls `whenWhole` when the answer
   * is complete, before its receiver hears of it. @throws MalformedAnswer
   */
  read(bytes: Buffer, whenWhole: (isClean: boolean) => void, length = bytes.length): void {
    for (let at = 0; at < length; ) {
      at = this.#step(bytes, at, length)
      if (this.#state === 'nothing') {
        this.#finish(at === length, whenWhole)
        return
      }
    }
  }

  /** Takes in what comes at that place, up to `length`; gives where the next begins. */
  #step(bytes: Buffer, at: number, length: number): number {
    switch (this.#state) {
      case 'nothing':
        throw new MalformedAnswer('bytes without a request')
      case 'head':
        return this.#readUpTo('\r\n\r\n', HEAD_LIMIT, bytes, at, length)
      case 'counted':
      case 'chunk':
        return this.#readContent(bytes, at, length)
      case 'rest':
        this.#receiver?.onContent(Buffer.from(bytes.subarray(at, length)))
        return length
      case 'chunk-size':
      case 'chunk-end':
      case 'trailer':
        return this.#readUpTo('\r\n', CHUNK_LINE_LIMIT, bytes, at, length)
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
  #readUpTo(mark: string, limit: number, bytes: Buffer, at: number, length: number): number {
    const until = Math.min(length, at + WINDOW)
    const begun = this.#begun.length
    const text = this.#begun + bytes.toString('latin1', at, until)
    const end = text.indexOf(mark, Math.max(0, begun - mark.length))
    if ((end < 0 ? text.length : end) > limit)
      throw new MalformedAnswer(`what comes before the content is longer than ${limit} bytes`)
    if (end < 0) {
      this.#begun = text
      return until
    }
    this.#begun = ''
    if (this.#state === 'head') this.#takeHead(text, end)
    else this.#takeLine(text.slice(0, end))
    return at + end + mark.length - begun
  }

  /** A head, which ends there in the text. */
  #takeHead(text: string, end: number): void {
    const lineEnd = lineEndIn(text, 0)
    const isFine = text.startsWith(FINE)
    const line = isFine ? undefined : STATUS_LINE.exec(text.slice(0, lineEnd))
    if (line === null) throw new MalformedAnswer('no status line')
    const status = line === undefined ? 200 : Number(line[2])
    if (status === 101) throw new MalformedAnswer('nobody asked for another protocol')
    // interim: the final answer follows (RFC 9110 §15.2)
    if (status < 200) return
    const framing = this.#framing
    framing.begin()
    const fields = fieldsIn(text, lineEnd + 2, end, framing, this.#names)
    framing.mustBeClear()
    this.#keepsMs = framing.keepsMs(line === undefined || line[1] === '1')
    if (this.#isBodiless || status === 204 || status === 304) this.#state = 'nothing'
    else if (framing.isChunked) this.#state = 'chunk-size'
    else if (framing.length !== undefined) {
      this.#left = framing.length
      this.#state = framing.length === 0 ? 'nothing' : 'counted'
    } else {
      this.#state = 'rest'
      this.#keepsMs = undefined
    }
    this.#receiver?.onHead(status, fields)
  }

  #readContent(bytes: Buffer, at: number, length: number): number {
    const end = Math.min(length, at + this.#left)
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

/** What a field begins with, its colon included, and its name in lower case. */
interface Name {
  readonly beginning: string
  readonly name: string
}

/** By how they were written; there are few, so that each is judged once. */
const names = new Map<string, Name>()
const MOST_NAMES = 1000

function nameOf(written: string): Name {
  const known = names.get(written)
  if (known !== undefined) return known
  if (!FIELD_NAME.test(written)) throw new MalformedAnswer('a field has no name')
  const name = { beginning: `${written}:`, name: written.toLowerCase() }
  if (names.size < MOST_NAMES) names.set(written, name)
  return name
}

/** The name of the field that begins there, which may be this one. @throws MalformedAnswer */
function nameAt(head: string, at: number, lineEnd: number, likely: Name | undefined): Name {
  if (likely !== undefined && head.startsWith(likely.beginning, at)) return likely
  const colon = head.indexOf(':', at)
  if (colon < 0 || colon > lineEnd) throw new MalformedAnswer('a field has no name')
  return nameOf(head.slice(at, colon))
}

/** Where a line ends that begins there. @throws MalformedAnswer where it ends with less than CR LF (RFC 9112 §2.2) */
function lineEndIn(head: string, at: number): number {
  const end = head.indexOf('\r', at)
  if (head.indexOf('\n', at) !== end + 1) throw new MalformedAnswer('a line has no clear end')
  return end
}

/**
 * The fields of a head, from the place behind its first line up to its last line's end. `likely`: their names, as far as they are
 * likely; then as they are. @throws MalformedAnswer
 */
function fieldsIn(
  head: string,
  start: number,
  end: number,
  framing: Framing,
  likely: Name[],
): string[] {
  const zero = head.indexOf('\0')
  if (zero >= 0 && zero < end) throw new MalformedAnswer('a field is broken (RFC 9110 §5.5)')
  const fields: string[] = []
  for (let at = start, count = 0; at < end; count += 1) {
    const lineEnd = lineEndIn(head, at)
    const known = nameAt(head, at, lineEnd, likely[count])
    likely[count] = known
    const value = valueIn(head, at + known.beginning.length, lineEnd)
    framing.hear(known.name, value)
    fields.push(known.name, value)
    at = lineEnd + 2
  }
  return fields
}

const SPACE = 32
const TAB = 9

/** What stands between these places, without the blanks around it. */
function valueIn(head: string, from: number, to: number): string {
  let [begin, end] = [from, to]
  while (begin < end && isBlank(head.charCodeAt(begin))) begin += 1
  while (end > begin && isBlank(head.charCodeAt(end - 1))) end -= 1
  return head.slice(begin, end)
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB
}

/** What a server that says nothing is trusted to keep a resting connection for, ms: Node's closes after 5 s. */
const KEPT_UNTOLD_MS = 4000
/** A connection is given up so long before its server would end it, ms. */
const KEPT_MARGIN_MS = 1000

/** What the fields of an answer say of how long its content is and of what becomes of the connection. */
class Framing {
  isChunked = false
  length: number | undefined
  #connection = ''
  #keepAlive = ''
  /** what the last answer said of its connection, and what that meant, ms; the next one mostly says the same */
  #last = { isNew: true, connection: '', keepAlive: '', keepsMs: keepsMs(true, '', '') }

  /** The fields of another answer come. */
  begin(): void {
    this.isChunked = false
    this.length = undefined
    this.#connection = ''
    this.#keepAlive = ''
  }

  /** @throws MalformedAnswer where it can be read in two ways */
  hear(name: string, value: string): void {
    switch (name) {
      case 'content-length':
        if (this.length !== undefined || !/^\d{1,15}$/.test(value))
          throw new MalformedAnswer('its length is not one number')
        this.length = Number(value)
        break
      case 'transfer-encoding':
        if (this.isChunked || value.toLowerCase() !== 'chunked')
          throw new MalformedAnswer(`transfer-encoding ${value} is not known`)
        this.isChunked = true
        break
      case 'connection':
        this.#connection += `,${value.toLowerCase()}`
        break
      case 'keep-alive':
        this.#keepAlive = value
        break
    }
  }

  /** All of them have come. @throws MalformedAnswer */
  mustBeClear(): void {
    if (this.isChunked && this.length !== undefined)
      throw new MalformedAnswer('it has a length beside chunks')
  }

  /** How long the connection may rest, ms; undefined: it is not used again. */
  keepsMs(isNew: boolean): number | undefined {
    const { isNew: wasNew, connection, keepAlive } = this.#last
    if (isNew !== wasNew || this.#connection !== connection || this.#keepAlive !== keepAlive) {
      const now = { isNew, connection: this.#connection, keepAlive: this.#keepAlive }
      this.#last = { ...now, keepsMs: keepsMs(isNew, now.connection, now.keepAlive) }
    }
    return this.#last.keepsMs
  }
}

function keepsMs(isNew: boolean, connection: string, keepAlive: string): number | undefined {
  const words = connection.split(',').map((word) => word.trim())
  if (words.includes('close') || (!isNew && !words.includes('keep-alive'))) return undefined
  const told = /timeout=(\d{1,6})/.exec(keepAlive)?.[1]
  return told === undefined ? KEPT_UNTOLD_MS : Math.max(0, Number(told) * 1000 - KEPT_MARGIN_MS)
}
