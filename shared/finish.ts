import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Smaller answers gain less by compression than it costs, bytes. */
const WORTH_COMPRESSING = 4096
/** Higher levels take several times as long for a tenth less. */
const BROTLI_LEVEL = 4
const GZIP_LEVEL = 5

const compressors: Readonly<Record<string, (content: Buffer) => Promise<Buffer>>> = {
  br: (content) =>
    promisify(brotliCompress)(content, {
      params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_LEVEL },
    }),
  gzip: (content) => promisify(gzip)(content, { level: GZIP_LEVEL }),
}

/** A weak tag of what an answer says (RFC 9110 §8.8.3): whatever encoding it comes in. */
export function weakTagOf(content: string | Buffer): string {
  return `W/"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`
}

/** Whether a caller has one of that tag already (RFC 9110 §13.1.2). */
export function hasAlready(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '')
  return ifNoneMatch.split(',').some((tag) => tag.trim() === '*' || opaque(tag) === opaque(etag))
}

/** How an answer of that length is to be packed; undefined: not at all. */
export function encodingFor(request: FastifyRequest, length: number): string | undefined {
  const wanted = request.headers['accept-encoding']
  if (wanted === undefined || length < WORTH_COMPRESSING) return undefined
  const encoding = request.accepts().encoding(['br', 'gzip', 'identity'])
  return encoding === 'br' || encoding === 'gzip' ? encoding : undefined
}

const tagged = new WeakSet<FastifyRequest>()

/** Has the answer to a call bear an `ETag`, and be 304 for who has it already. */
export function tagAnswer(request: FastifyRequest): void {
  tagged.add(request)
}

/** An answer that is whole. */
export interface Whole {
  readonly status: number
  readonly content: string | Buffer
  /** it bears an entity tag */
  readonly isTagged: boolean
}

/** The same as it goes out. Header names in lower case. */
export interface Finished {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly content: string | Buffer
}

/**
 * The last thing done to an answer: its entity tag, 304 for who has it already, compression where it is asked for and
 * worth it, on the thread pool of zlib.
 */
export async function finished(
  request: FastifyRequest,
  { status, content, isTagged }: Whole,
): Promise<Finished> {
  if (status !== 200 && status !== 206) return { status, headers: {}, content }
  const headers: Record<string, string> = {}
  if (status === 200 && isTagged) {
    headers.etag = weakTagOf(content)
    if (hasAlready(request.headers['if-none-match'], headers.etag))
      return { status: 304, headers, content: '' }
  }
  const encoding = encodingFor(request, Buffer.byteLength(content))
  const compress = encoding === undefined ? undefined : compressors[encoding]
  if (encoding === undefined || compress === undefined) return { status, headers, content }
  headers['content-encoding'] = encoding
  const packed = await compress(Buffer.isBuffer(content) ? content : Buffer.from(content))
  return { status, headers, content: packed }
}

/** Finishes what the framework is about to send; streams are left alone. */
export async function finishAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<unknown> {
  if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return payload
  const whole = { status: reply.statusCode, content: payload, isTagged: tagged.has(request) }
  const { status, headers, content } = await finished(request, whole)
  if (content !== payload) reply.removeHeader('content-length')
  if (status === 304) reply.removeHeader('content-type')
  reply.code(status).headers(headers)
  return content
}

/** Whether there is anything for `finishAnswer` to do at all: most calls ask for nothing. */
export function isPlain(request: FastifyRequest): boolean {
  return request.headers['accept-encoding'] === undefined && !tagged.has(request)
}
