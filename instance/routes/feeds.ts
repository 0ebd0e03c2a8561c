import type { FastifyReply } from 'fastify'
import { feedOperations, GAP_HEADER } from '../../shared/api/feed.ts'
import { endIdleFeeds, getSubscription } from '../../shared/api/subscriptions.ts'
import { asksToWait } from '../../shared/deadline.ts'
import { type FeedCursor, formatFeedCursor } from '../../shared/feed/events.ts'
import { View } from '../../shared/feed/view.ts'
import { problem } from '../../shared/problem.ts'
import { type FeedAck, MAX_ROWS, OUT_OF_LINES } from '../../shared/schemas/feed.ts'
import type { Service } from '../../shared/service.ts'
import { atomOf } from '../feeds/atom.ts'
import type { Feed } from '../feeds/feed.ts'
import type { FeedKind } from '../feeds/kind.ts'
import { feedKinds } from '../feeds/kinds/index.ts'
import { cursorOf, streamFeed } from '../feeds/stream.ts'
import type { Subscription } from '../feeds/subscriptions.ts'
import { type Finding, refuseFields } from '../fields.ts'
import type { Terms } from '../ib/query.ts'
import { changed, questionOf, refOf, resumedFrom, type Written, wishesOf } from './feed-requests.ts'
import { type Parts, serve } from './serve.ts'

const JSON_TYPE = 'application/json'
const SSE_TYPE = 'text/event-stream'
const ATOM_TYPE = 'application/atom+xml'

/** Streams at one instance. */
const MAX_STREAMS = 4096

/** Rows have too many shapes for a serializer of their own. */
function asJson(reply: FastifyReply, sourceRef: string): void {
  reply
    .header('source-ref', sourceRef)
    .type(`${JSON_TYPE}; charset=utf-8`)
    .serializer(JSON.stringify)
}

