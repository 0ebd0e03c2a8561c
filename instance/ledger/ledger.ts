import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { KillSwitchState } from '../../shared/schemas/client.ts'
import type { Commission, Execution } from '../../shared/schemas/execution.ts'
import type { Order, OrderRequest } from '../../shared/schemas/order.ts'
import type { Gap, GapEventWord, OrderEventWord } from '../../shared/schemas/order-event.ts'
import { wholeOrder } from '../ib/order-figures.ts'
import { inTransaction, openDatabase } from './database.ts'
import { EventLog } from './events.ts'
import { type Claim, Keys } from './keys.ts'
import { Plans } from './plans.ts'

export interface LedgerOptions {
  /** a file, or `:memory:` */
  readonly path: string
  readonly clientId: number
  /** writing failed: what the gateway told is kept and tried again, and who wanted something written first is told */
  readonly onFailure: (error: unknown) => void
}

interface Row {
  readonly document: string
}

function read<Document>(rows: unknown): Document[] {
  return (rows as Row[]).map(({ document }) => JSON.parse(document) as Document)
}

function readOrders(rows: unknown): Order[] {
  return read<Order>(rows).map(wholeOrder)
}

/**
 * What must survive a restart of one client id: how far its order ids have got, its orders, fills and commissions.
 * What the gateway tells is written at the end of the turn in one transaction; what must be on the disk before bytes
 * leave is written at once.
 */
export class Ledger {
  /** which calls were made under which key */
  readonly keys: Keys
  /** what happened to its orders, numbered */
  readonly events: EventLog
  /** what is to follow which order */
  readonly plans: Plans
  readonly #database: DatabaseSync
  readonly #onFailure: (error: unknown) => void
  readonly #statements: Record<
    | 'meta'
    | 'setMeta'
    | 'order'
    | 'permanent'
    | 'filled'
    | 'open'
    | 'setOrder'
    | 'request'
    | 'setRequest'
    | 'changeRequest'
    | 'named'
    | 'executions'
    | 'execution'
    | 'fillsOf'
    | 'setExecution'
    | 'commissions'
    | 'commission'
    | 'setCommission',
    StatementSync
  >
  readonly #orders = new Map<number, Order>()
  readonly #executions = new Map<string, Execution>()
  readonly #commissions = new Map<string, Commission>()
  #scheduled: NodeJS.Immediate | undefined
  #failure: unknown

