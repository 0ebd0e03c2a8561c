import { get } from 'node:http'
import { WebSocket } from 'undici'
import type { Fields } from '../../shared/feed/table.ts'
import { apply } from '../rig/feed-stream.ts'

/** A feed as it is asked for: the query of `/market/data`. */
export type Asked = Readonly<Record<string, string>>

/** Whoever is refused for a while asks again after so long, ms. */
const RETRY_MS = 500

/** What the process of the readers is asked to do. */
export type Order =
  /** one reader for each list of feeds */
  | {
      readonly type: 'open'
      readonly url: string
      readonly how: 'sse' | 'ws'
      readonly feeds: readonly (readonly Asked[])[]
    }
  | { readonly type: 'reset' | 'report' | 'leave' }

/** What readers have been told since the last `reset`, all together. */
export interface Report {
  /** feeds whose rows have come */
  readonly begun: number
  /** rows told, and bytes they came in */
  readonly updates: number
  readonly bytes: number
  /** values left out, as the events say */
  readonly conflated: number
  /** gaps, resets and other words beside rows */
  readonly words: number
  /** by feed: how often its bid or the size of it was told */
  readonly bids: Readonly<Record<string, number>>
  /** by feed: its row */
  readonly rows: Readonly<Record<string, Fields>>
}

export function nameOf({ conId, genericTickList = '' }: Asked): string {
  return `${conId} ${genericTickList}`
}

/** Readers in a process of their own, so that they share no event loop with what measures. */
class Readers {
  readonly #leaves: (() => void)[] = []
  readonly #rows = new Map<string, Map<string, Fields>>()
  #bids = new Map<string, number>()
  #updates = 0
  #bytes = 0
  #conflated = 0
  #words = 0

  open({ url, how, feeds }: Extract<Order, { type: 'open' }>): void {
    for (const asked of feeds) {
      if (how === 'sse') this.#stream(url, asked)
      else this.#socket(url, asked)
    }
  }

  #stream(url: string, [asked = {}]: readonly Asked[]): void {
    const name = nameOf(asked)
    const query = new URLSearchParams(asked)
    const request = get(
      `${url}/market/data?${query}`,
      { headers: { accept: 'text/event-stream' }, agent: false },
      (response) => {
        let rest = ''
        response.setEncoding('utf8').on('error', () => undefined)
        response.on('data', (text: string) => {
          this.#bytes += text.length
          const blocks = `${rest}${text}`.split('\n\n')
          rest = blocks.pop() ?? ''
          for (const block of blocks) {
            const data = /^data: (.*)$/m.exec(block)?.[1]
            const type = /^event: (.*)$/m.exec(block)?.[1] ?? ''
            if (data !== undefined) this.#take(name, type, JSON.parse(data))
          }
        })
      },
    )
    request.on('error', () => undefined)
    this.#leaves.push(() => request.destroy())
  }

  #socket(url: string, feeds: readonly Asked[]): void {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`)
    const byRef = new Map(feeds.map((asked) => [nameOf(asked).replaceAll(/[ ,]/g, '_'), asked]))
    const subscribe = (sourceRef: string) => {
      const query = byRef.get(sourceRef)
      socket.send(JSON.stringify({ type: 'subscribe', feed: '/market/data', query, sourceRef }))
    }
    socket.addEventListener('open', () => {
      for (const sourceRef of byRef.keys()) subscribe(sourceRef)
    })
    socket.addEventListener('message', ({ data }) => {
      const text = String(data)
      this.#bytes += text.length
      const told = JSON.parse(text)
      const asked = byRef.get(told.sourceRef)
      if (told.error?.retryable) setTimeout(() => subscribe(told.sourceRef), RETRY_MS)
      else if (told.error !== undefined || asked === undefined) throw new Error(text)
      else if (told.data !== undefined) this.#take(nameOf(asked), told.type, told.data)
    })
    this.#leaves.push(() => socket.close())
  }

  #take(name: string, type: string, data: Fields): void {
    if (data.operation === undefined) this.#words += 1
    else this.#updates += 1
    if (typeof data.conflated === 'number') this.#conflated += data.conflated
    if ('bid' in data || 'bidSize' in data) this.#bids.set(name, (this.#bids.get(name) ?? 0) + 1)
    const rows = this.#rows.get(name) ?? new Map<string, Fields>()
    apply(rows, { type, data })
    this.#rows.set(name, rows)
  }

  reset(): void {
    this.#bids = new Map()
    this.#updates = 0
    this.#bytes = 0
    this.#conflated = 0
    this.#words = 0
  }

  report(): Report {
    const rows = [...this.#rows].map(([name, each]) => [name, [...each.values()][0] ?? {}])
    return {
      begun: this.#rows.size,
      updates: this.#updates,
      bytes: this.#bytes,
      conflated: this.#conflated,
      words: this.#words,
      bids: Object.fromEntries(this.#bids),
      rows: Object.fromEntries(rows),
    }
  }

  leave(): void {
    for (const leave of this.#leaves.splice(0)) leave()
    this.#rows.clear()
  }
}

if (process.argv[1] === import.meta.filename) {
  const readers = new Readers()
  process.on('message', (order: Order) => {
    if (order.type === 'open') readers.open(order)
    else if (order.type === 'reset') readers.reset()
    else if (order.type === 'leave') readers.leave()
    process.send?.(readers.report())
  })
  process.once('disconnect', () => process.exit(0))
}
