import type { Dispatcher } from 'undici'
import { FILLS_HEADER } from '../shared/api/operation.ts'
import { problem } from '../shared/problem.ts'
import type { FillsTold } from './fills-told.ts'
import { type Freshness, freshnessOf } from './freshness.ts'
import type { Pool } from './pool.ts'
import type { Upstreams } from './upstreams.ts'

/** What one instance said, or why it said nothing. */
export interface Word {
  readonly clientId: number
  /** undefined: it is down or was lost */
  readonly status: number | undefined
  readonly body: unknown
  readonly retryAfter: string | undefined
  /** how fresh it is, where it says so */
  readonly freshness?: Freshness | undefined
  readonly problem: string | undefined
}

export interface Question {
  readonly method?: 'GET' | 'DELETE'
  /** the same for all, or each its own */
  readonly path: string | ((clientId: number) => string)
  readonly headers: Readonly<Record<string, string>>
  /** ms */
  readonly timeoutMs: number
}

const LATE = 'no answer in time'
const GATEWAY_TIMEOUT = 504

/** Asks one instance beside its slots; never throws. */
async function askOne(
  clientId: number,
  upstream: Dispatcher,
  question: Question,
  fills: FillsTold,
): Promise<Word> {
  try {
    const { statusCode, headers, body } = await upstream.request({
      method: question.method ?? 'GET',
      path: typeof question.path === 'string' ? question.path : question.path(clientId),
      headers: { ...question.headers, 'x-deadline-ms': String(Math.floor(question.timeoutMs)) },
      signal: AbortSignal.timeout(question.timeoutMs),
    })
    fills.marked(clientId, headers[FILLS_HEADER])
    const text = await body.text()
    const retryAfter = headers['retry-after']
    return {
      clientId,
      status: statusCode,
      body: text === '' ? undefined : JSON.parse(text),
      retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
      freshness: freshnessOf(headers),
      problem: undefined,
    }
  } catch (error) {
    const { code, message, name } = error as Error & { code?: string }
    const isLate = name === 'TimeoutError'
    return {
      clientId,
      status: undefined,
      body: undefined,
      retryAfter: undefined,
      problem: isLate ? LATE : (code ?? message),
    }
  }
}

/**
 * Asks every instance at once that can be used, or those that are meant, beside the slots; a word from each, in
 * client-id order.
 */
export function askAll(
  pool: Pool,
  upstreams: Upstreams,
  question: Question,
  isMeant: (clientId: number) => boolean = (clientId) => pool.isUp(clientId),
): Promise<Word[]> {
  return Promise.all(
    Array.from({ length: pool.known }, (_, clientId) => {
      const upstream = upstreams.questions(clientId)
      if (upstream !== undefined && isMeant(clientId))
        return askOne(clientId, upstream, question, pool.fills)
      const why = pool.reasonOf(clientId) ?? 'it is down'
      return { clientId, status: undefined, body: undefined, retryAfter: undefined, problem: why }
    }),
  )
}

type Row = Record<string, unknown>

export interface Joined {
  readonly rows: Row[]
  /** clients whose rows are not among them */
  readonly missing: number[]
}

/**
 * One list of what all instances said, each row marked with its `clientId`, or `null` where the instance says that it
 * is nobody's. Rows with the same `key` are the same thing: the one its own client reported is kept. They are in the
 * order of the clients, or newest first by the member `newestBy`.
 * @throws Problem when an instance refused the question (4xx, the same everywhere) or none answered; what only reads may be
 * asked again where all were late
 */
export function join(
  words: readonly Word[],
  key: string | undefined,
  newestBy?: string | undefined,
  isRead = false,
): Joined {
  const refusal = words.find(({ status }) => status !== undefined && status >= 400 && status < 500)
  if (refusal !== undefined) throw new Refusal(refusal)
  const rows = new Map<unknown, { row: Row; own: boolean }>()
  const missing: number[] = []
  for (const word of words) {
    if (word.status !== 200) {
      missing.push(word.clientId)
      continue
    }
    for (const said of Array.isArray(word.body) ? word.body : [word.body]) {
      const row: Row = {
        ...said,
        clientId: said?.clientId === undefined ? word.clientId : said.clientId,
      }
      const own = row.clientId === word.clientId
      const identity = (key === undefined ? undefined : row[key]) ?? Symbol('unique')
      const known = rows.get(identity)
      if (known === undefined || (own && !known.own)) rows.set(identity, { row, own })
    }
  }
  if (missing.length === words.length) {
    const reasons = words.map(
      ({ clientId, problem: why, status }) => `client ${clientId}: ${why ?? `status ${status}`}`,
    )
    // an instance gives up a little earlier than we do, and says so
    const areLate = words.every(
      ({ problem: why, status }) => why === LATE || status === GATEWAY_TIMEOUT,
    )
    if (areLate)
      throw problem('PROXY_DEADLINE', {
        detail: `No instance answered in time: ${reasons.slice(0, 3).join('; ')}`,
        retryable: isRead,
      })
    throw problem('PROXY_NO_INSTANCE', {
      detail: `No instance answered: ${reasons.slice(0, 3).join('; ')}`,
      retryAfter: 2,
    })
  }
  const all = [...rows.values()].map(({ row }) => row)
  return { rows: newestBy === undefined ? all : newestFirst(all, newestBy), missing }
}

/** UTC texts of one form sort as their moments do; rows without one come last. */
function newestFirst(rows: Row[], member: string): Row[] {
  const textOf = (row: Row) => String(row[member] ?? '')
  return rows.sort((a, b) => (textOf(a) < textOf(b) ? 1 : textOf(a) > textOf(b) ? -1 : 0))
}

/** An instance's own 4xx answer to a gathered question, to be passed on as it is. */
export class Refusal extends Error {
  readonly word: Word

  constructor(word: Word) {
    super(`client ${word.clientId} answered ${word.status}`)
    this.word = word
  }
}
