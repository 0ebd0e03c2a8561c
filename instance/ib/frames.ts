/** The longest payload a gateway may announce, bytes; IB's own clients take no more (facts §1.1). */
const MAX_PAYLOAD_BYTES = 0xffffff
/** Every payload stands behind its length, a big-endian integer (facts §1.1). */
const LENGTH_BYTES = 4

/**
 * Cuts what a gateway sends into payloads, wherever the network cut it. Each byte is copied about once. A length that
 * lies is not believed: the rest of a message would be glued to the next one and shift its fields.
 */
export class Frames {
  #parts: Buffer[] = []
  #bytes = 0

  /** Of messages that have not been taken, bytes. */
  get bytes(): number {
    return this.#bytes
  }

  push(bytes: Buffer): void {
    this.#parts.push(bytes)
    this.#bytes += bytes.length
  }

  /** The next payload that is there whole, with the NUL of its last field. @throws Error for a length that no gateway means */
  take(): Buffer | undefined {
    const length = this.#front(LENGTH_BYTES)?.readInt32BE()
    if (length === undefined) return undefined
    if (length <= 0 || length > MAX_PAYLOAD_BYTES)
      throw new Error(`a message of ${length} bytes was announced`)
    const end = LENGTH_BYTES + length
    const front = this.#front(end)
    if (front === undefined) return undefined
    if (front[end - 1] !== 0) throw new Error(`a message does not end after its ${length} bytes`)
    this.#bytes -= end
    if (front.length === end) this.#parts.shift()
    else this.#parts[0] = front.subarray(end)
    return front.subarray(LENGTH_BYTES, end)
  }

  /** A buffer that begins with the next so many bytes, once they have come. */
  #front(size: number): Buffer | undefined {
    if (this.#bytes < size) return undefined
    const [first] = this.#parts
    if (first !== undefined && first.length >= size) return first
    const whole = Buffer.concat(this.#parts)
    this.#parts = [whole]
    return whole
  }
}
