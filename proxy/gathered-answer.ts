import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Operation } from '../shared/api/operation.ts'
import { finishAnswer } from '../shared/finish.ts'
import { mustFit } from '../shared/judged.ts'
import { acceptRangesOf, type Manner, mannerOf, present } from '../shared/listing/present.ts'
import { JSON_TYPE } from '../shared/media.ts'
import { LISTING_NAMES, Listing } from '../shared/schemas/listing.ts'

type Query = Readonly<Record<string, unknown>>

/** How a caller wants a list that is joined here, and what the instances are asked for it: all of it, plainly. */
export interface GatheredWish {
  readonly manner: Manner | undefined
  readonly path: string
}

/**
 * Reads what a call says of the rows it wants. An instance has only some of them, so it is never told.
 * @throws Problem as `mannerOf`, REQUEST_INVALID for fields that are wrong
 */
export function gatheredWish(request: FastifyRequest, operation: Operation): GatheredWish {
  const query = request.query as Query
  const url = request.raw.url ?? operation.url
  const [path = ''] = url.split('?', 1)
  if (operation.list === undefined)
    return { manner: mannerOf(request, operation, {}, path), path: url }
  const listing: Record<string, unknown> = {}
  const rest: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(query))
    if (LISTING_NAMES.includes(name)) listing[name] = value
    else rest[name] = value
  mustFit(Listing, listing, path)
  const manner = mannerOf(request, operation, listing as Listing, path)
  return { manner, path: Object.keys(listing).length === 0 ? url : withQuery(url, rest) }
}

/** The path of a URL with another query. */
export function withQuery(url: string, query: Query): string {
  const [path = ''] = url.split('?', 1)
  const text = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    for (const each of [value].flat()) text.append(name, String(each))
  return text.size === 0 ? path : `${path}?${text}`
}

/** Tells joined rows as their caller wants them. @throws Problem REQUEST_RANGE */
export async function tellRows(
  rows: readonly object[],
  operation: Operation,
  manner: Manner | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const acceptRanges = acceptRangesOf(operation)
  if (acceptRanges !== undefined) reply.header('accept-ranges', acceptRanges)
  if (operation.method === 'GET')
    reply.header('vary', 'accept, accept-encoding').header('cache-control', 'no-store')
  const presented = manner && (await present(rows, operation, manner, request.query as Query))
  if (presented !== undefined) reply.code(presented.status).headers(presented.headers)
  const content = presented?.text?.content ?? JSON.stringify(presented?.answer ?? rows)
  const type = presented?.text?.type ?? `${manner?.media ?? JSON_TYPE}; charset=utf-8`
  reply.type(type)
  return reply.send(await finishAnswer(request, reply, content))
}
