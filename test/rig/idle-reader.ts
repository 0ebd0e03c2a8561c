import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { reset } from './reset.ts'
import { until } from './until.ts'

/** What a WebSocket was told when it was closed. */
export interface Farewell {
  readonly code: number
  readonly reason: string
}

/** The first byte of a frame that closes a WebSocket (RFC 6455 § 5.5.1). */
const CLOSE = 0x88
/** So much of what came last is kept, bytes. */
const KEPT = 65_536

/**
 * A reader of a stream that takes its head and then nothing more, until it is told to go on. It speaks HTTP by hand: no
 * client in between reads ahead.
 */
export class IdleReader {
  readonly #socket: Socket
  #head = ''
  #last = Buffer.alloc(0)
  #isIdle = true
  #isOver = false

  constructor(url: string, fields: Readonly<Record<string, string>>) {
    const { hostname, port, pathname, search, host } = new URL(url)
    this.#socket = connect(Number(port), hostname)
    const lines = Object.entries({ host, ...fields }).map(([name, value]) => `${name}: ${value}`)
    this.#socket.write(`GET ${pathname}${search} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
    this.#socket.on('error', () => undefined)
    this.#socket.on('close', () => {
      this.#isOver = true
    })
    this.#socket.on('data', (chunk) => {
      this.#head ||= chunk.toString('latin1')
      this.#last = Buffer.concat([this.#last, chunk]).subarray(-KEPT)
      if (this.#isIdle) this.#socket.pause()
    })
  }

  static sse(url: string): IdleReader {
    return new IdleReader(url, { accept: 'text/event-stream' })
  }

  static webSocket(url: string): IdleReader {
    return new IdleReader(url, {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
      'sec-websocket-protocol': 'cloudevents.json',
    })
  }

  /** Resolves with the status, when the stream has begun. */
  async began(): Promise<number> {
    const head = await until(() => this.#head, 'the head of the stream', 60_000)
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1])
  }

  /** Takes all that is left, to the end of the connection, and gives the last of it. */
  async readOn(): Promise<string> {
    this.#goOn()
    await until(() => this.#isOver, 'the end of the stream', 60_000)
    return this.#last.toString()
  }

  /** The same of a WebSocket: what it was told at its end; undefined where it ended without a word. */
  async readFarewell(): Promise<Farewell | undefined> {
    this.#goOn()
    await until(
      () => this.#isOver || this.#farewell() !== undefined,
      'the end of the socket',
      60_000,
    )
    // its server waits for an answer: hanging up is one
    this.leave()
    return this.#farewell()
  }

  leave(): void {
    reset(this.#socket)
  }

  #goOn(): void {
    this.#isIdle = false
    this.#socket.resume()
  }

  #farewell(): Farewell | undefined {
    const end = this.#last.subarray(-127)
    const at = end.findIndex(
      (byte, index) => byte === CLOSE && end[index + 1] === end.length - index - 2,
    )
    if (at < 0) return undefined
    return { code: end.readUInt16BE(at + 2), reason: end.subarray(at + 4).toString() }
  }
}
