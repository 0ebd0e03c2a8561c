import type { Socket } from 'node:net'

/** Bytes that may wait for a client that does not read; beyond that it is dropped. */
export const MAX_WAITING_BYTES = 32 * 1024 * 1024
/** Into how many slices a frame is cut at most, so that a large one still arrives. */
const MAX_SLICES = 200

interface Parcel {
  readonly frame: Buffer
  readonly sliced: boolean
}

/**
 * What goes out on one socket: all frames of a turn in one write, in the sequence they came, sliced where a fault wants
 * it.
 */
export class Outbox {
  readonly #socket: Socket
  readonly #tooMuch: () => void
  #parcels: Parcel[] = []
  #waiting = 0
  #busy = false

  constructor(socket: Socket, tooMuch: () => void) {
    this.#socket = socket
    this.#tooMuch = tooMuch
  }

  /** Bytes that its client has not taken yet. */
  get waitingBytes(): number {
    return this.#socket.writableLength + this.#waiting
  }

  push(frame: Buffer, sliced = false): void {
    this.#waiting += frame.length
    if (this.#parcels.length === 0 && !this.#busy) queueMicrotask(() => this.flush())
    this.#parcels.push({ frame, sliced })
    if (this.waitingBytes > MAX_WAITING_BYTES) this.#tooMuch()
  }

  /** Writes what is waiting now. */
  flush(): void {
    if (this.#busy || this.#parcels.length === 0 || !this.#socket.writable) return
    const first = this.#parcels.findIndex(({ sliced }) => sliced)
    const whole = this.#parcels.splice(0, first === -1 ? this.#parcels.length : first)
    if (whole.length > 0) {
      const [only] = whole
      const bytes =
        whole.length === 1 && only ? only.frame : Buffer.concat(whole.map(({ frame }) => frame))
      this.#waiting -= bytes.length
      this.#socket.write(bytes)
    }
    const next = this.#parcels.shift()
    if (next !== undefined) this.#slice(next.frame)
  }

  // each slice in a turn of its own, or the kernel would join them again
  #slice(frame: Buffer): void {
    this.#busy = true
    this.#waiting -= frame.length
    const size = Math.max(1, Math.ceil(frame.length / MAX_SLICES))
    let at = 0
    const step = () => {
      if (at >= frame.length || !this.#socket.writable) {
        this.#busy = false
        this.flush()
        return
      }
      this.#socket.write(frame.subarray(at, at + size))
      at += size
      setImmediate(step)
    }
    step()
  }
}
