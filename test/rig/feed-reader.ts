import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import type { Parsed } from './parsed.ts'
import { until } from './until.ts'

/** One event of a feed's stream; `id` where it has one. */
export interface FeedEvent {
  readonly id: string | undefined
  readonly type: string
  readonly data: Parsed
}

/** A reader of a feed's server-sent events that keeps everything, and the rows as they are by its events. */
export class FeedReader {
  readonly events: FeedEvent[] = []
  readonly rows = new Map<string, Parsed>()
  comments = 0
  retry: string | undefined
  lastEventId = ''
  status = 0
  headers: IncomingMessage['headers'] = {}
  /** its body, when it was no stream */
  text = ''
  isOver = false
  readonly #request: ClientRequest

  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    this.#request = request(
      url,
      { agent: false, headers: { accept: 'text/event-stream', ...headers } },
      (answer) => {
        this.status = answer.statusCode ?? 0
        this.headers = answer.headers
        answer.setEncoding('utf8')
        answer.on('data', (chunk: string) => this.#read(chunk))
        answer.on('close', () => {
          this.isOver = true
        })
        answer.on('error', () => undefined)
      },
    )
    this.#request.on('error', () => {
      this.isOver = true
    })
    this.#request.end()
  }

  leave(): void {
    this.#request.destroy()
  }

  types(): string[] {
    return this.events.map(({ type }) => type)
  }

  /** Resolves with the first event of that type, from the so-manieth event on. */
  async saw(type: string, from = 0, withinMs = 20_000): Promise<FeedEvent> {
    return await until(
      () => this.events.slice(from).find((event) => event.type === type),
      `an event ${type}`,
      withinMs,
    )
  }

  #read(chunk: string): void {
    this.text += chunk
    if (!String(this.headers['content-type']).startsWith('text/event-stream')) return
    const blocks = this.text.split('\n\n')
    this.text = blocks.pop() ?? ''
    for (const block of blocks) this.#take(block)
  }

  #take(block: string): void {
    let [type, data, id] = ['message', '', undefined as string | undefined]
    for (const line of block.split('\n')) {
      const [, name, value = ''] = /^(\w*): ?(.*)$/.exec(line) ?? []
      if (name === '') this.comments += 1
      else if (name === 'id') id = value
      else if (name === 'retry') this.retry = value
      else if (name === 'event') type = value
      else if (name === 'data') data += value
    }
    if (id !== undefined) this.lastEventId = id
    if (data === '') return
    const event: FeedEvent = { id, type, data: JSON.parse(data) }
    this.events.push(event)
    const { operation, conflated: _, rowRef, ...fields } = event.data
    if (type === 'reset') this.rows.clear()
    else if (operation === 'delete') this.rows.delete(rowRef)
    else if (operation !== undefined) this.rows.set(rowRef, { ...this.rows.get(rowRef), ...fields })
  }
}
