import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { reset } from './reset.ts'
import { until } from './until.ts'

/** What a WebSocket was told when it was closed. */
export interface Farewell {
  readonly code: number
  readonly reason: string
}

const CLOSE = 8

/**
 * A reader of a stream that takes its head and then nothing more, until it is told to go on. It speaks HTTP by hand: no
 * client in between reads ahead.
 */
export class IdleReader {
  readonly #socket: Socket
  readonly #chunks: Buffer[] = []
  #isClosed = false

  constructor(url: string, fields: Readonly<Record<string, string>>) {
    const { hostname, port, pathname, search, host } = new URL(url)
    this.#socket = connect(Number(port), hostname)
    const lines = Object.entries({ host, ...fields }).map(([name, value]) => `${name}: ${value}`)
    this.#socket.write(`GET ${pathname}${search} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
    this.#socket.on('error', () => undefined)
    this.#socket.on('close', () => {
      this.#isClosed = true
    })
    this.#socket.on('data', (chunk) => {
      this.#chunks.push(chunk)
      if (this.#isIdle) this.#socket.pause()
    })
  }

  #isIdle = true

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

  get #taken(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  /** Resolves with the status, when the stream has begun. */
  async began(): Promise<number> {
    const head = await until(() => this.#taken.toString('latin1'), 'the head of the stream')
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1])
  }

  /** Takes all that is left, to the end of the connection, and gives what was said in all. */
  async readOn(): Promise<string> {
    await this.#toTheEnd()
    return this.#taken.toString()
  }

  /** The same of a WebSocket: the farewell alone; undefined where it ended without one. */
  async readFarewell(): Promise<Farewell | undefined> {
    await this.#toTheEnd()
    const bytes = this.#taken
    for (let at = bytes.indexOf('\r\n\r\n') + 4; at + 2 <= bytes.length; ) {
      const kind = (bytes[at] as number) & 0x0f
      let length = (bytes[at + 1] as number) & 0x7f
      at += 2
      if (length === 126) {
        length = bytes.readUInt16BE(at)
        at += 2
      } else if (length === 127) {
        length = Number(bytes.readBigUInt64BE(at))
        at += 8
      }
      if (kind === CLOSE) {
        const reason = bytes.subarray(at + 2, at + length).toString()
        return { code: bytes.readUInt16BE(at), reason }
      }
      at += length
    }
    return undefined
  }

  async #toTheEnd(): Promise<void> {
    this.#isIdle = false
    this.#socket.resume()
    // a WebSocket's server waits for an answer to its farewell: hanging up is one
    let seen = -1
    await until(
      () => {
        const isQuiet = seen === this.#chunks.length && this.#chunks.length > 1
        seen = this.#chunks.length
        return this.#isClosed || (isQuiet && this.#hasFarewell())
      },
      'the end of the stream',
      20_000,
    )
    this.leave()
  }

  #hasFarewell(): boolean {
    const last = this.#taken.subarray(-127)
    return last.includes('resume since=')
  }

  leave(): void {
    reset(this.#socket)
  }
}
