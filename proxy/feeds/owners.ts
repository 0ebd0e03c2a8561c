import type { FeedDeclaration } from '../../shared/api/feed.ts'
import { problem } from '../../shared/problem.ts'
import { SOURCE_REF } from '../../shared/schemas/feed.ts'
import { askAll } from '../gather.ts'
import { rendezvous } from '../owner.ts'
import { STEWARD } from '../steward.ts'
import type { Instances } from '../upstreams.ts'
import type { Instruments } from './instruments.ts'

/** Handles whose client is remembered. */
const REMEMBERED = 20_000

/** A handle given by an instance begins with its client id. */
const GIVEN = /^(\d{1,2})\.[\w-]{12}$/

/** What a caller asks, for as long as it waits for it. */
export interface Asked {
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/** Which client keeps a feed, and which a subscription to one. */
export class FeedOwners {
  readonly #instances: Instances
  readonly #instruments: Instruments
  readonly #known = new Map<string, number>()

  constructor(instances: Instances, instruments: Instruments) {
    this.#instances = instances
    this.#instruments = instruments
  }

  /** The client where all readers of the same question meet. */
  async ofQuestion(
    feed: FeedDeclaration,
    question: Readonly<Record<string, unknown>>,
    { headers, timeoutMs }: Asked,
  ): Promise<number> {
    if (feed.owner === 'steward') return STEWARD
    const { keyClients } = this.#instances.pool
    const conId =
      feed.owner === 'contract'
        ? await this.#instruments.conIdOf(question, headers, timeoutMs)
        : undefined
    if (conId !== undefined) return rendezvous(`contract ${conId}`, keyClients)
    const asked = Object.keys(feed.question.properties)
      .filter((name) => question[name] !== undefined)
      .map((name) => [name, String(question[name])])
      .sort()
    return rendezvous(`feed ${feed.name} ${JSON.stringify(asked)}`, keyClients)
  }

  /** Where a subscription was last seen; it may have gone since. */
  remembered(sourceRef: string): number | undefined {
    const given = GIVEN.exec(sourceRef)
    return this.#known.get(sourceRef) ?? (given === null ? undefined : Number(given[1]))
  }

  remember(sourceRef: string, clientId: number): void {
    this.#known.delete(sourceRef)
    this.#known.set(sourceRef, clientId)
    if (this.#known.size <= REMEMBERED) return
    const [oldest] = this.#known.keys()
    if (oldest !== undefined) this.#known.delete(oldest)
  }

  forget(sourceRef: string): void {
    this.#known.delete(sourceRef)
  }

  /**
   * The client that has a subscription, or had it last.
   * @throws Problem PROXY_OWNER_DOWN when one that might have it could not be asked: it is never taken for unknown
   */
  async search(sourceRef: string, { headers, timeoutMs }: Asked): Promise<number | undefined> {
    // nobody has what cannot be: whoever gets the call says what is wrong with it
    if (!SOURCE_REF.test(sourceRef)) return undefined
    const { pool, upstreams } = this.#instances
    const words = await askAll(pool, upstreams, {
      headers: { ...headers, accept: 'application/json' },
      timeoutMs,
      path: `/subscriptions/${encodeURIComponent(sourceRef)}`,
    })
    const having = (status: number) => words.find((word) => word.status === status)?.clientId
    const owner = having(200)
    if (owner !== undefined) {
      this.remember(sourceRef, owner)
      return owner
    }
    const silent = words.filter(({ status }) => status !== 404 && status !== 410)
    if (silent.length === 0) return having(410)
    const clients = silent.map(({ clientId }) => clientId)
    throw problem('PROXY_OWNER_DOWN', {
      detail: `Whose subscription ${sourceRef} is cannot be told while these clients do not answer: ${clients.join(', ')}`,
      retryAfter: 2,
      members: { missing: clients, source_ref: sourceRef },
    })
  }
}
