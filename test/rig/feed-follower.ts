import { SseReader } from './event-readers.ts'
import type { Answered, Reached } from './instanced.ts'
import type { Parsed } from './parsed.ts'

/** One row of an answer, or one event of a stream. */
type Told = Record<string, Parsed> & { readonly operation: string; readonly rowRef: string }

/** The rows as one reader has them, who does as it is told and complains of what makes no sense. */
export class ToldRows {
  readonly rows = new Map<string, Record<string, Parsed>>()
  /** every mark, as its type and reason */
  readonly marks: { readonly type: string; readonly reason: string }[] = []
  /** every change in its sequence */
  readonly told: Told[] = []

  get refs(): string[] {
    return [...this.rows.keys()]
  }

  /** @throws when a row is inserted twice, or changed or deleted without being there */
  take(change: Told): void {
    const { operation, rowRef, conflated: _, ...fields } = change
    this.told.push(change)
    const known = this.rows.get(rowRef)
    if ((operation === 'insert') === (known !== undefined))
      throw new Error(`${operation} of ${rowRef}, which is ${known ? '' : 'not '}there`)
    if (operation === 'delete') this.rows.delete(rowRef)
    else this.rows.set(rowRef, { ...known, ...fields })
  }
}

/** A subscription that is polled. */
export class FeedFollower extends ToldRows {
  readonly #system: Reached
  readonly #path: string
  readonly #ref: string
  last: Parsed
  status = 0

  private constructor(system: Reached, path: string, ref: string) {
    super()
    this.#system = system
    this.#path = path
    this.#ref = ref
  }

  /** Subscribes. @throws what it was answered when that was no 200 */
  static async begin(
    system: Reached,
    path: string,
    body: object = {},
    ref = 'reader',
  ): Promise<FeedFollower> {
    const follower = new FeedFollower(system, path, ref)
    follower.#take(await subscribe(system, path, body, ref))
    return follower
  }

  /** What changed; with `waitSeconds` waited for. */
  async poll(waitSeconds = 0): Promise<this> {
    const headers = {
      'source-ref': this.#ref,
      ...(waitSeconds > 0 && { prefer: `wait=${waitSeconds}` }),
    }
    this.#take(await this.#system.call(this.#path, { headers }))
    return this
  }

  async put(body: object): Promise<Answered> {
    return await this.#system.call(this.#path, {
      method: 'PUT',
      headers: {
        'content-type': 'application/json',
        'source-ref': `${this.#ref}-change`,
        'subscription-ref': this.#ref,
      },
      body: JSON.stringify(body),
    })
  }

  async end(): Promise<Answered> {
    const headers = { 'source-ref': this.#ref }
    return await this.#system.call(this.#path, { method: 'DELETE', headers })
  }

  #take({ answer, body }: Answered): void {
    if (answer.status !== 200) throw new Error(`${answer.status}: ${JSON.stringify(body)}`)
    this.last = body
    if (body.reset) this.rows.clear()
    for (const row of body.rows) this.take(row)
    this.marks.push(...body.marks)
  }
}

/** A POST to a feed as it is answered. */
export async function subscribe(
  system: Reached,
  path: string,
  body: object,
  ref: string,
): Promise<Answered> {
  return await system.call(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'source-ref': ref },
    body: JSON.stringify(body),
  })
}

/** A feed as a stream of server-sent events. */
export class FeedStream extends ToldRows {
  readonly reader: SseReader
  #read = 0

  constructor(url: string, lastEventId = '') {
    super()
    this.reader = new SseReader(url, lastEventId)
  }

  /** What has come by now. */
  read(): this {
    const { events } = this.reader
    for (; this.#read < events.length; this.#read += 1) {
      const { type, event } = events[this.#read] as Parsed
      if (type === 'reset') this.rows.clear()
      else if (type.startsWith('gap.')) this.marks.push(event)
      else if ('operation' in event) this.take(event)
    }
    return this
  }
}
