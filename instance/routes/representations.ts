import type { FastifyReply, FastifyRequest } from 'fastify'
import { JSON_TYPE, V1_TYPE } from '../../shared/media.ts'
import { problem } from '../../shared/problem.ts'
import type { KeptDocument } from './kept-documents.ts'

/** As what a document of IB can be had; `v1`: as JSON under the name of the version. */
export type Representation = 'json' | 'v1' | 'xml'

const XML_TYPES = ['application/xml', 'text/xml'] as const

/** What the caller likes best of JSON and IB's own XML. @throws Problem REQUEST_NOT_ACCEPTABLE */
export function representationFor(request: FastifyRequest): Representation {
  const liked = request.accepts().type([JSON_TYPE, V1_TYPE, ...XML_TYPES])
  if (liked === JSON_TYPE) return 'json'
  if (liked === V1_TYPE) return 'v1'
  if (liked !== false) return 'xml'
  const detail = `This comes as ${JSON_TYPE}, ${V1_TYPE} or ${XML_TYPES[0]}`
  throw problem('REQUEST_NOT_ACCEPTABLE', { detail })
}

/**
 * Whether a caller wants IB asked though its last answer still stands (RFC 9111 §5.2.1). `no-cache` beside `If-None-Match` is
 * no such wish: `fetch` adds it by itself to every conditional call, as the Fetch standard has it.
 */
export function wantsAnew({ headers }: FastifyRequest): boolean {
  const wish = headers['cache-control'] ?? ''
  if (headers['if-none-match'] !== undefined) return /no-store/i.test(wish)
  return /no-cache|no-store/i.test(wish)
}

/** Whether the caller has it already (RFC 9110 §13.1.2: compared weakly). */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const known = (ifNoneMatch ?? '').split(',').map((each) => each.trim().replace(/^W\//, ''))
  return known.includes('*') || known.includes(etag)
}

/**
 * Sends a document as the caller likes it, with its age and name: IB's XML to the letter, or what `toJson` makes of it;
 * 304 where the caller has it.
 */
export function sendDocument<Read>(
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  told: {
    readonly document: KeptDocument<Read>
    readonly ageSeconds: number
    readonly representation: Representation
    readonly toJson: () => unknown
  },
): unknown {
  const { document, ageSeconds, representation, toJson } = told
  const etag = `"${document.tag}-${representation}"`
  const answer = representation === 'xml' ? document.xml : toJson()
  reply
    .header('vary', 'accept')
    .header('cache-control', 'private, no-cache')
    .header('age', String(ageSeconds))
    .header('etag', etag)
  if (isKnown(request.headers['if-none-match'], etag)) return reply.code(304).send()
  if (representation === 'v1') reply.type(`${V1_TYPE}; charset=utf-8`)
  if (representation !== 'xml') return answer
  // a document of others must not run anything under this address
  reply
    .type('application/xml; charset=utf-8')
    .header('content-security-policy', 'sandbox')
    .header('x-content-type-options', 'nosniff')
  return answer
}
