import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'

import { type ProblemCode, problem } from './problem.ts'

/** What Node's reader of requests says, and what the caller is told; anything else is REQUEST_MALFORMED. */
const CODES: Readonly<Record<string, ProblemCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TOO_SLOW',
  HPE_HEADER_OVERFLOW: 'REQUEST_HEADERS_TOO_LARGE',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'REQUEST_TOO_LARGE',
}

/** Node keeps the answer that is due next on a connection there. */
interface Answering extends Socket {
  readonly _httpMessage?: ServerResponse | null
}

/**
 * Ends a connection on which something came that is no request. Its caller is told why, unless one of his earlier requests is
 * still at work: he would take this for the answer to that, and an order that lives for one that was refused.
 */
export function endUnreadable(
  error: Error & { readonly code?: string },
  socket: Answering,
  requestId: string,
): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const due = socket._httpMessage
  const isAnswerable = due == null || !(due.req.complete || due.headersSent)
  if (socket.writable && isAnswerable) {
    const why = problem(CODES[error.code ?? ''] ?? 'REQUEST_MALFORMED', {
      detail: `This cannot be read as a request: ${error.message}`,
    })
    const body = JSON.stringify(why.document(requestId))
    socket.write(
      `HTTP/1.1 ${why.status} ${STATUS_CODES[why.status]}\r\ncontent-type: application/problem+json; charset=utf-8\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\nx-request-id: ${requestId}\r\nconnection: close\r\n\r\n${body}`,
    )
  }
  socket.destroy(error)
}
