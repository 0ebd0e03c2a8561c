import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t, { type Test } from 'tap'
import { blankOrder } from '../../../../instance/ib/order-documents.ts'
import { executionOf } from '../../../../instance/ib/translate-order.ts'
import { latestFills } from '../../../../instance/ledger/latest-fills.ts'
import { Ledger } from '../../../../instance/ledger/ledger.ts'
import type { OrderRequest } from '../../../../shared/schemas/order.ts'
import { tempDir } from '../../../rig/temp-dir.ts'

function open(t: Test, path: string, failures: unknown[] = []) {
  const ledger = new Ledger({ path, clientId: 3, onFailure: (error) => void failures.push(error) })
  let closed = false
  const close = () => {
    if (!closed) ledger.close()
    closed = true
  }
  t.teardown(close)
  return { ledger, close, failures }
}

const fileOf = (t: Test) => join(tempDir(t), 'gateway-4002', 'client-3.sqlite')
const order = (orderId: number, status: 'Filled' | 'Submitted' = 'Filled') => ({
  ...blankOrder(3, orderId),
  status,
})
const fill = (execId: string, orderId = 1) =>
  executionOf({ symbol: 'AAPL' }, { execId, orderId, clientId: 3, time: '20260105-15:30:00' })
const commission = (execId: string) => ({
  execId,
  clientId: 3,
  commission: 1,
  currency: 'USD',
  realizedPNL: null,
  yield: null,
  yieldRedemptionDate: null,
})

t.test('nobody else may read a ledger, nor the files SQLite keeps beside it', async (t) => {
  const path = fileOf(t)
  open(t, path)
  for (const file of [path, `${path}-wal`, `${path}-shm`])
    t.equal(statSync(file).mode & 0o777, 0o600, file)
})

t.test('everything is there after it was closed and opened again', async (t) => {
  const path = fileOf(t)
  const first = open(t, path)
  first.ledger.raiseOrderIdFloor(42)
  first.ledger.recordOrder(order(1))
  first.ledger.recordOrder(order(2, 'Submitted'))
  first.ledger.recordExecution(fill('a.01'))
  first.ledger.recordCommission(commission('a.01'))
  first.close()
  const { ledger } = open(t, path)
  t.equal(ledger.orderIdFloor, 42)
  t.match(ledger.filledOrders(), [{ orderId: 1 }])
  t.match(ledger.openOrders(), [{ orderId: 2 }])
  t.match(ledger.order(2), { id: '3.2' })
  t.equal(ledger.order(9), undefined)
  t.match(ledger.executions(), [{ execId: 'a.01' }])
  t.match(ledger.commissions(), [{ execId: 'a.01', commission: 1 }])
})

t.test('an intent is on the disk before it is acted on', async (t) => {
  const path = fileOf(t)
  const { ledger } = open(t, path)
  const request: OrderRequest = { action: 'BUY', totalQuantity: 1, orderType: 'MKT', symbol: 'X' }
  ledger.recordIntents([{ order: order(5, 'Submitted'), request }])
  const reader = new DatabaseSync(path, { readOnly: true })
  t.teardown(() => reader.close())
  const row = reader.prepare('SELECT request FROM orders WHERE orderId = 5').get()
  t.same(JSON.parse(String(row?.request)), request)
})

t.test('what was recorded is read at once, and written at the end of the turn', async (t) => {
  const path = fileOf(t)
  const { ledger } = open(t, path)
  ledger.recordOrder(order(1))
  t.match(ledger.order(1), { orderId: 1 })
  await new Promise((resolve) => setImmediate(resolve))
  const reader = new DatabaseSync(path, { readOnly: true })
  t.teardown(() => reader.close())
  t.match(reader.prepare('SELECT count(*) AS rows FROM orders').get(), { rows: 1 })
})

t.test('a write that fails is told and kept, and made good later', async (t) => {
  const path = fileOf(t)
  const { ledger, failures } = open(t, path)
  const other = new DatabaseSync(path)
  t.teardown(() => other.close())
  other.exec('BEGIN EXCLUSIVE')
  ledger.recordOrder(order(1))
  ledger.recordExecution(fill('a.01'))
  t.equal(ledger.flush(), false)
  t.equal(failures.length, 1)
  t.throws(() => ledger.raiseOrderIdFloor(9))
  t.ok(ledger.failure)
  t.match(ledger.order(1), { orderId: 1 }, 'nothing is forgotten')
  other.exec('COMMIT')
  t.equal(ledger.flush(), true)
  t.equal(ledger.failure, undefined)
  t.match(ledger.executions(), [{ execId: 'a.01' }])
})

t.test('a correction replaces the fill it corrects, and only that', async (t) => {
  const fills = [fill('0001.aa.01.01'), fill('0001.aa.01.02'), fill('0001.bb.01.01'), fill('plain')]
  t.same(
    latestFills(fills).map(({ execId }) => execId),
    ['0001.aa.01.02', '0001.bb.01.01', 'plain'],
  )
  t.same(
    latestFills([fill('x.2'), fill('x.1')]).map(({ execId }) => execId),
    ['x.2'],
  )
  t.equal(latestFills([fill('x.1'), fill('x.1')]).length, 1)
})

t.test('a file of a newer version is refused', async (t) => {
  const path = fileOf(t)
  open(t, path).close()
  const database = new DatabaseSync(path)
  database.exec('PRAGMA user_version = 99')
  database.close()
  t.throws(() => new Ledger({ path, clientId: 3, onFailure: () => undefined }), /newer version/)
})
