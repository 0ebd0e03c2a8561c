import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FeedDeclaration } from '../../shared/api/feed.ts'
import { asksToWait, timeoutOf } from '../../shared/deadline.ts'
import { problem } from '../../shared/problem.ts'
import type { FeedRow } from '../../shared/schemas/feed.ts'
import { noInstance } from '../refusals.ts'
import { refIn } from './call-fields.ts'
import { type Answered, type Carried, carry, type FeedRoutesOptions, passBack } from './carry.ts'
import { type Declined, Following, type Pieces } from './following.ts'
import { MergedFollowing, partsOf } from './merged-following.ts'
import type { Wanted } from './routes.ts'

/** How often clients are asked while somebody waits for news of them all, ms. */
export const ASK_AGAIN_MS = 250

/** One client's part of an answer, as it is told. */
export interface Part {
  readonly clientId: number
  readonly update: {
    readonly sourceRef: string
    readonly sequenceId: number
    readonly state: string
    readonly reason: string | null
    readonly asOf: string | null
    readonly rowsCount: number
    readonly moreRows: boolean
    readonly rows: readonly FeedRow[]
    readonly marks: readonly object[]
    readonly missed: number
    readonly reset: boolean
  }
}

/**
 * One answer of what every client told of its part of a feed: a row that several tell is told once. It is live where all
 * are; `missing` names the clients that were not heard.
 */
export function joined(parts: readonly Part[], missing: readonly number[]) {
  const updates = parts.map(({ update }) => update)
  const [first] = updates
  const troubled = parts.find(({ update }) => update.state !== 'live')
  const times = updates.map(({ asOf }) => asOf ?? '').sort()
  const seen = new Set<string>()
  const rows = updates.flatMap(({ rows: told }) =>
    told.filter(({ operation, rowRef }) => {
      const key = `${operation} ${rowRef}`
      if (operation === 'modify') return true
      return !seen.has(key) && seen.add(key)
    }),
  )
  const away = missing.length === 0 ? null : `client ${missing.join(', ')} is not connected`
  return {
    sourceRef: first?.sourceRef ?? '',
    sequenceId: Math.max(...updates.map(({ sequenceId }) => sequenceId)),
    state: away === null ? (troubled?.update.state ?? 'live') : 'gap',
    reason: away ?? troubled?.update.reason ?? null,
    asOf: times.at(-1) || null,
    cursor: null,
    // clients may be told of one another's rows, so that no more is known than that there are so many
    rowsCount: Math.max(seen.size, ...updates.map(({ rowsCount }) => rowsCount)),
    moreRows: updates.some(({ moreRows }) => moreRows),
    rows,
    marks: parts.flatMap(({ clientId, update }) =>
      update.marks.map((mark) => ({ ...mark, clientId })),
    ),
    missed: updates.reduce((sum, { missed }) => sum + missed, 0),
    reset: updates.every(({ reset }) => reset),
    missing,
  }
}

/** Whether an answer tells anything. */
export function isNews({ rows, marks, missed }: ReturnType<typeof joined>): boolean {
  return rows.length > 0 || marks.length > 0 || missed > 0
}

/** Waits before clients are asked again; false when there is no time left, or nobody to tell. */
export async function again(deadlineAt: number, gone: AbortSignal): Promise<boolean> {
  const leftMs = Math.min(ASK_AGAIN_MS, deadlineAt - performance.now())
  if (leftMs <= 0 || gone.aborted) return false
  await pause(leftMs, undefined, { signal: gone }).catch(() => undefined)
  return !gone.aborted
}

/** A feed of which every client has a part: subscribed, polled, changed and ended at all of them under one handle. */
export class Everywhere {
  readonly #options: FeedRoutesOptions

  constructor(options: FeedRoutesOptions) {
    this.#options = options
  }

  async answer(
    feed: FeedDeclaration,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    if ((request.headers.accept ?? '').includes('atom+xml'))
      throw problem('REQUEST_NOT_ACCEPTABLE', {
        detail: `${feed.url} of all clients comes as JSON or text/event-stream; of one client, at /clients/{clientId}${feed.url}, as Atom too`,
      })
    if (request.method === 'POST') return await this.#subscribe(request, reply)
    if (request.method === 'GET') return await this.#poll(feed, request, reply)
    const answered = await this.#all(request)
    const said = answered.find(({ status }) => status === 200) ?? answered[0]
    return passBack(said as Answered, reply)
  }

