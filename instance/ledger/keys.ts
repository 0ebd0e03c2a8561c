import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { NewPlan } from './plans.ts'

/** How long a key is remembered after its call, days: longer than any retry, good-till-cancelled orders included (D.3). */
export const KEEP_KEYS_DAYS = 90

/** A call's key as it is written down with its intents. */
export interface Claim {
  readonly key: string
  /** a hash of what was asked for, by which another call under the same key is told */
  readonly payload: string
  /** what its answer says beside the orders, as text: known before they leave, so written down with them */
  readonly about?: string | undefined
  /** what is to follow the (first) order, written down with it */
  readonly plan?: NewPlan | undefined
}

/** A key that was used before. */
export interface KeyRow {
  readonly payload: string
  readonly orderIds: readonly number[]
  readonly claimedAt: string
  readonly about: string | undefined
  /** the final answer, as it was stored; undefined while nobody knows */
  readonly answer: string | undefined
}

interface StoredKey {
  readonly payload: string
  readonly orderIds: string
  readonly claimedAt: string
  readonly about: string | null
  readonly answer: string | null
}

/** Which calls were made under which key, and what became of them: on the disk before a byte leaves (design §5). */
export class Keys {
  readonly #find: StatementSync
  readonly #claim: StatementSync
  readonly #settle: StatementSync
  readonly #remember: StatementSync
  readonly #free: StatementSync
  readonly #pending: StatementSync

  constructor(database: DatabaseSync) {
    this.#find = database.prepare(
      'SELECT payload, orderIds, claimedAt, about, answer FROM keys WHERE key = ?',
    )
    // the same call goes out again under higher ids when the first were overtaken
    this.#claim = database.prepare(
      `INSERT INTO keys (key, payload, orderIds, claimedAt, about) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET orderIds = excluded.orderIds, claimedAt = excluded.claimedAt,
         about = excluded.about`,
    )
    this.#remember = database.prepare(
      `INSERT INTO keys (key, payload, orderIds, claimedAt, answer) VALUES (?, ?, '[]', ?, ?)
       ON CONFLICT DO UPDATE SET answer = excluded.answer`,
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
    const { payload, orderIds, claimedAt, about, answer } = row
    return {
      ...{ payload, claimedAt },
      orderIds: JSON.parse(orderIds) as number[],
      about: about ?? undefined,
      answer: answer ?? undefined,
    }
  }

  /** Part of the transaction that writes the intents. */
  claim({ key, payload, about }: Claim, orderIds: readonly number[]): void {
    const now = new Date().toISOString()
    this.#claim.run(key, payload, JSON.stringify(orderIds), now, about ?? null)
  }

  /** The outcome is known and stays. */
  settle(key: string, answer: string): void {
    this.#settle.run(answer, key)
  }

  /** The outcome of a call that sent no order is known and stays. @throws when it cannot be written */
  remember({ key, payload }: Claim, answer: string): void {
    this.#remember.run(key, payload, new Date().toISOString(), answer)
  }

  /** It is proven that nothing came of it: the key may be used again. */
  free(key: string): void {
    this.#free.run(key)
  }
}
