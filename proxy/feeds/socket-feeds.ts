import { randomBytes } from 'node:crypto'
import type { FeedDeclaration } from '../../shared/api/feed.ts'
import { feeds } from '../../shared/api/feeds.ts'
import { type Problem, Problem as ProblemError, problem } from '../../shared/problem.ts'
import { SOURCE_REF } from '../../shared/schemas/feed.ts'
import type { Declined, Pieces } from './following.ts'

/** Feeds on one socket. */
const MAX_FEEDS = 256

/** Whoever hears what a socket's feeds tell. */
export interface SocketEar {
  say(message: object): void
  /** says what is JSON already */
  sayText(text: string): void
  /** it has taken little of what was said; `hasRoom` would wait */
  readonly isFull: boolean
  /** waits until there is room for more; false for a reader that takes nothing for too long */
  hasRoom(gone: AbortSignal): Promise<boolean>
  /** it is let go */
  letGo(): void
  /** messages are CloudEvents, nothing else */
  readonly isCloud: boolean
}

/** A feed that a socket wants to be told. */
export interface Wish {
  readonly feed: FeedDeclaration
  readonly query: Readonly<Record<string, string>>
  /** where to go on */
  readonly from: string | undefined
}

export interface SocketFeedsOptions {
  readonly ear: SocketEar
  readonly closing: AbortSignal
  readonly begin: (wish: Wish, gone: AbortSignal) => Promise<Pieces | Declined>
  readonly counted: (by: 1 | -1) => void
}

/** What a socket says about a feed. */
export interface FeedCommand {
  readonly type: 'subscribe' | 'unsubscribe' | 'resume'
  readonly sourceRef?: string
  /** its path */
  readonly feed?: string
  /** what is asked, as in the query of that path */
  readonly query?: Readonly<Record<string, unknown>>
  readonly cursor?: string
}

interface Read {
  readonly wish: Wish
  readonly ending: AbortController
}

/** The feeds of one socket: several at once, each under its handle, each with the cursor to go on from. */
export class SocketFeeds {
  readonly #options: SocketFeedsOptions
  readonly #reads = new Map<string, Read>()
  /** what was asked under handles that do not run any more */
  readonly #known = new Map<string, Wish>()
  #told = 0

  constructor(options: SocketFeedsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#reads.size
  }

  /** Does what a command says; the outcome is told to the socket. */
  async command(command: FeedCommand): Promise<void> {
    const { type, sourceRef } = command
    try {
      if (type === 'unsubscribe') this.#end(sourceRef)
      else await this.#begin(command)
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error
      this.#refuse(error, sourceRef)
    }
  }

  /** The socket has gone. */
  stop(): void {
    for (const { ending } of this.#reads.values()) ending.abort()
    this.#reads.clear()
  }

  #end(sourceRef: string | undefined): void {
    const read = sourceRef === undefined ? undefined : this.#reads.get(sourceRef)
    if (sourceRef === undefined || read === undefined)
      throw invalid('sourceRef', `there is no feed ${sourceRef ?? ''} on this socket`)
    this.#reads.delete(sourceRef)
    read.ending.abort()
    this.#say('unsubscribed', sourceRef, read.wish.feed)
  }

