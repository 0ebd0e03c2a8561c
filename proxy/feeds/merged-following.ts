import { STREAM_BEGIN } from '../../shared/feed/events.ts'
import { Waiters } from '../../shared/waiters.ts'
import type { Following } from './following.ts'

/** Pieces that may wait to be taken; while there are more no client is read further. */
const MAX_WAITING = 64
/** Between the parts of a cursor, one for each client. */
const SEPARATOR = '~'
const NOWHERE = '-'

/** Where each of so many clients was read to, by the cursor of a stream of them all; undefined: from the beginning. */
export function partsOf(cursor: string | undefined, clients: number): (string | undefined)[] {
  const parts = cursor?.split(SEPARATOR) ?? []
  return Array.from({ length: clients }, (_, clientId) => {
    const part = parts[clientId]
    return part === undefined || part === NOWHERE ? undefined : part
  })
}

/** What one client's stream has told its reader. */
interface Share {
  readonly following: Following
  lastId: string | undefined
  /** its rows, and whether they are no longer to be gone by */
  readonly rows: Set<string>
}

/**
 * The streams of one feed at every client, as one: its cursor names a place at each, a row that several tell is told once, and
 * when a client begins anew only its own rows are taken back.
 */
export class MergedFollowing {
  readonly #shares: readonly Share[]
  readonly #gone: AbortSignal
  readonly #news = new Waiters()
  readonly #space = new Waiters()
  readonly #waiting: string[] = []
  #running = 0

  constructor(
    followings: readonly Following[],
    from: readonly (string | undefined)[],
    gone: AbortSignal,
  ) {
    this.#gone = gone
    this.#shares = followings.map((following, index) => ({
      following,
      lastId: from[index],
      rows: new Set(),
    }))
  }

  /** What comes from any of them, until its reader goes or all have ended. */
  async *pieces(): AsyncGenerator<string> {
    yield STREAM_BEGIN
    for (const [clientId, share] of this.#shares.entries()) void this.#read(clientId, share)
    while (!this.#gone.aborted) {
      const piece = this.#waiting.shift()
      if (piece !== undefined) {
        this.#space.wake()
        yield piece
      } else if (this.#running === 0) {
        return
      } else {
        await this.#news.wait(undefined, this.#gone)
      }
    }
  }

  async #read(clientId: number, share: Share): Promise<void> {
    this.#running += 1
    try {
      for await (const piece of share.following.pieces()) {
        while (this.#waiting.length >= MAX_WAITING && !this.#gone.aborted)
          await this.#space.wait(undefined, this.#gone)
        const text = this.#translated(clientId, share, piece)
        if (text === '') continue
        this.#waiting.push(text)
        this.#news.wake()
      }
    } finally {
      this.#running -= 1
      this.#news.wake()
    }
  }

  #cursor(): string {
    return this.#shares.map(({ lastId }) => lastId ?? NOWHERE).join(SEPARATOR)
  }

  /** The events of one client as events of all. */
  #translated(clientId: number, share: Share, piece: string): string {
    let text = ''
    for (const block of piece.split('\n\n')) {
      const lines = block.split('\n')
      const id = lines.find((line) => line.startsWith('id: '))?.slice(4)
      if (id !== undefined) share.lastId = id
      const type = lines.find((line) => line.startsWith('event: '))?.slice(7)
      const data = lines.find((line) => line.startsWith('data: '))?.slice(6)
      if (type === undefined || data === undefined) {
        text +=
          block.startsWith(':') || id !== undefined
            ? `${bare(block, id && this.#cursor())}\n\n`
            : ''
        continue
      }
      const told = this.#told(clientId, share, type, JSON.parse(data) as Record<string, unknown>)
      for (const [index, [word, fields]] of told.entries()) {
        const isLast = index === told.length - 1
        const mark = id !== undefined && isLast ? `id: ${this.#cursor()}\n` : ''
        text += `${mark}event: ${word}\ndata: ${JSON.stringify(fields)}\n\n`
      }
      // what several clients tell moves the cursor all the same
      if (told.length === 0 && id !== undefined) text += `id: ${this.#cursor()}\n\n`
    }
    return text
  }

  #told(
    clientId: number,
    share: Share,
    type: string,
    data: Record<string, unknown>,
  ): (readonly [type: string, data: object])[] {
    const rowRef = String(data.rowRef)
    const isElsewhere = () =>
      this.#shares.some((other) => other !== share && other.rows.has(rowRef))
    switch (type) {
      case 'insert': {
        const isKnown = isElsewhere() || share.rows.has(rowRef)
        share.rows.add(rowRef)
        return isKnown ? [] : [[type, data]]
      }
      case 'delete':
        share.rows.delete(rowRef)
        return isElsewhere() ? [] : [[type, data]]
      case 'reset': {
        const gone = [...share.rows]
        share.rows.clear()
        return gone
          .filter((row) => !this.#shares.some(({ rows }) => rows.has(row)))
          .map((row) => ['delete', { operation: 'delete', rowRef: row }] as const)
      }
      case 'modify':
        return [[type, data]]
      default:
        return [[type, { ...data, clientId }]]
    }
  }
}

/** A block without an event: a comment, how soon to come again, or where to go on. */
function bare(block: string, cursor: string | undefined): string {
  return cursor === undefined ? block : `id: ${cursor}`
}
