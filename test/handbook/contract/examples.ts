import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where recorded examples are kept. */
export const EXAMPLES_FILE = join(import.meta.dirname, '../../../docs/openapi-examples.json')

/** One call as it was made of a running system, and its answer. */
export interface Example {
  readonly call: string
  readonly body?: unknown
  readonly answer?: unknown
}

/** By operation id and status. */
export type Examples = Readonly<Record<string, Readonly<Record<string, Example>>>>

/** The examples recorded last; none before the first recording. */
export function readExamples(): Examples {
  if (!existsSync(EXAMPLES_FILE)) return {}
  return JSON.parse(readFileSync(EXAMPLES_FILE, 'utf8')) as Examples
}