/** Whether a reader has what an entity tag names already; weak tags do for that (RFC 9110 § 13.1.2). */
function isUnchanged(ifNoneMatch: string | undefined, etag: string): boolean {
  const known = ifNoneMatch?.split(',').map((each) => each.trim().replace(/^W\//, ''))
  return known !== undefined && (known.includes('*') || known.includes(etag.replace(/^W\//, '')))
}

/** Every feed: POST subscribes, GET tells what changed, PUT changes the subscription, DELETE ends it (design §6). */
export function routeFeeds(app: Service, parts: Parts, kinds = feedKinds(parts)): void {
  for (const kind of kinds) routeFeed(app, parts, kind)
  const { subscriptions, feeds, link } = parts
  serve(app, parts, getSubscription, ({ params, caller }) => {
    const { sourceRef, feed } = subscriptions.find(params.sourceRef, undefined, caller?.name)
    return { sourceRef, feed: feed.kind.feed.url, state: feed.state, clientId: link.clientId }
  })
  serve(app, parts, endIdleFeeds, () => [{ ended: feeds.release(), clientId: link.clientId }])
}

function routeFeed(app: Service, parts: Parts, kind: FeedKind): void {
  const { feeds, subscriptions, contracts, admission, feedCounts } = parts
  const { feed: declared } = kind
  const operations = feedOperations(declared)

  /** The feed that answers what a reader asks, entered for it. */
  async function enter(written: Written, terms: Terms): Promise<Feed> {
    const question = await kind.question(questionOf(declared, written), {
      contracts,
      terms,
      endpoint: written.path,
    })
    return await settle(question, terms)
  }

  /** @throws Problem what the gateway refused it with */
  async function settle(question: unknown, terms: Terms): Promise<Feed> {
    for (let attempt = 0; ; attempt += 1) {
      const feed = feeds.enter(kind, question)
      const leftMs = Math.max(0, terms.deadlineAt - performance.now())
      await feed.settled(Math.min(feed.settleMs, leftMs), terms.gone)
      if (feed.state !== 'ended') return feed
      feeds.leave(feed)
      const refusal = feed.refusal
      const isFull = refusal !== undefined && OUT_OF_LINES.has(refusal.code)
      // lines that are kept for nobody are given up for somebody
      if (attempt > 0 || !isFull || feeds.release() === 0)
        throw refusal ?? problem('INSTANCE_FEED_ENDED', { detail: feed.reason ?? 'it ended' })
    }
  }

  function update(subscription: Subscription) {
    const { feed, view, sourceRef } = subscription
    const { rows, marks, missed, isReset } = view.take()
    feedCounts.told(feed, { rows })
    subscription.sequenceId += 1
    return {
      sourceRef,
      sequenceId: subscription.sequenceId,
      state: feed.state,
      reason: feed.reason,
      asOf: feed.table.changedAt?.toISOString() ?? null,
      cursor: formatFeedCursor(cursorOf(feed, view)),
      rowsCount: feed.table.size,
      moreRows: view.hasMore,
      rows: rows.map(({ operation, rowRef, fields, conflated }) => ({
        operation,
        rowRef,
        ...(conflated > 0 && { conflated }),
        ...fields,
      })),
      marks: [...marks],
      missed,
      reset: isReset,
      // one client is all there is to hear
      ...(feed.kind.feed.owner === 'everybody' && { missing: [] }),
    }
  }

  serve(app, parts, operations.subscribe, async (call) => {
    const { reply, terms } = call
    const written: Written = call
    const given = refOf(written, 'sourceRef')
    if (given !== undefined) subscriptions.mustBeFree(given, call.caller?.name)
    const wishes = wishesOf(declared, written)
    const feed = await enter(written, terms)
    let isKept = false
    try {
      const sourceRef = given ?? subscriptions.newRef()
      const subscription = subscriptions.add(sourceRef, feed, wishes, call.caller?.name)
      isKept = true
      asJson(reply, sourceRef)
      return update(subscription) as never
    } finally {
      if (!isKept) feeds.leave(feed)
    }
  })

  serve(app, parts, operations.read, async (call) => {
    const { request, reply } = call
    const written: Written = call
    reply.header('vary', 'accept').header('cache-control', 'no-store')
    const type = request.accepts().type([JSON_TYPE, SSE_TYPE, ATOM_TYPE])
    if (type === false)
      throw problem('REQUEST_NOT_ACCEPTABLE', {
        detail: `${declared.url} comes as ${JSON_TYPE}, ${SSE_TYPE} or ${ATOM_TYPE}`,
      })
    if (type === JSON_TYPE) return (await poll(written, call)) as never
    if (type === SSE_TYPE) return (await stream(written, call)) as never
    return (await atom(written, call)) as never
  })

  type ReadCall = Parameters<Parameters<typeof serve>[3]>[0]

  async function poll(written: Written, { request, reply, terms }: ReadCall): Promise<unknown> {
    const sourceRef = refOf(written, 'sourceRef')
    if (sourceRef === undefined) {
      const detail = `Source-Ref is required: it names a subscription made by POST ${declared.url}`
      throw refuseFields(written.path, [{ field: 'Source-Ref', code: 'missing', detail }])
    }
    const subscription = subscriptions.find(sourceRef, declared.name, terms.caller?.name)
    asJson(reply, sourceRef)
    // who asks for the head alone would lose the news
    if (request.method === 'HEAD') return {}
    return await subscriptions.reading(subscription, async () => {
      const { feed, view } = subscription
      const until = asksToWait(written.headers as never) ? terms.deadlineAt : 0
      for (;;) {
        const told = update(subscription)
        const isNews = told.rows.length > 0 || told.marks.length > 0 || told.missed > 0
        const leftMs = until - performance.now()
        if (isNews || leftMs <= 0 || feed.state === 'ended' || admission.isClosing) return told
        subscription.sequenceId -= 1
        if (!view.hasNews) await feed.table.changed(view.cursor, leftMs, terms.gone)
        // who has gone is told when it comes again
        if (terms.gone?.aborted) return { ...told, sequenceId: subscription.sequenceId }
      }
    })
  }

  async function stream(written: Written, call: ReadCall): Promise<unknown> {
    const { request, reply, terms } = call
    if (parts.streams.size >= MAX_STREAMS)
      throw problem('INSTANCE_TOO_MANY_READERS', {
        detail: `${MAX_STREAMS} streams are open here`,
        retryAfter: 5,
      })
    const sourceRef = refOf(written, 'sourceRef')
    const found =
      sourceRef === undefined
        ? undefined
        : subscriptions.find(sourceRef, declared.name, terms.caller?.name)
    const cursor = resumedFrom(written)
    const isFlowing = declared.isTape === true
    const wishes = wishesOf(declared, written, isFlowing ? kind.capacity : MAX_ROWS)
    const feed = found?.feed ?? (await enter(written, terms))
    const view = found?.view ?? new View(feed.table, { ...wishes, isFlowing })
    if (request.method === 'HEAD') {
      if (found === undefined) feeds.leave(feed)
      return reply.type(SSE_TYPE).send()
    }
    if (cursor !== undefined) resume(feed, view, cursor)
    if (request.headers[GAP_HEADER] !== undefined) view.wasCutOff()
    reply.hijack()
    const response = reply.raw
    const gone = new AbortController()
    const leave = () => gone.abort()
    response.once('close', leave)
    parts.streams.add(leave)
    feed.streams += 1
    found?.endStream?.()
    if (found !== undefined) found.endStream = leave
    const run = async () => {
      for (const [name, value] of Object.entries(reply.getHeaders()))
        if (value !== undefined) response.setHeader(name, value as string)
      response.writeHead(200, {
        'content-type': `${SSE_TYPE}; charset=utf-8`,
        'x-accel-buffering': 'no',
        'x-request-id': request.id,
      })
      response.flushHeaders()
      await streamFeed(response, {
        feed,
        view,
        gone: gone.signal,
        heartbeatMs: parts.config.feedHeartbeatMs,
        slowReaderMs: parts.config.slowReaderMs,
        told: feedCounts.told,
        dropped: feedCounts.dropped,
      })
    }
    try {
      await (found === undefined ? run() : subscriptions.reading(found, run))
    } catch (error) {
      request.log.info({ err: error, reqId: request.id }, 'a stream of a feed ended')
    } finally {
      parts.streams.delete(leave)
      feed.streams -= 1
      if (found?.endStream === leave) found.endStream = undefined
      if (found === undefined) feeds.leave(feed)
      response.end()
    }
    return reply
  }

  async function atom(written: Written, { request, reply, terms }: ReadCall): Promise<unknown> {
    const sourceRef = refOf(written, 'sourceRef')
    const found =
      sourceRef === undefined
        ? undefined
        : subscriptions.find(sourceRef, declared.name, terms.caller?.name)
    const feed = found?.feed ?? (await enter(written, terms))
    // feed readers come back after minutes: what they read goes on meanwhile
    if (found === undefined) feeds.hold(feed, parts.config.feedExpiryMs)
    else await subscriptions.reading(found, () => undefined)
    const etag = `W/"${formatFeedCursor({ epoch: feed.table.epoch, sequence: feed.table.sequence })}"`
    reply.header('etag', etag).type(`${ATOM_TYPE}; charset=utf-8`)
    if (isUnchanged(request.headers['if-none-match'], etag)) return reply.code(304).send()
    return reply.send(atomOf(feed, request.url))
  }

  serve(app, parts, operations.change, (call): FeedAck => {
    const written: Written = call
    const sourceRef = refOf(written, 'sourceRef')
    const subscriptionRef = refOf(written, 'subscriptionRef')
    const findings: Finding[] = []
    const missing = (field: string, why: string) =>
      findings.push({ field, code: 'missing', detail: `${field} is required: ${why}` })
    if (sourceRef === undefined) missing('Source-Ref', 'a name of its own for this change')
    if (subscriptionRef === undefined) missing('Subscription-Ref', 'the subscription to be changed')
    if (sourceRef !== undefined && sourceRef === subscriptionRef)
      findings.push({
        field: 'Source-Ref',
        code: 'not_allowed',
        detail: 'Source-Ref names this change; the subscription is named by Subscription-Ref',
      })
    if (sourceRef === undefined || subscriptionRef === undefined || findings.length > 0)
      throw refuseFields(written.path, findings)
    const subscription = subscriptions.find(subscriptionRef, declared.name, call.caller?.name)
    const change = changed(declared, subscription, written)
    void subscriptions.reading(subscription, () => undefined)
    call.reply.header('source-ref', sourceRef)
    return { ack: true, change, sourceRef, subscriptionRef }
  })

  serve(app, parts, operations.end, (call): FeedAck => {
    const written: Written = call
    const sourceRef = refOf(written, 'sourceRef')
    if (sourceRef === undefined)
      throw refuseFields(written.path, [
        { field: 'Source-Ref', code: 'missing', detail: 'Source-Ref is required' },
      ])
    subscriptions.find(sourceRef, declared.name, call.caller?.name)
    subscriptions.end(sourceRef, 'its reader ended it', call.caller?.name)
    call.reply.header('source-ref', sourceRef)
    return { ack: true, change: 'end', sourceRef }
  })
}

/** Goes on where a reader stopped; where that is not known any more, it is told so. */
function resume({ table }: Feed, view: View, { epoch, sequence }: FeedCursor): void {
  if (epoch !== table.epoch) view.restart()
  // a subscription is where it was
  else if (sequence !== view.cursor) view.resume(sequence)
}
