import type { Fields } from '../../shared/feed/table.ts'
import type { Parsed } from './parsed.ts'

/** One event as a stream brought it. */
export interface FeedEvent {
  readonly id: string
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
}

/** A reader of a feed's server-sent events (HTML § 9.2): what it was told, and the rows it makes of that. */
export class FeedStream {
  readonly events: FeedEvent[] = []
  readonly rows = new Map<string, Fields>()
  /** comments, by which a quiet stream shows that it lives */
  comments = 0
  /** called after every event */
  onEvent: () => void = () => undefined
  lastEventId: string
  status = 0
  /** what was answered instead of a stream */
  refusal: unknown
  readonly ended: Promise<void>
  readonly #abort = new AbortController()

  constructor(url: string, lastEventId = '', headers: Record<string, string> = {}) {
    this.lastEventId = lastEventId
    this.ended = this.#read(url, headers).catch(() => undefined)
  }

  /** Its marks and other words beside rows, in their sequence. */
  get words(): string[] {
    return this.events.map(({ type }) => type).filter((type) => !ROWS.has(type))
  }

  /** Hangs up. */
  async leave(): Promise<void> {
    this.#abort.abort()
    await this.ended
  }

  async #read(url: string, headers: Record<string, string>): Promise<void> {
    const answer = await fetch(url, {
      headers: {
        accept: 'text/event-stream',
        ...(this.lastEventId !== '' && { 'last-event-id': this.lastEventId }),
        ...headers,
      },
      signal: this.#abort.signal,
    })
    this.status = answer.status
    if (!answer.ok || answer.body === null) {
      this.refusal = await answer.json()
      return
    }
    let text = ''
    for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
      text += chunk
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) this.#take(block)
    }
  }

  #take(block: string): void {
    let [type, data] = ['message', '']
    for (const line of block.split('\n')) {
      const colon = line.indexOf(':')
      const value = line.slice(colon + 1).trimStart()
      if (colon === 0) this.comments += 1
      else if (line.startsWith('id:')) this.lastEventId = value
      else if (line.startsWith('event:')) type = value
      else if (line.startsWith('data:')) data += value
    }
    if (data === '') return
    const event = { id: this.lastEventId, type, data: JSON.parse(data) }
    this.events.push(event)
    apply(this.rows, event)
    this.onEvent()
  }
}

/** Does to rows what an event says. */
export function apply(rows: Map<string, Fields>, { type, data }: Omit<FeedEvent, 'id'>): void {
  const { rowRef, operation, conflated, ...fields } = data as { rowRef: string } & Fields
  if (type === 'reset') rows.clear()
  else if (type === 'insert') rows.set(rowRef, fields)
  else if (type === 'modify') rows.set(rowRef, { ...rows.get(rowRef), ...fields })
  else if (type === 'delete') rows.delete(rowRef)
}

/** What a WebSocket was told of one of its feeds, and the rows that makes. */
export function toldOf(messages: readonly Parsed[], sourceRef: string) {
  const told: readonly Parsed[] = messages.filter((message) => message.sourceRef === sourceRef)
  const rows = new Map<string, Fields>()
  for (const message of told) if (message.data !== undefined) apply(rows, message)
  const words: string[] = told.map(({ type }) => type).filter((type) => !ROWS.has(type))
  return { told, rows, words }
}

const ROWS: ReadonlySet<string> = new Set(['insert', 'modify', 'delete'])
