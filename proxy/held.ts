/** Answers up to this size are held until complete, so that a slow reader never keeps a slot. Bytes. */
const HOLD_LIMIT = 4 * 1024 * 1024

/** What has come of an answer and not gone on yet. */
export class Held {
  #pieces: Buffer[] = []
  #bytes = 0

  /** More came than is held. */
  get isTooMuch(): boolean {
    return this.#bytes > HOLD_LIMIT
  }

  add(piece: Buffer): void {
    this.#pieces.push(piece)
    this.#bytes += piece.length
  }

  /** All of it in one piece. */
  get whole(): Buffer {
    const [only] = this.#pieces
    return only !== undefined && this.#pieces.length === 1 ? only : Buffer.concat(this.#pieces)
  }

  /** Gives it up, piece by piece; that it was too much stays known. */
  take(): readonly Buffer[] {
    const pieces = this.#pieces
    this.#pieces = []
    return pieces
  }

  /** Nothing has come. */
  reset(): void {
    this.#pieces = []
    this.#bytes = 0
  }
}
