import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { type System, startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

type Json = Record<string, unknown>

async function buy(system: System): Promise<Json> {
  const placed = await fetch(`${system.url}/order`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ symbol: 'AAPL', action: 'BUY', totalQuantity: 3, orderType: 'MKT' }),
  })
  const { id } = (await placed.json()) as Json
  return until(async () => {
    const order = (await (await fetch(`${system.url}/order/${id}`)).json()) as Json
    return order.status === 'Filled' && order
  }, 'the order filled')
}

async function rows(system: System, path: string): Promise<Json[]> {
  return (await (await fetch(`${system.url}${path}`)).json()) as Json[]
}

t.test(
  'fills and commissions outlive instances that are killed, and the whole system',
  async (t) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'ibrest-ledger-'))
    t.teardown(() => rmSync(dataDir, { recursive: true, force: true }))
    const first = await startSystem(t, { poolSize: 2, dataDir })
    const orders = [await buy(first), await buy(first), await buy(first)]
    const commissions = await until(async () => {
      const all = await rows(first, '/executions/commissions')
      return all.length >= 3 && all
    }, 'three commissions')

    for (const clientId of [0, 1]) process.kill((await first.instance(clientId)).pid, 'SIGKILL')
    await until(async () => (await first.pool()).usable < 2, 'they died')
    await until(async () => (await first.pool()).usable === 2, 'and came back')
    t.same(
      new Set((await rows(first, '/order/filled')).map(({ id }) => id)),
      new Set(orders.map(({ id }) => id)),
    )
    await first.stop()

    const second = await startSystem(t, { poolSize: 2, dataDir })
    t.same(
      new Set((await rows(second, '/executions/commissions')).map(({ execId }) => execId)),
      new Set(commissions.map(({ execId }) => execId)),
    )
    const known = new Set((await rows(second, '/order/filled')).map(({ id }) => id))
    t.same(known, new Set(orders.map(({ id }) => id)))
    const next = await buy(second)
    t.notOk(
      known.has(next.id),
      'a gateway that starts counting anew does not make an old id mean another order',
    )
  },
)
