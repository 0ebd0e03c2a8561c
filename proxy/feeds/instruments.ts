import { instrumentFields } from '../../shared/api/feeds.ts'
import { OWNED_HEADER } from '../../shared/api/operation.ts'
import type { Instances } from '../upstreams.ts'

/** What a contract is changes at most overnight; ms. */
const FRESH_MS = 3_600_000
const REMEMBERED = 10_000

/** Which contracts callers mean, so that all who mean the same are sent to the same client. */
export class Instruments {
  readonly #instances: Instances
  readonly #known = new Map<string, { readonly conId: number; readonly at: number }>()

  constructor(instances: Instances) {
    this.#instances = instances
  }

  /**
   * IB's number of the one contract a question means, asked of any instance; undefined when it fits none or several, or
   * nobody can say now: whoever is asked for the feed then says why.
   */
  async conIdOf(
    question: Readonly<Record<string, unknown>>,
    headers: Readonly<Record<string, string>>,
    timeoutMs: number,
  ): Promise<number | undefined> {
    const named = instrumentFields
      .filter((name) => question[name] !== undefined)
      .map((name) => [name, String(question[name])])
    if (named.length === 1 && named[0]?.[0] === 'conId') return Number(question.conId)
    const text = new URLSearchParams(named as [string, string][]).toString()
    const known = this.#known.get(text)
    if (known !== undefined && performance.now() - known.at < FRESH_MS) return known.conId
    const conId = await this.#ask(text, headers, timeoutMs)
    if (conId === undefined) return undefined
    if (this.#known.size >= REMEMBERED) this.#known.clear()
    this.#known.set(text, { conId, at: performance.now() })
    return conId
  }

  async #ask(
    text: string,
    headers: Readonly<Record<string, string>>,
    timeoutMs: number,
  ): Promise<number | undefined> {
    const { pool, upstreams } = this.#instances
    try {
      const answer = await upstreams.questions(pool.anyUp())?.request({
        method: 'GET',
        path: `/contract?${text}`,
        // beside the slots, as whatever belongs to a feed
        headers: { ...headers, [OWNED_HEADER]: '1', 'x-deadline-ms': String(timeoutMs) },
        signal: AbortSignal.timeout(timeoutMs),
      })
      const found = (await answer?.body.json()) as readonly { readonly conId: number }[]
      const conIds = new Set(answer?.statusCode === 200 ? found.map(({ conId }) => conId) : [])
      const [conId] = conIds
      return conIds.size === 1 ? conId : undefined
    } catch {
      return undefined
    }
  }
}
