import type { Reached } from './instanced.ts'
import type { Parsed } from './parsed.ts'

type Rows = ReadonlyMap<string, Readonly<Record<string, unknown>>>

export interface PollerOptions {
  readonly call: Reached['call']
  readonly url: string
}

/** One subscription to a feed, read by polling, and what whoever does as it is told has of its rows. */
export class FeedPoller {
  readonly #options: PollerOptions
  readonly #rows = new Map<string, Record<string, unknown>>()
  sourceRef = ''
  /** the answers that were not refused, in order */
  readonly updates: Parsed[] = []
  /** words of every mark so far */
  readonly marks: string[] = []

  constructor(options: PollerOptions) {
    this.#options = options
  }

  get rows(): Rows {
    return this.#rows
  }

  /** Its rows by one field, in the sequence in which they were told first. */
  column(field: string): unknown[] {
    return [...this.#rows.values()].map((row) => row[field])
  }

  /** Status and body of the answer to POST. */
  async subscribe(question: object = {}, sourceRef?: string) {
    const { call, url } = this.#options
    const { answer, body } = await call(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(sourceRef !== undefined && { 'source-ref': sourceRef }),
      },
      body: JSON.stringify(question),
    })
    if (answer.ok) this.#take(body)
    return { status: answer.status, body }
  }

  /** What has changed; waits so many seconds for it. */
  async poll(waitSeconds = 0) {
    const { call, url } = this.#options
    const { answer, body } = await call(url, {
      headers: {
        'source-ref': this.sourceRef,
        ...(waitSeconds > 0 && { prefer: `wait=${waitSeconds}` }),
      },
    })
    if (answer.ok) this.#take(body)
    return { status: answer.status, body }
  }

  async change(wishes: object) {
    const { call, url } = this.#options
    const { answer, body } = await call(url, {
      method: 'PUT',
      headers: {
        'content-type': 'application/json',
        'source-ref': `change-${this.updates.length}`,
        'subscription-ref': this.sourceRef,
      },
      body: JSON.stringify(wishes),
    })
    return { status: answer.status, body }
  }

  async end() {
    const { call, url } = this.#options
    const { answer } = await call(url, {
      method: 'DELETE',
      headers: { 'source-ref': this.sourceRef },
    })
    return answer.status
  }

  /** @throws when a change is of a row that it cannot be of */
  #take(update: Parsed): void {
    this.sourceRef = update.sourceRef
    this.updates.push(update)
    if (update.reset) this.#rows.clear()
    for (const { operation, rowRef, conflated: _, ...fields } of update.rows) {
      const known = this.#rows.get(rowRef)
      if ((operation === 'insert') === (known !== undefined))
        throw new Error(`${operation} of ${rowRef}, which is ${known ? 'known' : 'unknown'}`)
      if (operation === 'insert') this.#rows.set(rowRef, fields)
      else if (operation === 'modify') Object.assign(known ?? {}, fields)
      else this.#rows.delete(rowRef)
    }
    for (const { type } of update.marks) this.marks.push(type)
  }
}