  /** Every client that is there; the one who could not be asked is left out. @throws Problem when none can */
  async #all(request: FastifyRequest, instead: Carried = {}): Promise<Answered[]> {
    const { pool } = this.#options
    // what is to be joined has to be read
    const without = [...(instead.without ?? []), 'accept-encoding']
    const clients = Array.from({ length: pool.size }, (_, clientId) => clientId)
    const outcomes = await Promise.allSettled(
      clients.map((clientId) => carry(this.#options, clientId, request, { ...instead, without })),
    )
    const answered = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    if (answered.length > 0) return answered
    throw noInstance(
      pool.size,
      clients.map((clientId) => pool.reasonOf(clientId) ?? 'it is down'),
    )
  }

  async #subscribe(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const given = refIn(request, 'source')
    const sourceRef = given ?? `all.${randomBytes(9).toString('base64url')}`
    const headers = given === undefined ? ['source-ref', sourceRef] : []
    const answered = await this.#all(request, { headers })
    const refusal = answered.find(({ status }) => status !== 200)
    if (refusal === undefined) return this.#tell(answered, reply)
    // all or nothing: those that took it are told that it is over
    const isTaken = answered.some(({ status }) => status === 200)
    if (isTaken && refusal.status !== 409) await this.#end(request, sourceRef)
    return passBack(refusal, reply)
  }

  async #end(request: FastifyRequest, sourceRef: string): Promise<void> {
    const path = (request.raw.url ?? '/').split('?', 1)[0] ?? '/'
    await this.#all(request, {
      method: 'DELETE',
      path,
      without: ['source-ref', 'source_ref', 'content-type'],
      headers: ['source-ref', sourceRef],
    })
  }

  async #poll(
    feed: FeedDeclaration,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const { requestTimeoutMs } = this.#options
    const waits = asksToWait(request.headers)
    const deadlineAt = performance.now() + timeoutOf(request.headers, requestTimeoutMs)
    for (;;) {
      // whoever waits is told by the first that has news, so nobody is asked to wait
      const answered = await this.#all(request, { without: ['prefer'] })
      const known = answered.filter(({ status }) => status === 200)
      if (known.length === 0) return passBack(answered[0] as Answered, reply)
      const lost = answered.filter(({ status }) => status === 404 || status === 410)
      const renewed = await this.#renew(feed, request, lost)
      const told = toldBy(known.concat(renewed), this.#options.pool.size)
      if (isNews(told) || !waits || !(await again(deadlineAt, request.callerGone)))
        return this.#send(told, reply)
    }
  }

  /** A client that has restarted, or come since, is subscribed to again: it tells all it has. */
  async #renew(
    feed: FeedDeclaration,
    request: FastifyRequest,
    lost: readonly Answered[],
  ): Promise<Answered[]> {
    const sourceRef = refIn(request, 'source')
    if (sourceRef === undefined || lost.length === 0) return []
    const outcomes = await Promise.allSettled(
      lost.map(({ clientId }) =>
        carry(this.#options, clientId, request, {
          method: 'POST',
          path: `${feed.url}?sourceRef=${encodeURIComponent(sourceRef)}`,
          without: ['prefer', 'source-ref', 'source_ref', 'content-type', 'accept-encoding'],
        }),
      ),
    )
    return outcomes.flatMap((each) =>
      each.status === 'fulfilled' && each.value.status === 200 ? [each.value] : [],
    )
  }

  #tell(answered: readonly Answered[], reply: FastifyReply): FastifyReply {
    return this.#send(toldBy(answered, this.#options.pool.size), reply)
  }

  #send(told: ReturnType<typeof joined>, reply: FastifyReply): FastifyReply {
    if (told.missing.length > 0) reply.header('ibrest-missing-clients', told.missing.join(','))
    return reply
      .header('source-ref', told.sourceRef)
      .header('cache-control', 'no-store')
      .type('application/json; charset=utf-8')
      .serializer(JSON.stringify)
      .send(told)
  }
}

function toldBy(answered: readonly Answered[], clients: number) {
  const parts = answered.map(({ clientId, body }) => ({
    clientId,
    update: JSON.parse(body.toString()) as Part['update'],
  }))
  const heard = new Set(parts.map(({ clientId }) => clientId))
  const missing = Array.from({ length: clients }, (_, clientId) => clientId)
  return joined(
    parts,
    missing.filter((clientId) => !heard.has(clientId)),
  )
}

/** The streams of all clients as one; one that is away is followed once it is back. What the first said that declines, if all do. */
export async function followEverywhere(
  options: FeedRoutesOptions,
  { path, headers, from }: Wanted,
  gone: AbortSignal,
): Promise<Pieces | Declined> {
  const parts = partsOf(from, options.pool.size)
  // each client is told its own place, never that of all
  const [url = '', query] = path.split('?', 2)
  const asked = new URLSearchParams(query)
  asked.delete('cursor')
  const onwards = asked.size === 0 ? url : `${url}?${asked}`
  const followings = parts.map(
    (part, clientId) =>
      new Following(options, { clientId, path: onwards, headers, from: part, gone }),
  )
  const outcomes = await Promise.allSettled(followings.map((following) => following.begin()))
  const [first] = outcomes
  if (first?.status === 'rejected' && outcomes.every(({ status }) => status === 'rejected'))
    throw first.reason
  const refused = outcomes.flatMap((each) =>
    each.status === 'fulfilled' && each.value !== undefined && each.value.status < 500
      ? [each.value]
      : [],
  )
  const [declined] = refused
  if (declined !== undefined) return declined
  return new MergedFollowing(followings, parts, gone)
}
