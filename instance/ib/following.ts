import type { IBApi } from '@stoqey/ib'
import type { Problem } from '../../shared/problem.ts'
import { ADDRESSED, type GatewayEvent } from './events.ts'
import type { RequestIds } from './ids.ts'
import type { Pace } from './pace.ts'
import type { Following, Fullness, Rows, Stream, StreamObserver } from './stream.ts'

interface Entry {
  readonly byKind: boolean
  read(event: GatewayEvent, args: readonly unknown[]): Fullness | undefined
  notice(code: number): Fullness | undefined
  /** cancels what the gateway may have kept though it failed */
  readonly cancelFailed: (() => void) | undefined
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
    const cancel = () => void pace.send('read', () => stream.cancel(api, reqId, question))
    this.#running.set(reqId, {
      byKind: stream.answeredBy === 'kind',
      cancelFailed: stream.outlivesFailure ? cancel : undefined,
      observer,
      read: (event, args) => stream.reads[event]?.(rows, args as never, bag, question),
      notice: (code) => stream.notices?.[code]?.(rows, bag),
    })
    const type = stream.marketDataType?.(question)
    if (type !== undefined) this.setMarketDataType(type)
    let isSent = false
    const withdraw = pace.send('read', () => {
      isSent = true
      stream.start(api, reqId, question)
      observer.sent?.()
    })
    return {
      close: () => {
        const isRunning = this.#running.delete(reqId)
        if (!isSent) withdraw()
        else if (isRunning) cancel()
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
    entry.cancelFailed?.()
    entry.observer.failed(reason)
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
  if (fullness !== undefined) entry.observer.told(fullness)
}
