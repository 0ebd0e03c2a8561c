import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** How long a plan is remembered after its end, days: as long as keys are. */
export const KEEP_PLANS_DAYS = 90

/** What follows an order: its OCA group once it has filled, or further slices. */
export type PlanKind = 'oca' | 'split'

/** A plan as it is written down with the intent of its first order. */
export interface NewPlan {
  readonly kind: PlanKind
  /** all that was asked for, as JSON */
  readonly request: unknown
}

/** What came of a step after the first order; a step is written down when its outcome is certain. */
export interface PlanStep {
  /** under which its orders were placed, once */
  readonly key: string
  readonly orderIds: readonly number[]
  /** when its orders were written down to be sent */
  readonly at: string
  /** why nothing of it was placed; null where something was */
  readonly refusal: string | null
}

/** An order and what follows it. */
export interface PlanRow extends NewPlan {
  /** of its first order, which names it */
  readonly orderId: number
  /** of the call that asked for it */
  readonly key: string
  readonly madeAt: string
  /** `done`: all of it was sent; `ended`: something was not, and will not be */
  readonly state: 'open' | 'done' | 'ended'
  readonly reason: string | null
  readonly steps: readonly PlanStep[]
}

interface StoredPlan extends Omit<PlanRow, 'request' | 'steps'> {
  readonly request: string
  readonly steps: string
}

const COLUMNS = 'orderId, key, kind, request, madeAt, state, reason, steps'

/** What is still to follow which order, and what came of it: on the disk when a method returns. All throw when it cannot be. */
export class Plans {
  readonly #statements: Record<
    'make' | 'replace' | 'one' | 'byKey' | 'all' | 'open' | 'step' | 'end' | 'count',
    StatementSync
  >

  constructor(database: DatabaseSync) {
    const prepare = (sql: string) => database.prepare(sql)
    this.#statements = {
      make: prepare(
        `INSERT INTO plans (orderId, key, kind, request, madeAt, state, steps)
         VALUES (?, ?, ?, ?, ?, 'open', '[]')`,
      ),
      replace: prepare(
        `UPDATE plans SET state = 'ended', endedAt = ?, reason = ? WHERE key = ? AND state = 'open'`,
      ),
      one: prepare(`SELECT ${COLUMNS} FROM plans WHERE orderId = ?`),
      byKey: prepare(`SELECT ${COLUMNS} FROM plans WHERE key = ? ORDER BY orderId DESC LIMIT 1`),
      all: prepare(`SELECT ${COLUMNS} FROM plans WHERE kind = ? ORDER BY orderId`),
      open: prepare(`SELECT ${COLUMNS} FROM plans WHERE state = 'open' ORDER BY orderId`),
      step: prepare(
        `UPDATE plans SET steps = json_insert(steps, '$[#]', json(?)) WHERE orderId = ?`,
      ),
      end: prepare(
        `UPDATE plans SET state = ?, reason = ?, endedAt = ? WHERE orderId = ? AND state = 'open'`,
      ),
      count: prepare(`SELECT count(*) AS number FROM plans WHERE state = 'open'`),
    }
    const oldest = new Date(Date.now() - KEEP_PLANS_DAYS * 86_400_000).toISOString()
    database.prepare('DELETE FROM plans WHERE endedAt < ?').run(oldest)
  }

  /** Plans of which something is still to follow. */
  get openCount(): number {
    return (this.#statements.count.get() as { number: number }).number
  }

  /** Part of the transaction that writes the first order's intent. One under the same key that came to nothing ends. */
  make({ kind, request }: NewPlan, key: string, orderId: number): void {
    const now = new Date().toISOString()
    this.#statements.replace.run(now, `It began anew with order ${orderId}`, key)
    this.#statements.make.run(orderId, key, kind, JSON.stringify(request), now)
  }

  /** The plan that this order began. */
  find(orderId: number): PlanRow | undefined {
    return planOf(this.#statements.one.get(orderId))
  }

  /** The plan of a call, by the call's key. */
  byKey(key: string): PlanRow | undefined {
    return planOf(this.#statements.byKey.get(key))
  }

  all(kind: PlanKind): PlanRow[] {
    return plansOf(this.#statements.all.all(kind))
  }

  open(): PlanRow[] {
    return plansOf(this.#statements.open.all())
  }

  /** The outcome of a step is certain and stays. */
  step(orderId: number, step: PlanStep): void {
    this.#statements.step.run(JSON.stringify(step), orderId)
  }

  /** Nothing follows any more. */
  end(orderId: number, state: 'done' | 'ended', reason: string | null): void {
    this.#statements.end.run(state, reason, new Date().toISOString(), orderId)
  }
}

function planOf(row: unknown): PlanRow | undefined {
  if (row === undefined) return undefined
  const { request, steps, ...rest } = row as StoredPlan
  return {
    ...rest,
    request: JSON.parse(request) as unknown,
    steps: JSON.parse(steps) as PlanStep[],
  }
}

function plansOf(rows: readonly unknown[]): PlanRow[] {
  return rows.map(planOf).filter((plan) => plan !== undefined)
}