  constructor(options: LedgerOptions) {
    this.#onFailure = options.onFailure
    this.#database = openDatabase(options.path)
    this.plans = new Plans(this.#database)
    this.keys = new Keys(this.#database)
    this.events = new EventLog(this.#database, options.clientId)
    const prepare = (sql: string) => this.#database.prepare(sql)
    this.#statements = {
      meta: prepare('SELECT value FROM meta WHERE name = ?'),
      setMeta: prepare(
        'INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
      ),
      order: prepare('SELECT document FROM orders WHERE orderId = ?'),
      permanent: prepare('SELECT document FROM orders WHERE permId = ?'),
      filled: prepare(`SELECT document FROM orders WHERE status = 'Filled' ORDER BY orderId`),
      open: prepare(
        `SELECT document FROM orders
         WHERE status NOT IN ('Filled', 'Cancelled', 'ApiCancelled', 'Inactive') ORDER BY orderId`,
      ),
      setOrder: prepare(
        `INSERT INTO orders (orderId, permId, status, document, updatedAt) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET permId = excluded.permId, status = excluded.status,
           document = excluded.document, updatedAt = excluded.updatedAt`,
      ),
      setRequest: prepare('UPDATE orders SET request = ?, clientOrderId = ? WHERE orderId = ?'),
      named: prepare('SELECT document FROM orders WHERE clientOrderId = ? ORDER BY orderId'),
      request: prepare('SELECT request FROM orders WHERE orderId = ?'),
      changeRequest: prepare('UPDATE orders SET request = ? WHERE orderId = ?'),
      executions: prepare('SELECT document FROM executions ORDER BY timestamp'),
      execution: prepare('SELECT document FROM executions WHERE execId = ?'),
      fillsOf: prepare('SELECT document FROM executions WHERE orderId = ?'),
      setExecution: prepare(
        `INSERT INTO executions VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET document = excluded.document`,
      ),
      commissions: prepare('SELECT document FROM commissions'),
      commission: prepare('SELECT document FROM commissions WHERE execId = ?'),
      setCommission: prepare(
        'INSERT INTO commissions VALUES (?, ?) ON CONFLICT DO UPDATE SET document = excluded.document',
      ),
    }
  }

  /** Why the last write failed; `undefined` while all is well. */
  get failure(): unknown {
    return this.#failure
  }

  /** The lowest order id never used (F4). */
  get orderIdFloor(): number {
    const row = this.#statements.meta.get('orderIdFloor') as { value: string } | undefined
    return Number(row?.value ?? 0)
  }

  /** On the disk when it returns. @throws when it cannot be written */
  raiseOrderIdFloor(floor: number): void {
    this.#write(() => this.#setFloor(floor))
  }

  /** The kill switch as it was last thrown; undefined where it never was. */
  get killSwitch(): KillSwitchState | undefined {
    const row = this.#statements.meta.get('killSwitch') as { value: string } | undefined
    return row === undefined ? undefined : (JSON.parse(row.value) as KillSwitchState)
  }

  /** On the disk when it returns. @throws when it cannot be written */
  recordKillSwitch(state: KillSwitchState): void {
    this.#write(() => void this.#statements.setMeta.run('killSwitch', JSON.stringify(state)))
  }

  /**
   * Whose ledger this is: the first login makes it its own. The accounts it belongs to where they are none of these,
   * so that fills of a simulator never stand among real ones; otherwise undefined.
   */
  claim(accounts: readonly string[]): readonly string[] | undefined {
    const row = this.#statements.meta.get('accounts') as { value: string } | undefined
    const owners = row === undefined ? [] : (JSON.parse(row.value) as string[])
    if (owners.length > 0 && !owners.some((owner) => accounts.includes(owner))) return owners
    const all = [...new Set([...owners, ...accounts])]
    if (all.length > owners.length) {
      this.#write(() => void this.#statements.setMeta.run('accounts', JSON.stringify(all)))
    }
    return undefined
  }

  /**
   * Orders about to be sent, with what was asked for and under which key: on the disk when it returns, before the
   * bytes leave. @throws when it cannot be written
   */
  recordIntents(
    intents: readonly { readonly order: Order; readonly request: OrderRequest }[],
    claim?: Claim,
  ): void {
    this.#commit(() => {
      for (const { order, request } of intents) {
        this.#setOrder(order)
        const { clientOrderId = null } = request
        this.#statements.setRequest.run(JSON.stringify(request), clientOrderId, order.orderId)
        this.events.tell('placed', order, order)
      }
      const orderIds = intents.map(({ order }) => order.orderId)
      if (claim === undefined) return
      this.keys.claim(claim, orderIds)
      if (claim.plan !== undefined) this.plans.make(claim.plan, claim.key, orderIds[0] ?? 0)
    })
  }

  /**
   * What came of a key's call. Where it cannot be written the call is answered all the same, and the next one under
   * the key finds it out again.
   */
  settleKey(key: string, answer: string): void {
    try {
      this.keys.settle(key, answer)
    } catch (error) {
      this.#onFailure(error)
    }
  }

  /** Orders of this client that their caller gave that name. */
  ordersNamed(clientOrderId: string): Order[] {
    this.flush()
    return readOrders(this.#statements.named.all(clientOrderId))
  }

  /** What was last asked for; undefined where the order was not placed here. */
  request(orderId: number): OrderRequest | undefined {
    const row = this.#statements.request.get(orderId) as { request: string | null } | undefined
    return row?.request ? (JSON.parse(row.request) as OrderRequest) : undefined
  }

  /**
   * What is now asked for an order that is known here: on the disk when it returns, before the change leaves.
   * @throws when it cannot be written
   */
  recordRequest(orderId: number, request: OrderRequest | undefined): void {
    if (!this.flush()) throw this.#failure
    const text = request === undefined ? null : JSON.stringify(request)
    this.#write(() => void this.#statements.changeRequest.run(text, orderId))
  }

  /** An order as it now stands, and what has happened to it. */
  recordOrder(order: Order, happened: readonly OrderEventWord[] = []): void {
    this.#orders.set(order.orderId, order)
    for (const word of happened) this.events.tell(word, order, order)
    this.#schedule()
  }

  recordExecution(execution: Execution): void {
    const { execId } = execution
    const isNew = this.#execution(execId) === undefined
    this.#executions.set(execId, execution)
    const commission = this.#commission(execId)
    if (isNew && commission !== undefined) this.events.tellCommission(commission, execution)
    this.#schedule()
  }

  /** A commission is told of once its fill is known, whichever comes first. */
  recordCommission(commission: Commission): void {
    const { execId } = commission
    const known = this.#commission(execId)
    this.#commissions.set(execId, commission)
    const fill = this.#execution(execId)
    if (fill !== undefined && JSON.stringify(known) !== JSON.stringify(commission))
      this.events.tellCommission(commission, fill)
    this.#schedule()
  }

  #execution(execId: string): Execution | undefined {
    const { execution } = this.#statements
    return this.#executions.get(execId) ?? read<Execution>(execution.all(execId))[0]
  }

