import type { Parsed } from './parsed.ts'

/** What a caller of the whole system got. */
export interface Heard {
  readonly status: number
  readonly headers: Headers
  readonly body: Parsed
}

export type Send = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Heard>

/** A caller of the API at that address, whose bodies are JSON. */
export function callerOf(url: () => string): Send {
  return async (method, path, body, headers = {}) => {
    const answer = await fetch(`${url()}${path}`, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    const { status } = answer
    return { status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) }
  }
}
