import { EventEmitter } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import type { PlainRead } from './plain-read.ts'

/** A plain read as much as it must look like Node's `IncomingMessage` to whoever serves it. */
export class FastRequest extends EventEmitter {
  readonly method = 'GET'
  readonly httpVersion = '1.1'
  readonly httpVersionMajor = 1
  readonly aborted = false
  url: string
  /** its own: what is learnt of a call is kept beside its header fields */
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly socket: Socket

  constructor({ url, fields }: PlainRead, socket: Socket) {
    super()
    this.url = url
    this.headers = { ...fields.headers }
    this.rawHeaders = fields.raw
    this.socket = socket
  }

  get destroyed(): boolean {
    return this.socket.destroyed
  }

  destroy(error?: Error): this {
    this.socket.destroy(error)
    return this
  }
}
