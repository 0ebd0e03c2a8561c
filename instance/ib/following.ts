import type { IBApi } from '@stoqey/ib'
import { type Problem, problem } from '../../shared/problem.ts'
import { ADDRESSED, type GatewayEvent } from './events.ts'
import type { RequestIds } from './ids.ts'
import type { Pace } from './pace.ts'
import type { Following, Fullness, Rows, Stream, StreamObserver } from './stream.ts'

interface Entry {
  readonly name: string
  readonly byKind: boolean
  read(event: GatewayEvent, args: readonly unknown[]): Fullness | undefined
  cancel(): void
  notice(code: number): Fullness | undefined
  /** a notice that names no request is the end of it */
  isEndedBy(code: number): boolean
  /** all that is known was told once, or it is nothing that IB refuses: errors that name nobody mean others */
  isSure: boolean
  readonly observer: StreamObserver
}

export interface StreamsOptions {
  readonly api: IBApi
  readonly pace: Pace
  readonly requestIds: RequestIds
}

/** The streams of one session: which runs under which request id, and who is told what of it. */
export class Streams {
  readonly #options: StreamsOptions
  readonly #running = new Map<number, Entry>()
  /** what reqMarketDataType was last set to; it holds for the whole session */
  #marketDataType = 1

  constructor(options: StreamsOptions) {
    this.#options = options
  }

  /** Streams that run. */
  get size(): number {
    return this.#running.size
  }

  /** Says which kind of market data is wanted from now on, where that is another than before (facts §5). */
  setMarketDataType(type: number): void {
    if (type === this.#marketDataType) return
    this.#marketDataType = type
    const { api, pace } = this.#options
    pace.send('read', () => void api.reqMarketDataType(type))
  }

  /** Starts a stream as soon as the message rate allows. */
  follow<Question, Bag>(
    stream: Stream<Question, Bag>,
    question: Question,
    rows: Rows,
    observer: StreamObserver,
  ): Following {
    const { api, pace, requestIds } = this.#options
    const reqId = requestIds.take()
    const bag = stream.begin(question)
    const entry: Entry = {
      name: stream.name,
      byKind: stream.answeredBy === 'kind',
      isSure: stream.isNeverRefused === true,
      observer,
      isEndedBy: (code) => stream.unnamed?.[code]?.(bag) ?? false,
      read: (event, args) => stream.reads[event]?.(rows, args as never, bag, question),
      cancel: () => void pace.send('read', () => stream.cancel(api, reqId, question)),
      notice: (code) => stream.notices?.[code]?.(rows, bag),
    }
    this.#running.set(reqId, entry)
    const type = stream.marketDataType?.(question)
    if (type !== undefined) this.setMarketDataType(type)
    let isSent = false
    const withdraw = pace.send('read', () => {
      isSent = true
      try {
        stream.start(api, reqId, question)
      } catch (error) {
        this.#running.delete(reqId)
        const detail = `${stream.name} could not be asked for: ${String(error)}`
        observer.failed(problem('INTERNAL', { cause: error, detail }))
        return
      }
      observer.sent?.()
    })
    return {
      close: () => {
        const isRunning = this.#running.delete(reqId)
        if (!isSent) withdraw()
        else if (isRunning) entry.cancel()
      },
    }
  }

  /** An event of the gateway goes to the streams it belongs to. */
  arrived(event: GatewayEvent, args: readonly unknown[]): void {
    if (ADDRESSED[event] === 'reqId') {
      const entry = this.#running.get(args[0] as number)
      if (entry !== undefined) tell(entry, event, args)
      return
    }
    for (const entry of this.#running.values()) if (entry.byKind) tell(entry, event, args)
  }

  /** The gateway ended the stream of this id, or never began it. */
  failed(reqId: number, reason: Problem): void {
    const entry = this.#running.get(reqId)
    if (entry === undefined) return
    this.#running.delete(reqId)
    // IB may keep one that it only has no data for now, and its line; where it does not, it says no more than that (300)
    if (!entry.byKind) entry.cancel()
    entry.observer.failed(reason)
  }

  /** An error that names nobody can only mean the streams that carry no id and were not told all, or the one it is known to be about. */
  failedUnnamed(reason: Problem, only?: string): void {
    for (const [reqId, { name, byKind, isSure }] of [...this.#running])
      if (byKind && (only === undefined ? !isSure : name === only)) this.failed(reqId, reason)
  }

  /** A notice that names nobody. */
  noticedUnnamed(code: number, reason: () => Problem): void {
    for (const [reqId, entry] of [...this.#running])
      if (entry.isEndedBy(code)) this.failed(reqId, reason())
  }

  /** A warning about the stream of this id. */
  noticed(reqId: number, code: number): void {
    const entry = this.#running.get(reqId)
    const fullness = entry?.notice(code)
    if (fullness) entry?.observer.told(fullness)
  }

  /** The session ended: nothing more comes. */
  clear(): void {
    this.#running.clear()
  }
}

function tell(entry: Entry, event: GatewayEvent, args: readonly unknown[]): void {
  const fullness = entry.read(event, args)
  if (fullness === undefined) return
  if (fullness === 'whole') entry.isSure = true
  entry.observer.told(fullness)
}
