import { createHash } from 'node:crypto'

/** How long a document of IB stands for the next who asks, ms. */
export const KEPT_MS = 3_600_000
/** All documents of one kind together, bytes; those not used for longest are dropped first. */
const KEPT_LIMIT_BYTES = 32 * 1024 * 1024
/** What a document and what was read of it take for each of its characters, roughly. */
const BYTES_PER_CHARACTER = 6

/** A document of IB, and what was read of it. */
export interface KeptDocument<Read> {
  readonly xml: string
  readonly read: Read
  /** names this content, whichever instance gives it */
  readonly tag: string
  /** when IB gave it, `performance.now()`, ms */
  readonly at: number
}

/** Documents of IB for an hour, and no more of them than fit. */
export class KeptDocuments<Read> {
  readonly #kept = new Map<string, KeptDocument<Read>>()
  readonly #limit: number
  readonly #now: () => number
  #bytes = 0

  constructor(limit: number = KEPT_LIMIT_BYTES, now: () => number = () => performance.now()) {
    this.#limit = limit
    this.#now = now
  }

  /** How old a document is, s. */
  ageOf({ at }: KeptDocument<Read>): number {
    return Math.max(0, Math.floor((this.#now() - at) / 1000))
  }

  /** What is kept under that name and still stands. */
  find(name: string): KeptDocument<Read> | undefined {
    const found = this.#kept.get(name)
    if (found === undefined) return undefined
    this.#drop(name)
    if (this.#now() - found.at >= KEPT_MS) return undefined
    // back to the end: the first is the one not used for longest
    this.#put(name, found)
    return found
  }

  /** A document for this one call, as it is where it must not stand for others. */
  pass(xml: string, read: Read): KeptDocument<Read> {
    const tag = createHash('sha256').update(xml).digest('base64url').slice(0, 22)
    return { xml, read, tag, at: this.#now() }
  }

  /** Keeps a document in place of the one there was, where it fits. */
  keep(name: string, xml: string, read: Read): KeptDocument<Read> {
    const document = this.pass(xml, read)
    this.#drop(name)
    if (bytesOf(document) > this.#limit) return document
    this.#put(name, document)
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#limit) break
      this.#drop(oldest)
    }
    return document
  }

  #put(name: string, document: KeptDocument<Read>): void {
    this.#kept.set(name, document)
    this.#bytes += bytesOf(document)
  }

  #drop(name: string): void {
    const found = this.#kept.get(name)
    if (found === undefined) return
    this.#kept.delete(name)
    this.#bytes -= bytesOf(found)
  }
}

function bytesOf({ xml }: KeptDocument<unknown>): number {
  return xml.length * BYTES_PER_CHARACTER
}
