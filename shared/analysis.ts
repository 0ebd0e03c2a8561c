import type { IncomingHttpHeaders } from 'node:http'
import { problem } from './problem.ts'

/** Asks of a call that would trade that it is only analyzed. */
export const ANALYZE_HEADER = 'x-analyze'
/** Says on every answer to such a call that nothing was done. */
export const ANALYZED_HEADER = 'ibrest-analyzed'

const WORDS: Readonly<Record<string, boolean>> = {
  ...{ '1': true, yes: true, true: true, on: true },
  ...{ '0': false, no: false, false: false, off: false },
}

/**
 * Whether a call asks to be analyzed.
 * @throws Problem REQUEST_MALFORMED for a word that is neither yes nor no: what was meant as a trial must never become an order
 */
export function wishesAnalysis(headers: IncomingHttpHeaders): boolean {
  const word = headers[ANALYZE_HEADER]
  if (word === undefined) return false
  const wished = WORDS[String(word).trim().toLowerCase()]
  if (wished !== undefined) return wished
  throw problem('REQUEST_MALFORMED', {
    detail: 'X-Analyze is 1 or 0; nothing was done',
  })
}

/** What nobody can say beforehand is not done either. */
export function notAnalyzed(method: string, path: string) {
  return problem('REQUEST_NOT_IMPLEMENTED', {
    detail: `${method} ${path} cannot be analyzed; nothing was done`,
  })
}
