import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'undici'
import type { OrderEvent } from '../../shared/schemas/order-event.ts'
import type { Parsed } from './parsed.ts'

/** One event as a stream of server-sent events brought it. */
export interface Sent {
  readonly id: string
  readonly type: string
  readonly event: OrderEvent
}

/** A reader of server-sent events, by the format's own rules (HTML § 9.2), with the place it would resume from. */
export class SseReader {
  readonly events: Sent[] = []
  /** comments, by which a quiet stream shows that it lives */
  comments = 0
  lastEventId: string
  status = 0
  readonly #abort = new AbortController()
  readonly ended: Promise<void>

  constructor(url: string, lastEventId = '') {
    this.lastEventId = lastEventId
    this.ended = this.#read(url).catch(() => undefined)
  }

  /** Hangs up. */
  async leave(): Promise<void> {
    this.#abort.abort()
    await this.ended
  }

  async #read(url: string): Promise<void> {
    const answer = await fetch(url, {
      headers: {
        accept: 'text/event-stream',
        ...(this.lastEventId !== '' && { 'last-event-id': this.lastEventId }),
      },
      signal: this.#abort.signal,
    })
    this.status = answer.status
    if (!answer.ok || answer.body === null) return
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
    if (data !== '') this.events.push({ id: this.lastEventId, type, event: JSON.parse(data) })
  }
}

/** A reader on a WebSocket. */
export class SocketReader {
  readonly messages: Parsed[] = []
  /** called with every message */
  onMessage: (message: Parsed) => void = () => undefined
  readonly opened: Promise<void>
  readonly closed: Promise<{ code: number; reason: string }>
  readonly #socket: WebSocket

  constructor(url: string, protocols: string[] = []) {
    this.#socket = new WebSocket(url.replace(/^http/, 'ws'), protocols)
    this.#socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(String(data))
      this.messages.push(message)
      this.onMessage(message)
    })
    this.opened = new Promise((resolve, reject) => {
      this.#socket.addEventListener('open', () => resolve())
      this.#socket.addEventListener('error', () => reject(new Error('the socket did not open')))
    })
    this.closed = new Promise((resolve) => {
      this.#socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }))
    })
  }

  get protocol(): string {
    return this.#socket.protocol
  }

  send(message: object): void {
    this.#socket.send(JSON.stringify(message))
  }

  async leave(): Promise<void> {
    this.#socket.close()
    await this.closed
  }
}

/** Reads the stream from its beginning while hanging up at random moments, or being cut off, and resuming. */
export async function readRestlessly(
  url: string,
  luck: () => number,
  isOver: (events: number) => boolean,
): Promise<OrderEvent[]> {
  const read: OrderEvent[] = []
  let lastEventId = '0'
  while (!isOver(read.length)) {
    const reader = new SseReader(`${url}/order/events`, lastEventId)
    await Promise.race([reader.ended, pause(20 + luck() * 400)])
    await reader.leave()
    read.push(...reader.events.map(({ event }) => event))
    lastEventId = reader.lastEventId
    // a proxy that was killed is not back at once
    if (reader.status === 0) await pause(20)
  }
  return read
}
