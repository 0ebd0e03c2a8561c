import type { FastifyRequest } from 'fastify'
import type { Operation } from './api/operation.ts'
import { CSV_TYPE } from './listing/csv.ts'
import { problem } from './problem.ts'

export const JSON_TYPE = 'application/json'
/** The first version of this API, by its own name (S4.1); plain JSON is that too. */
export const V1_TYPE = 'application/vnd.ibrest.v1+json'
export const VERSIONS = ['v1'] as const

/** As which an answer is written. */
export type Media = typeof JSON_TYPE | typeof V1_TYPE | typeof CSV_TYPE

const JSONS = [JSON_TYPE, V1_TYPE] as const
const LISTS = [...JSONS, CSV_TYPE] as const

const OTHER_VERSION = /application\/vnd\.ibrest\.(?!v1\+json)[\w.+-]+/i

/**
 * As what a caller likes an operation's answer best; costs nothing where nothing in particular is liked.
 * @throws Problem REQUEST_NOT_ACCEPTABLE for representations, and versions, there are none of
 */
export function mediaFor(
  request: FastifyRequest,
  { list, produces }: Pick<Operation, 'list' | 'produces'>,
): Media {
  const { accept } = request.headers
  if (accept === undefined || accept === '*/*' || accept === JSON_TYPE || produces === 'its own')
    return JSON_TYPE
  const offered = produces ?? (list?.csv ? LISTS : JSONS)
  const liked = request.accepts().type([...offered])
  if (typeof liked === 'string') return liked as Media
  const version = OTHER_VERSION.exec(accept)?.[0]
  throw problem('REQUEST_NOT_ACCEPTABLE', {
    detail: `This does not come as ${version ?? accept}, but as ${offered.join(', ')}`,
  })
}
