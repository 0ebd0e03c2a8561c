import type { IncomingHttpHeaders } from 'node:http'
import { rateFields, type Standing } from '../rate-fields.ts'

/** Stands beside a call's header fields, as its caller does: its answer tells it, whoever writes that. */
const STANDINGS = Symbol('standings')
interface Told extends IncomingHttpHeaders {
  [STANDINGS]?: Standing[]
}

/** Keeps what is left of a limit that has counted a call. */
export function tellStanding(headers: IncomingHttpHeaders, standing: Standing): void {
  const told: Told = headers
  const known = told[STANDINGS]
  if (known === undefined) told[STANDINGS] = [standing]
  else known.push(standing)
}

/** What is left of every limit that has counted a call, its caller's and `further` ones, as header fields. */
export function standingFields(
  headers: IncomingHttpHeaders,
  further: readonly Standing[] = [],
): Readonly<Record<string, string>> {
  const own = (headers as Told)[STANDINGS]
  if (own === undefined) return rateFields(further)
  return rateFields(further.length === 0 ? own : [...own, ...further])
}
