import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { NewPlan } from './plans.ts'

/** How long a key is remembered after its call, days: longer than any retry, good-till-cancelled orders included (D.3). */
export const KEEP_KEYS_DAYS = 90

/** A call's key as it is written down with its intents. */
export interface Claim {
  readonly key: string
  /** a hash of what was asked for, by which another call under the same key is told */
  readonly payload: string
  /** what is to follow the (first) order, written down with it */
  readonly plan?: NewPlan | undefined
}

/** A key that was used before. */
export interface KeyRow {
  readonly payload: string
  readonly orderIds: readonly number[]
  readonly claimedAt: string
  /** the final answer, as it was stored; undefined while nobody knows */
  readonly answer: string | undefined
}

interface StoredKey {
  readonly payload: string
  readonly orderIds: string
  readonly claimedAt: string
  readonly answer: string | null
}

/** Which calls were made under which key, and what became of them: on the disk before a byte leaves (design §5). */
export class Keys {
  readonly #find: StatementSync
  readonly #claim: StatementSync
  readonly #settle: StatementSync
  readonly #free: StatementSync
  readonly #pending: StatementSync

  constructor(database: DatabaseSync) {
    this.#find = database.prepare(
      'SELECT payload, orderIds, claimedAt, answer FROM keys WHERE key = ?',
    )
    // the same call goes out again under higher ids when the first were overtaken
    this.#claim = database.prepare(
      `INSERT INTO keys (key, payload, orderIds, claimedAt) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET orderIds = excluded.orderIds, claimedAt = excluded.claimedAt`,
    )
    this.#settle = database.prepare('UPDATE keys SET answer = ? WHERE key = ?')
    this.#free = database.prepare('DELETE FROM keys WHERE key = ?')
    this.#pending = database.prepare('SELECT count(*) AS number FROM keys WHERE answer IS NULL')
    const oldest = new Date(Date.now() - KEEP_KEYS_DAYS * 86_400_000).toISOString()
    // the key of what still goes on is never forgotten, however long that takes
    database
      .prepare(
        `DELETE FROM keys WHERE answer IS NOT NULL AND claimedAt < ?
         AND key NOT IN (SELECT key FROM plans)`,
      )
      .run(oldest)
  }

  /** Keys whose outcome nobody knows yet. */
  get unknown(): number {
    return (this.#pending.get() as { number: number }).number
  }

  find(key: string): KeyRow | undefined {
    const row = this.#find.get(key) as StoredKey | undefined
    if (row === undefined) return undefined
    const { payload, orderIds, claimedAt, answer } = row
    return {
      ...{ payload, claimedAt },
      orderIds: JSON.parse(orderIds) as number[],
      answer: answer ?? undefined,
    }
  }

  /** Part of the transaction that writes the intents. */
  claim({ key, payload }: Claim, orderIds: readonly number[]): void {
    this.#claim.run(key, payload, JSON.stringify(orderIds), new Date().toISOString())
  }

  /** The outcome is known and stays. */
  settle(key: string, answer: string): void {
    this.#settle.run(answer, key)
  }

  /** It is proven that nothing came of it: the key may be used again. */
  free(key: string): void {
    this.#free.run(key)
  }
}
