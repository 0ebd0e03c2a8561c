import type { FastifyReply, FastifyRequest } from 'fastify'
import { timeoutOf } from '../../shared/deadline.ts'
import { problem } from '../../shared/problem.ts'
import { passedBack } from '../headers.ts'
import { ownerDown } from '../refusals.ts'
import type { Instances } from '../upstreams.ts'
import { onwards } from './call-fields.ts'

export interface FeedRoutesOptions extends Instances {
  /** deadline of a call that names none, ms */
  readonly requestTimeoutMs: number
}

/** What an instance answered, whole. */
export interface Answered {
  readonly clientId: number
  readonly status: number
  /** flat: name, value, name, value … */
  readonly headers: readonly string[]
  readonly body: Buffer
}

/** What is said to an instance instead of what the caller said. */
export interface Carried {
  readonly method?: 'POST' | 'DELETE'
  readonly path?: string
  /** fields that stay behind, in lower case */
  readonly without?: readonly string[]
  /** fields beside those of the caller: name, value … */
  readonly headers?: readonly string[]
}

/** Has one client answer, once: a poll takes what it tells, so it is never sent twice. */
export async function carry(
  { pool, upstreams, requestTimeoutMs }: FeedRoutesOptions,
  clientId: number,
  request: FastifyRequest,
  instead: Carried = {},
): Promise<Answered> {
  const upstream = upstreams.feeds(clientId)
  if (upstream === undefined || !pool.isUp(clientId))
    throw ownerDown(clientId, pool.reasonOf(clientId))
  const timeoutMs = timeoutOf(request.headers, requestTimeoutMs)
  try {
    const { statusCode, headers, body } = await upstream.request({
      method: instead.method ?? (request.method as 'GET'),
      path: instead.path ?? request.raw.url ?? '/',
      headers: [...onwards(request, timeoutMs, instead.without), ...(instead.headers ?? [])],
      body: Buffer.isBuffer(request.body) ? request.body : null,
      signal: request.callerGone,
      responseHeaders: 'raw',
    })
    const flat = (headers as unknown as readonly Buffer[]).map(String)
    return {
      clientId,
      status: statusCode,
      headers: passedBack(flat.map((text, index) => (index % 2 === 0 ? text.toLowerCase() : text))),
      body: Buffer.from(await body.arrayBuffer()),
    }
  } catch (error) {
    const { code, message } = error as Error & { code?: string }
    if (code === 'ECONNREFUSED') throw ownerDown(clientId, message)
    throw problem('PROXY_INSTANCE_LOST', {
      detail: `Client ${clientId} was lost while it read the feed: ${code ?? message}`,
      members: { client_id: clientId },
    })
  }
}

/** Gives a caller what an instance answered. */
export function passBack(
  { clientId, status, headers, body }: Answered,
  reply: FastifyReply,
): FastifyReply {
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string
    if (name !== 'content-length') reply.header(name, headers[index + 1])
  }
  return reply.code(status).header('ibrest-client-id', String(clientId)).send(body)
}
