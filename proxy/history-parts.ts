import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { getHistory } from '../shared/api/market.ts'
import { barsOf } from '../shared/bars.ts'
import { finished } from '../shared/finish.ts'
import { mustFit } from '../shared/judged.ts'
import { CSV_TYPE } from '../shared/listing/csv.ts'
import { type Manner, mannerOf, present } from '../shared/listing/present.ts'
import { JSON_TYPE } from '../shared/media.ts'
import type { Problem } from '../shared/problem.ts'
import { LISTING_NAMES, Listing } from '../shared/schemas/listing.ts'
import { toProblem } from '../shared/service.ts'
import { writeProblem } from './answer.ts'
import type { Told } from './asked.ts'
import { withQuery } from './gathered-answer.ts'

/** So many bars are read and cut here, in under 20 ms; what may be more its instance cuts. */
const MOST_BARS = 10_000

/** Fields that say how an answer is to be told. */
const HOW = ['accept', 'accept-encoding', 'range', 'if-range', 'if-none-match'] as const

/** Fields of a whole answer that are not those of a part. */
const OF_THE_WHOLE: ReadonlySet<string> = new Set([
  'content-type',
  'content-length',
  'content-encoding',
  'etag',
])

type Query = Readonly<Record<string, unknown>>

/**
 * A call for a history, or a part of it, in whatever form, as a call for the whole of it as it comes: IB counts questions,
 * and so all parts and forms are cut from one answer, which is kept (pacing/kept-answers.ts). Undefined for more than
 * should be cut here.
 * @throws Problem as `mannerOf`, REQUEST_INVALID for fields that are wrong
 */
export function historyInParts(
  request: FastifyRequest,
  reply: FastifyReply,
  endpoint: string,
): { readonly request: FastifyRequest; readonly told: Told } | undefined {
  const { raw } = request
  const query = request.query as Query
  const listing: Record<string, unknown> = {}
  const whole: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(query))
    if (LISTING_NAMES.includes(name)) listing[name] = value
    else whole[name] = value
  if (
    // a head is that of the answer there is
    (raw.method === 'HEAD' && Object.keys(listing).length > 0) ||
    barsOf(textOf(whole.durationStr, '1 D'), textOf(whole.barSizeSetting, '1 min')) > MOST_BARS
  )
    return undefined
  mustFit(Listing, listing, endpoint)
  const manner = mannerOf(request, getHistory, listing as Listing, endpoint)
  // a whole history in another form is written where its bars are at hand
  if (manner?.media === CSV_TYPE && manner.wish === undefined) return undefined
  const headers = { ...raw.headers }
  for (const name of HOW) delete headers[name]
  const url = Object.keys(listing).length === 0 ? raw.url : withQuery(raw.url ?? '', whole)
  const asked = { method: raw.method, url, headers, socket: raw.socket }
  return {
    request: Object.create(request, {
      raw: { value: asked },
      query: { value: whole },
      headers: { value: headers },
    }) as FastifyRequest,
    told:
      raw.method === 'HEAD' || isAsItComes(raw.headers, manner)
        ? reply.raw
        : new PartOfAnswer(request, reply.raw, manner),
  }
}

/** Nothing has to be done to the whole answer. */
function isAsItComes(headers: IncomingHttpHeaders, manner: Manner | undefined): boolean {
  return (
    manner === undefined &&
    headers['if-none-match'] === undefined &&
    headers['accept-encoding'] === undefined
  )
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise
}

type Heard = (this: never, ...said: unknown[]) => void

/** Takes a whole answer in the place of its caller, and gives that the part it wants. */
class PartOfAnswer implements Told {
  readonly #request: FastifyRequest
  readonly #response: Told
  readonly #manner: Manner
  readonly #content: Buffer[] = []
  readonly #listeners = new Map<Heard, () => void>()
  #status = 0
  #fields: [string, string][] = []

  constructor(request: FastifyRequest, response: Told, manner: Manner | undefined) {
    this.#request = request
    this.#response = response
    this.#manner = manner ?? { media: JSON_TYPE, wish: undefined }
  }

  on(event: 'close', heard: Heard): void {
    // called as by what it listens to
    const listener = () => heard.apply(this as never)
    this.#listeners.set(heard, listener)
    this.#response.on(event, listener)
  }

  off(event: 'close', heard: Heard): void {
    const listener = this.#listeners.get(heard)
    if (listener !== undefined) this.#response.off(event, listener)
    this.#listeners.delete(heard)
  }

  once(event: 'drain', heard: () => void): void {
    this.#response.once(event, heard)
  }

  destroy(): void {
    this.#response.destroy()
  }

  writeHead(status: number, fields: string[] | Record<string, string>): void {
    this.#status = status
    const flat = Array.isArray(fields) ? fields : Object.entries(fields).flat()
    for (let at = 0; at + 1 < flat.length; at += 2)
      this.#fields.push([String(flat[at]), String(flat[at + 1])])
  }

  write(piece: Buffer): boolean {
    this.#content.push(piece)
    return true
  }

  end(chunk?: string | Buffer): void {
    if (chunk !== undefined) this.#content.push(Buffer.from(chunk))
    const content = Buffer.concat(this.#content)
    if (this.#status !== 200) {
      this.#response.writeHead(this.#status, this.#fields.flat())
      this.#response.end(content)
      return
    }
    this.#cut(content).catch((error: unknown) => this.#refuse(toProblem(error, this.#request)))
  }

  async #cut(content: Buffer): Promise<void> {
    const request = this.#request
    const isTagged = this.#fields.some(([name]) => name === 'etag')
    const { media, wish } = this.#manner
    const isWhole = wish === undefined && media !== CSV_TYPE
    const presented = isWhole
      ? undefined
      : await present(
          JSON.parse(content.toString()),
          getHistory,
          this.#manner,
          request.query as Query,
        )
    const text = presented?.text?.content ?? (isWhole ? content : JSON.stringify(presented?.answer))
    const told = await finished(request, {
      status: presented?.status ?? 200,
      content: text,
      isTagged,
    })
    const type = presented?.text?.type ?? `${media}; charset=utf-8`
    const fields = {
      ...Object.fromEntries(this.#fields.filter(([name]) => !OF_THE_WHOLE.has(name))),
      ...presented?.headers,
      ...told.headers,
      ...(told.status !== 304 && {
        'content-type': type,
        'content-length': String(Buffer.byteLength(told.content)),
      }),
    }
    this.#response.writeHead(told.status, fields)
    this.#response.end(told.status === 304 ? undefined : told.content)
  }

  #refuse(why: Problem): void {
    const kept = new Set(['server-timing', 'ibrest-client-id', 'age', 'ibrest-cache'])
    const fields = Object.fromEntries(this.#fields.filter(([name]) => kept.has(name)))
    writeProblem(this.#response, 'GET', why, this.#request.id, fields)
  }
}
