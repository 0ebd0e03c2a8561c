import type { IncomingHttpHeaders } from 'node:http'

/** A call as it came, as much of it as carrying it needs; Fastify's requests are such. */
export interface Asked {
  readonly id: string
  readonly method: string
  /** the target, as an instance is asked for it */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  /** its content, unread; undefined: it has none */
  readonly body: unknown
  /** `performance.now()` when it came */
  readonly arrivedAt: number
  /** the address it came from */
  readonly ip: string
  /** its header fields as they go on to an instance, as lines, where they were written before */
  readonly linesOn?: string | undefined
}

/** Where the answer to a call goes, as much of it as answering needs; Node's responses are such. */
export interface Told {
  /** Fields: name, value, name, value …, or by name. */
  writeHead(status: number, fields: string[] | Record<string, string>): unknown
  /** False: wait for `drain`. */
  write(piece: Buffer): boolean
  end(content?: string | Buffer): unknown
  /** Ends its connection. */
  destroy(): unknown
  on(event: 'close', heard: (this: never) => void): unknown
  off(event: 'close', heard: (this: never) => void): unknown
  once(event: 'drain', heard: () => void): unknown
}
