import type { Answer } from '../answer.ts'

/** All kept answers together, bytes; those not used for longest are dropped first. */
const KEPT_LIMIT_BYTES = 64 * 1024 * 1024
/** What an entry costs beside its texts, bytes: nobody fills the memory with small answers. */
const ENTRY_BYTES = 512

/** An answer with where it came from. */
export interface KeptAnswer {
  readonly answer: Answer
  readonly clientId: number | undefined
}

interface Entry extends KeptAnswer {
  /** ms */
  readonly at: number
  readonly freshMs: number
  readonly bytes: number
}

/** Fields of an answer that are about the call it was made for. */
const OF_ONE_CALL = new Set(['server-timing', 'connection', 'age', 'deprecation'])

/** Answers of history for as long as they stand for the next, and no more of them than fit. */
export class KeptAnswers {
  readonly #entries = new Map<string, Entry>()
  readonly #limit: number
  readonly #now: () => number
  #bytes = 0

  constructor(limit: number = KEPT_LIMIT_BYTES, now: () => number = () => performance.now()) {
    this.#limit = limit
    this.#now = now
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Keeps an answer for `freshMs`, in place of the one there was. */
  keep(question: string, { answer, clientId }: KeptAnswer, freshMs: number): void {
    this.#drop(question)
    const headers = fieldsKept(answer.headers)
    const bytes = 2 * (question.length + headers.join().length) + answer.body.length + ENTRY_BYTES
    if (bytes > this.#limit) return
    const at = this.#now()
    this.#entries.set(question, { answer: { ...answer, headers }, clientId, at, freshMs, bytes })
    this.#bytes += bytes
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.#limit && this.#isFresh(entry)) break
      this.#drop(oldest)
    }
  }

  /** The answer a question had while that stands, and how old it is, s. */
  find(question: string): { readonly kept: KeptAnswer; readonly ageSeconds: number } | undefined {
    const kept = this.#entries.get(question)
    if (kept === undefined) return undefined
    if (!this.#isFresh(kept)) {
      this.#drop(question)
      return undefined
    }
    // back to the end: the first is the one not used for longest
    this.#entries.delete(question)
    this.#entries.set(question, kept)
    return { kept, ageSeconds: Math.floor((this.#now() - kept.at) / 1000) }
  }

  #isFresh({ at, freshMs }: Entry): boolean {
    return this.#now() - at < freshMs
  }

  #drop(question: string): void {
    const entry = this.#entries.get(question)
    if (entry === undefined) return
    this.#entries.delete(question)
    this.#bytes -= entry.bytes
  }
}

function fieldsKept(headers: readonly string[]): string[] {
  return headers.filter((_, index) => !OF_ONE_CALL.has(headers[index - (index % 2)] ?? ''))
}