  async #begin(command: FeedCommand): Promise<void> {
    const sourceRef = command.sourceRef ?? randomBytes(9).toString('base64url')
    if (!SOURCE_REF.test(sourceRef))
      throw invalid('sourceRef', 'sourceRef has 1 to 64 letters, digits and . : _ -')
    const wish = this.#wish(sourceRef, command)
    const running = this.#reads.get(sourceRef)
    if (running !== undefined && command.type === 'subscribe')
      throw invalid('sourceRef', `there is a feed ${sourceRef} on this socket already`)
    running?.ending.abort()
    if (this.#reads.size >= MAX_FEEDS)
      throw problem('PROXY_TOO_MANY_READERS', { detail: `${MAX_FEEDS} feeds are on this socket` })
    const ending = new AbortController()
    const gone = AbortSignal.any([ending.signal, this.#options.closing])
    const read: Read = { wish, ending }
    this.#reads.set(sourceRef, read)
    try {
      const begun = await this.#options.begin(wish, gone)
      if ('status' in begun) throw declined(begun)
      this.#known.set(sourceRef, wish)
      this.#say(command.type === 'resume' ? 'resumed' : 'subscribed', sourceRef, wish.feed)
      void this.#tell(sourceRef, read, begun, gone)
    } catch (error) {
      if (this.#reads.get(sourceRef) === read) this.#reads.delete(sourceRef)
      throw error
    }
  }

  #wish(sourceRef: string, { type, feed: path, query, cursor }: FeedCommand): Wish {
    const known = this.#known.get(sourceRef)
    if (type === 'resume' && path === undefined && known !== undefined)
      return { ...known, from: cursor }
    const feed = feeds.find(({ url }) => url === path)
    if (feed === undefined)
      throw invalid('feed', `feed must be one of ${feeds.map(({ url }) => url).join(', ')}`)
    const texts = Object.entries(query ?? {}).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(' ') : String(value),
    ])
    return { feed, query: Object.fromEntries(texts) as Record<string, string>, from: cursor }
  }

  async #tell(sourceRef: string, read: Read, following: Pieces, gone: AbortSignal): Promise<void> {
    const { ear, counted } = this.#options
    const { feed } = read.wish
    counted(1)
    try {
      for await (const piece of following.pieces()) {
        for (const { id, type, data } of eventsIn(piece)) {
          if (ear.isFull && !(await ear.hasRoom(gone))) {
            ear.letGo()
            return
          }
          if (gone.aborted) return
          this.#say(type, sourceRef, feed, id, data)
        }
      }
    } finally {
      counted(-1)
      if (this.#reads.get(sourceRef) === read) this.#reads.delete(sourceRef)
    }
  }

  #say(
    type: string,
    sourceRef: string,
    { url }: FeedDeclaration,
    cursor?: string,
    text?: string,
  ): void {
    const { ear } = this.#options
    if (!ear.isCloud) {
      const head = JSON.stringify({ type, sourceRef, feed: url, ...(cursor && { cursor }) })
      // it is JSON already: parsing it to write it again would be most of the work
      ear.sayText(text === undefined ? head : `${head.slice(0, -1)},"data":${text}}`)
      return
    }
    this.#told += 1
    const data = text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>)
    ear.say({
      specversion: '1.0',
      id: `${sourceRef}-${this.#told}`,
      source: url,
      type: `ibrest.feed.${type}`,
      ...(typeof data?.rowRef === 'string' && { subject: data.rowRef }),
      time: new Date().toISOString(),
      datacontenttype: 'application/json',
      sourceref: sourceRef,
      ...(cursor && { cursor }),
      data: data ?? {},
    })
  }

  #refuse(why: Problem, sourceRef: string | undefined): void {
    const { ear } = this.#options
    ear.say({ error: why.document('websocket'), ...(sourceRef !== undefined && { sourceRef }) })
  }
}

function invalid(field: string, detail: string): Problem {
  return problem('REQUEST_INVALID', {
    detail,
    errors: [{ endpoint: '/ws', field, code: 'not_allowed', detail }],
  })
}

/** What an instance said instead of a stream, as a problem of its own words. */
function declined({ status, body }: Declined): Problem {
  const { code, title, detail, errors, retryable } = JSON.parse(body) as {
    code: string
    title: string
    detail: string
    errors?: []
    retryable: boolean
  }
  return new ProblemError(code, { status, title }, { detail, retryable, ...(errors && { errors }) })
}

/** The events of a piece of a stream, by the format's rules; comments and bare ids are left out. */
function* eventsIn(piece: string) {
  for (const block of piece.split('\n\n')) {
    let [id, type, data] = [undefined as string | undefined, '', '']
    for (const line of block.split('\n')) {
      if (line.startsWith('id: ')) id = line.slice(4)
      else if (line.startsWith('event: ')) type = line.slice(7)
      else if (line.startsWith('data: ')) data = line.slice(6)
    }
    if (data !== '') yield { id, type, data }
  }
}
