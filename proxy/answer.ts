import type { Problem } from '../shared/problem.ts'
import type { Told } from './asked.ts'
import { hasField } from './headers.ts'

/** What an instance answered, whole. */
export interface Answer {
  readonly status: number
  /** name, value, name, value …; names in lower case */
  readonly headers: readonly string[]
  readonly body: Buffer
}

/** What the proxy adds to an answer, in the same form. */
export type Additions = readonly string[]

/** What the proxy says of each call: which it was, who had it, where its time went. */
export function toldBeside(
  id: string,
  clientId: number | undefined,
  times: {
    readonly pacingMs: number | undefined
    readonly queueMs: number
    readonly totalMs: number
  },
): string[] {
  const pacing = times.pacingMs === undefined ? '' : `pacing;dur=${withTwoPlaces(times.pacingMs)}, `
  const timing = `${pacing}queue;dur=${withTwoPlaces(times.queueMs)}, proxy;dur=${withTwoPlaces(times.totalMs)}`
  return ['x-request-id', id, 'ibrest-client-id', String(clientId), 'server-timing', timing]
}

/** As `toFixed` would tell it, which costs five times as much. */
function withTwoPlaces(ms: number): string {
  const all = Math.round(Math.max(0, ms) * 100)
  const rest = all % 100
  return `${(all - rest) / 100}.${rest < 10 ? '0' : ''}${rest}`
}

/** Writes an answer to a caller of that method. */
export function writeAnswer(
  response: Told,
  method: string,
  { status, headers, body }: Answer,
  additions: Additions,
): void {
  const all = [...headers, ...additions]
  const bodiless = method === 'HEAD' || status === 204 || status === 304
  if (!bodiless && !hasField(headers, 'content-length'))
    all.push('content-length', String(body.length))
  response.writeHead(status, all)
  response.end(bodiless ? undefined : body)
}

/** Tells a caller of that method what went wrong. */
export function writeProblem(
  response: Told,
  method: string,
  why: Problem,
  requestId: string,
  additions: Readonly<Record<string, string>>,
): void {
  const body = JSON.stringify(why.document(requestId))
  response.writeHead(why.status, {
    ...why.headers,
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    'x-request-id': requestId,
    ...additions,
  })
  response.end(method === 'HEAD' ? undefined : body)
}
