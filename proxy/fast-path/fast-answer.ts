import { EventEmitter } from 'node:events'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'

/** Content up to so many bytes goes into one text with its head: cheaper than two pieces, until copying costs more. */
const ONE_PIECE = 16 * 1024
/** RFC 9110 §5.5; whatever else stands there could be read as another field. */
const NOT_IN_VALUES = /[^\t\x20-\x7e\x80-\xff]/
const SECOND_MS = 1000

/** The connection an answer goes out on. */
export interface AnswerOwner {
  readonly socket: Socket
  /** what an answer says of the connection it leaves open, as header lines */
  readonly keepAlive: string
  /** An answer in one piece, Latin-1: it leaves at the end of this turn. */
  send(text: string): void
  /** Everything was given away. */
  onAnswered(answer: FastAnswer): void
}

/** The answer to a plain read, as much as it must look like Node's `ServerResponse` to whoever writes it. */
export class FastAnswer extends EventEmitter {
  statusCode = 200
  headersSent = false
  writableEnded = false
  destroyed = false
  /** false: the connection ends with it */
  shouldKeepAlive = true
  readonly #owner: AnswerOwner
  /** what was set before the head was written; names in lower case */
  #set: Map<string, string> | undefined
  /** header lines that wait for the content, which says how long it is */
  #lines: string | undefined
  #hasLength = false
  #hasDate = false
  #isChunked = false

  constructor(owner: AnswerOwner) {
    super()
    this.#owner = owner
  }

  get socket(): Socket {
    return this.#owner.socket
  }

  get writableFinished(): boolean {
    return this.writableEnded
  }

  get closed(): boolean {
    return this.writableEnded || this.destroyed
  }

  setHeader(name: string, value: unknown): this {
    const text = String(value)
    mustBeValue(name, text)
    this.#set ??= new Map()
    this.#set.set(name.toLowerCase(), text)
    return this
  }

  getHeader(name: string): string | undefined {
    return this.#set?.get(name.toLowerCase())
  }

  getHeaders(): Record<string, string> {
    return Object.fromEntries(this.#set ?? [])
  }

  hasHeader(name: string): boolean {
    return this.#set?.has(name.toLowerCase()) === true
  }

  removeHeader(name: string): void {
    this.#set?.delete(name.toLowerCase())
  }

  /**
   * Fields by name; or name, value, name, value …, the names in lower case, where their values were judged before. They replace
   * what was set before. It leaves with the first of the content.
   * @throws when one has been written, and for a value that is none
   */
  writeHead(
    status: number,
    fields: readonly string[] | Readonly<Record<string, unknown>> = [],
  ): this {
    if (this.headersSent) throw new Error('an answer has one head')
    this.statusCode = status
    this.headersSent = true
    let lines = ''
    if (Array.isArray(fields)) {
      for (let index = 0; index + 1 < fields.length; index += 2)
        lines += this.#line(fields[index], fields[index + 1])
    } else {
      for (const [name, value] of Object.entries(fields)) {
        const text = String(value)
        mustBeValue(name, text)
        lines += this.#line(name.toLowerCase(), text)
      }
    }
    // what was set and has not been replaced
    for (const [name, value] of this.#set ?? []) lines += this.#line(name, value)
    this.#lines = lines
    return this
  }

  #line(name: string, value: string): string {
    switch (name) {
      case 'content-length':
        this.#hasLength = true
        break
      case 'date':
        this.#hasDate = true
        break
      case 'connection':
        // said once, where the head leaves
        if (value.toLowerCase() === 'close') this.shouldKeepAlive = false
        return ''
    }
    this.#set?.delete(name)
    return `${name}: ${value}\r\n`
  }

  /** A piece of the content. False: wait for `drain`. */
  write(chunk: string | Buffer): boolean {
    const { socket } = this
    if (!this.headersSent) this.writeHead(this.statusCode)
    if (this.#lines !== undefined) {
      this.#isChunked = !this.#hasLength
      socket.write(
        this.#takeHead(this.#isChunked ? 'Transfer-Encoding: chunked\r\n' : ''),
        'latin1',
      )
    }
    const content = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    if (!this.#isChunked) return socket.write(content)
    // an empty one would be the last
    if (content.length === 0) return true
    socket.cork()
    socket.write(`${content.length.toString(16)}\r\n`, 'latin1')
    socket.write(content)
    const isTaken = socket.write('\r\n', 'latin1')
    socket.uncork()
    return isTaken
  }

  /** The last of the content, or all of it. */
  end(chunk?: string | Buffer | null): this {
    if (this.writableEnded) return this
    if (!this.headersSent) this.writeHead(this.statusCode)
    if (this.#lines !== undefined) this.#whole(chunk ?? undefined)
    else {
      if (chunk != null) this.write(chunk)
      if (this.#isChunked) this.socket.write('0\r\n\r\n', 'latin1')
    }
    this.writableEnded = true
    this.emit('finish')
    this.emit('close')
    this.#owner.onAnswered(this)
    return this
  }

  /** An answer whose content was known before its head left. */
  #whole(content: string | Buffer | undefined): void {
    const { socket, statusCode } = this
    const isBodiless = statusCode === 204 || statusCode === 304
    const text = isBodiless ? undefined : content
    const body = typeof text === 'string' ? Buffer.from(text) : text
    const length =
      this.#hasLength || isBodiless
        ? ''
        : `Content-Length: ${body === undefined ? 0 : body.length}\r\n`
    const head = this.#takeHead(length)
    if (body === undefined) this.#owner.send(head)
    else if (body.length <= ONE_PIECE) this.#owner.send(head + body.toString('latin1'))
    else {
      socket.cork()
      socket.write(head, 'latin1')
      socket.write(body)
      socket.uncork()
    }
  }

  /** The head as it leaves, with these lines. */
  #takeHead(further: string): string {
    const { statusCode } = this
    const date = this.#hasDate ? '' : dateLine()
    const connection = this.shouldKeepAlive ? this.#owner.keepAlive : 'Connection: close\r\n'
    const head = `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? 'unknown'}\r\n${this.#lines ?? ''}${date}${connection}${further}\r\n`
    this.#lines = undefined
    return head
  }

  /** Ends the connection, whatever has been written. */
  destroy(error?: Error): this {
    this.socket.destroy(error)
    return this
  }

  /** The connection has ended before the answer was written. */
  cutOff(): void {
    if (this.closed) return
    this.destroyed = true
    this.emit('close')
  }
}

function mustBeValue(name: string, value: string): void {
  if (NOT_IN_VALUES.test(value)) throw new TypeError(`the header field ${name} is broken`)
}

let date = ''
let dateAt = 0

/** RFC 9110 §6.6.1, made once a second. */
function dateLine(): string {
  const now = Date.now()
  if (now - dateAt >= SECOND_MS || now < dateAt) {
    dateAt = now - (now % SECOND_MS)
    date = `Date: ${new Date(now).toUTCString()}\r\n`
  }
  return date
}
