import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { frameOf, helloOf } from '../rig/tws-client.ts'

/** A client that counts frames and looks at nothing else, so that the load costs less than what it measures. */
export class Counter {
  readonly socket: Socket
  /** frames so far */
  frames = 0
  bytes = 0
  /** called after every chunk */
  onChunk: () => void = () => undefined
  #missing = 0
  #rest = Buffer.alloc(0)

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => this.#count(chunk))
  }

  /** Resolves when the login has been answered: the version, accounts, an order id and three notices. */
  static async login(port: number, clientId: number): Promise<Counter> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    const counter = new Counter(socket)
    socket.write(helloOf(178, 178))
    await counter.reach(1)
    socket.write(frameOf([71, 2, clientId, '']))
    await counter.reach(6)
    return counter
  }

  /** Resolves when so many frames have come. */
  reach(frames: number): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.frames < frames) return
        this.onChunk = () => undefined
        resolve()
      }
      this.onChunk = look
      look()
    })
  }

  #count(chunk: Buffer): void {
    this.bytes += chunk.length
    let at = 0
    if (this.#missing > 0) {
      const taken = Math.min(this.#missing, chunk.length)
      this.#missing -= taken
      at = taken
      if (this.#missing === 0) this.frames += 1
    }
    const left = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk.subarray(at)]) : chunk
    if (left !== chunk) at = 0
    this.#rest = Buffer.alloc(0)
    while (at < left.length) {
      if (left.length - at < 4) {
        this.#rest = Buffer.from(left.subarray(at))
        break
      }
      const length = left.readUInt32BE(at)
      const end = at + 4 + length
      if (end > left.length) {
        this.#missing = end - left.length
        break
      }
      this.frames += 1
      at = end
    }
    this.onChunk()
  }
}

/** Values at these shares of the sorted whole. */
export function sharesOf(values: readonly number[], ...shares: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b)
  return shares.map(
    (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN,
  )
}
