import { writeFileSync } from 'node:fs'
import { operations } from '../../../shared/api/index.ts'
import type { Operation } from '../../../shared/api/operation.ts'
import type { Parsed } from '../../rig/parsed.ts'
import { EXAMPLES_FILE, type Example, readExamples } from './examples.ts'
import { scrubbed } from './scrubbed.ts'

/** What a call says beside its path. */
export interface Sent {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** another proxy than the usual one */
  readonly at?: string
}

/** What was heard of a call. */
export interface Heard {
  readonly status: number
  readonly body: Parsed
  readonly headers: Headers
}

/** Makes calls of running systems and keeps each as the example of its operation and status, unless there is one. */
export class Recorder {
  readonly #url: string
  readonly #recorded: Record<string, Record<string, Example>> = {}

  constructor(url: string) {
    this.#url = url
  }

  /** `path` begins with a slash where the operation's own is not meant as it stands. */
  async record(id: string, path = '', { body, headers, at }: Sent = {}): Promise<Heard> {
    const operation = operations.find(({ operationId }) => operationId === id)
    if (operation === undefined) throw new Error(`there is no operation ${id}`)
    const { method, url } = operation as Operation
    const where = path.startsWith('/') ? path : `${url}${path}`
    const answer = await fetch(`${at ?? this.#url}${where}`, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    const isJson = answer.headers.get('content-type')?.includes('json') === true
    const told: unknown = isJson ? JSON.parse(text) : text
    const { status } = answer
    this.#recorded[id] ??= {}
    this.#recorded[id][status] ??= {
      call: `${method} ${where}`,
      ...(body !== undefined && { body: scrubbed(body) }),
      ...(text !== '' && { answer: scrubbed(told) }),
    }
    return { status, body: told as Parsed, headers: answer.headers }
  }

  /**
   * Writes the examples. One recorded before stays as it was while it is of the same form as the new one; also one that was
   * not brought about this time, which is said.
   */
  write(): void {
    const before = readExamples()
    for (const [id, byStatus] of Object.entries(this.#recorded))
      for (const [status, known] of Object.entries(before[id] ?? {})) {
        const example = byStatus[status]
        if (example === undefined) process.stderr.write(`${id} ${status}: kept as it was\n`)
        if (example === undefined || isAlike(known, example)) byStatus[status] = known
      }
    writeFileSync(EXAMPLES_FILE, `${JSON.stringify(this.#recorded, null, 1)}\n`)
  }
}

/** Members whose text is not chance. */
const TELLING: ReadonlySet<string> = new Set(['call', 'code'])

const withoutFigures = (text: string) => text.replace(/[\d.]+/g, '')

/** Whether two recordings of one call differ in nothing but how things stood: the same members, each of one kind. */
function isAlike(one: unknown, other: unknown, name = ''): boolean {
  if (one === null || other === null) return one === other || !TELLING.has(name)
  if (Array.isArray(one) && Array.isArray(other)) {
    // which of a list came first, and whether there was one, is chance
    if (one.length === 0 || other.length === 0) return true
    return other.every((each) => one.some((known) => isAlike(known, each)))
  }
  if (typeof one === 'object' && typeof other === 'object') {
    const [known, told] = [one as Record<string, unknown>, other as Record<string, unknown>]
    const names = Object.keys(known)
    return (
      names.length === Object.keys(told).length &&
      names.every((each) => each in told && isAlike(known[each], told[each], each))
    )
  }
  if (typeof one !== typeof other) return false
  if (typeof one !== 'string') return true
  const isTelling = TELLING.has(name) || one.includes('\n')
  return !isTelling || withoutFigures(one) === withoutFigures(other as string)
}
