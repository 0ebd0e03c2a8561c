/** The longest payload a client may announce, bytes; more is rubbish (facts §1.1). */
export const MAX_PAYLOAD = 0xffffff

/** A length or a greeting that no TWS client sends: the connection cannot go on. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

/** One payload: every field ended by NUL, its length in front (facts §1.1). */
export function encodeFrame(fields: readonly string[]): Buffer {
  const payload = `${fields.join('\0')}\0`
  const length = Buffer.byteLength(payload)
  const frame = Buffer.allocUnsafe(4 + length)
  frame.writeUInt32BE(length, 0)
  frame.write(payload, 4, 'utf8')
  return frame
}

/**
 * The fields of a payload.
 * @returns undefined when the last field is not ended: such a payload is never guessed at
 */
export function decodePayload(payload: Buffer): string[] | undefined {
  if (payload.length === 0 || payload[payload.length - 1] !== 0) return undefined
  return payload.toString('utf8', 0, payload.length - 1).split('\0')
}

/** Cuts a byte stream, however it is sliced, into payloads. Keeps at most one unfinished payload. */
export class FrameReader {
  #buffer: Buffer = Buffer.alloc(0)
  #start = 0
  #end = 0

  /** Bytes received and not yet given out. */
  get waiting(): number {
    return this.#end - this.#start
  }

  push(chunk: Buffer): void {
    if (this.#end + chunk.length > this.#buffer.length) this.#makeRoom(chunk.length)
    chunk.copy(this.#buffer, this.#end)
    this.#end += chunk.length
  }

  /** The first `length` bytes when they have come, without a length in front. */
  takeRaw(length: number): Buffer | undefined {
    if (this.waiting < length) return undefined
    const raw = Buffer.from(this.#buffer.subarray(this.#start, this.#start + length))
    this.#start += length
    return raw
  }

  /**
   * The next whole payload, valid until the next `push`.
   * @throws FrameError when the announced length is absurd
   */
  takePayload(maximum: number = MAX_PAYLOAD): Buffer | undefined {
    if (this.waiting < 4) return undefined
    const length = this.#buffer.readUInt32BE(this.#start)
    if (length > maximum) throw new FrameError(`a payload of ${length} bytes was announced`)
    if (this.waiting < 4 + length) return undefined
    const from = this.#start + 4
    this.#start = from + length
    return this.#buffer.subarray(from, from + length)
  }

  // grows by doubling, so that a large payload in many slices costs linear time
  #makeRoom(extra: number): void {
    const waiting = this.waiting
    const needed = waiting + extra
    const room =
      needed <= this.#buffer.length
        ? this.#buffer
        : Buffer.allocUnsafe(Math.max(4096, needed, this.#buffer.length * 2))
    this.#buffer.copy(room, 0, this.#start, this.#end)
    this.#buffer = room
    this.#start = 0
    this.#end = waiting
  }
}
