import type { FastifyRequest } from 'fastify'

const SECRET = /authorization|cookie|key|token|secret|password|flare/i

function redacted(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [
      name,
      SECRET.test(name) ? '[redacted]' : value,
    ]),
  )
}

/** What arrived, for `GET /test`: method, path, query and headers with every secret struck out; never the environment. */
export function echo(request: FastifyRequest) {
  return {
    method: request.method,
    path: (request.originalUrl ?? request.url).split('?', 1)[0],
    query: redacted(request.query as Record<string, unknown>),
    headers: redacted(request.headers),
    remoteAddress: request.ip,
    requestId: request.id,
    time: new Date().toISOString(),
  }
}
