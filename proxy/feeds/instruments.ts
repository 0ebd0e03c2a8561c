import type { Dispatcher } from 'undici'
import { instrumentFields } from '../../shared/api/feeds.ts'
import { OWNED_HEADER } from '../../shared/api/operation.ts'
import { Joined } from '../../shared/joined.ts'
import { problem } from '../../shared/problem.ts'
import type { Instances } from '../upstreams.ts'

/** What a contract is changes at most overnight; ms. */
const FRESH_MS = 3_600_000
const REMEMBERED = 10_000
/** An instance has so long to say which contract is meant, ms. */
const ASKING_MS = 20_000

/** Which contracts callers mean, so that all who mean the same are sent to the same client. */
export class Instruments {
  readonly #instances: Instances
  readonly #known = new Map<string, { readonly conId: number; readonly at: number }>()
  readonly #asking = new Joined<number | 'not one'>()

  constructor(instances: Instances) {
    this.#instances = instances
  }

  /**
   * IB's number of the one contract a question means, asked of any instance; undefined when it fits none or several:
   * whoever is asked for the feed then says why.
   * @throws Problem when nobody can say now: a guess would open the same feed at a second client
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
    const conId = await this.#asking.ask(
      `${headers.authorization ?? ''} ${text}`,
      () => this.#ask(text, headers),
      timeoutMs,
    )
    if (conId === undefined) throw unsaid('nobody has said in time')
    if (conId === 'not one') return undefined
    if (this.#known.size >= REMEMBERED) this.#known.clear()
    this.#known.set(text, { conId, at: performance.now() })
    return conId
  }

  async #ask(text: string, headers: Readonly<Record<string, string>>): Promise<number | 'not one'> {
    const { pool, upstreams } = this.#instances
    const { status, body } = await this.#answerOf(upstreams.questions(pool.anyUp()), text, headers)
    if (status >= 500 || status === 429) throw unsaid(`an instance answered ${status}`)
    const found = (status === 200 ? body : []) as readonly { readonly conId: number }[]
    const [conId, ...others] = new Set(found.map((each) => each.conId))
    return conId === undefined || others.length > 0 ? 'not one' : conId
  }

  async #answerOf(
    instance: Dispatcher | undefined,
    text: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<{ status: number; body: unknown }> {
    try {
      const answer = await instance?.request({
        method: 'GET',
        path: `/contract?${text}`,
        // beside the slots, as whatever belongs to a feed
        headers: { ...headers, [OWNED_HEADER]: '1', 'x-deadline-ms': String(ASKING_MS) },
        signal: AbortSignal.timeout(ASKING_MS),
      })
      return { status: answer?.statusCode ?? 503, body: await answer?.body.json() }
    } catch (error) {
      throw unsaid(String((error as Error).message))
    }
  }
}

function unsaid(why: string): Error {
  return problem('PROXY_OWNER_DOWN', {
    detail: `Which contract is meant, and so which client keeps its feed, cannot be told now: ${why}`,
    retryAfter: 2,
  })
}