  #commission(execId: string): Commission | undefined {
    const { commission } = this.#statements
    return this.#commissions.get(execId) ?? read<Commission>(commission.all(execId))[0]
  }

  /** A time nobody listened begins or ends. */
  recordGap(word: GapEventWord, gap: Gap): void {
    this.events.tellGap(word, gap)
    this.#schedule()
  }

  order(orderId: number): Order | undefined {
    return this.#orders.get(orderId) ?? readOrders(this.#statements.order.all(orderId))[0]
  }

  /** The order with IB's permanent id. */
  orderOf(permId: number): Order | undefined {
    this.flush()
    return readOrders(this.#statements.permanent.all(permId))[0]
  }

  filledOrders(): Order[] {
    this.flush()
    return readOrders(this.#statements.filled.all())
  }

  /** Orders that had not ended when last heard of. */
  openOrders(): Order[] {
    this.flush()
    return readOrders(this.#statements.open.all())
  }

  /** Every fill ever told, as it was told. */
  executions(): Execution[] {
    this.flush()
    return [...read<Execution>(this.#statements.executions.all()), ...this.#executions.values()]
  }

  /** Every fill of one order, as it was told. */
  fillsOf(orderId: number): Execution[] {
    const unwritten = [...this.#executions.values()].filter((each) => each.orderId === orderId)
    return [...read<Execution>(this.#statements.fillsOf.all(orderId)), ...unwritten]
  }

  commissionOf(execId: string): Commission | undefined {
    const unwritten = this.#commissions.get(execId)
    return unwritten ?? read<Commission>(this.#statements.commission.all(execId))[0]
  }

  commissions(): Commission[] {
    this.flush()
    return [...read<Commission>(this.#statements.commissions.all()), ...this.#commissions.values()]
  }

  /**
   * Writes what is still in memory. A failure is told and kept, never swallowed: the rows stay and are tried again.
   * True when all is on the disk.
   */
  flush(): boolean {
    clearImmediate(this.#scheduled)
    this.#scheduled = undefined
    if (this.#isWritten) return true
    try {
      this.#commit()
      return true
    } catch {
      return false
    }
  }

  get #isWritten(): boolean {
    const rows = this.#orders.size + this.#executions.size + this.#commissions.size
    return rows + this.events.unwritten === 0
  }

  /** Writes what is left and lets go of the file. */
  close(): void {
    if (!this.#database.isOpen) return
    this.flush()
    this.events.close()
    this.#database.close()
  }

  #schedule(): void {
    this.#scheduled ??= setImmediate(() => this.flush())
  }

  /** What is in memory and `work`, in one transaction: events are never on the disk without what they tell of. */
  #commit(work?: () => void): void {
    const told = this.events.unwritten
    try {
      this.#write(() => {
        for (const order of this.#orders.values()) this.#setOrder(order)
        for (const execution of this.#executions.values()) this.#setExecution(execution)
        for (const commission of this.#commissions.values())
          this.#statements.setCommission.run(commission.execId, JSON.stringify(commission))
        work?.()
        this.events.write()
      })
    } catch (error) {
      this.events.forget(told)
      throw error
    }
    this.#orders.clear()
    this.#executions.clear()
    this.#commissions.clear()
    this.events.written()
  }

  #write(work: () => void): void {
    try {
      inTransaction(this.#database, work)
      this.#failure = undefined
    } catch (error) {
      this.#failure = error
      this.#onFailure(error)
      throw error
    }
  }

  #setFloor(floor: number): void {
    this.#statements.setMeta.run('orderIdFloor', String(floor))
  }

  #setOrder(order: Order): void {
    const { orderId, permId, status, updatedAt } = order
    this.#statements.setOrder.run(
      orderId,
      permId,
      status,
      JSON.stringify(order),
      updatedAt ?? new Date().toISOString(),
    )
  }

  #setExecution(execution: Execution): void {
    const { execId, orderId, timestamp } = execution
    this.#statements.setExecution.run(execId, orderId, timestamp, JSON.stringify(execution))
  }
}
