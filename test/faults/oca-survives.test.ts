import t from 'tap'
import { type System, startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

type Json = Record<string, unknown>

// far from any market: it fills when the test says so
const opening = { symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 5 }
const list = [
  opening,
  { ...opening, action: 'SELL', lmtPrice: 5000 },
  { symbol: 'AAPL', action: 'SELL', totalQuantity: 10, orderType: 'STP', auxPrice: 1 },
]
const headers = { 'content-type': 'application/json', 'idempotency-key': 'swing-1' }

async function ask(system: System, wish: Json): Promise<{ status: number; plan: Json }> {
  const answer = await fetch(`${system.url}/order/oca`, {
    method: 'POST',
    headers: { ...headers, ...wish },
    body: JSON.stringify(list),
  })
  return { status: answer.status, plan: (await answer.json()) as Json }
}

const booked = async (system: System) => (await system.control('GET', '/orders')) as Json[]

t.test('an instance killed between the halves sends the group when it is back, once', async (t) => {
  const system = await startSystem(t, { poolSize: 2 })
  const { status, plan } = await ask(system, { prefer: 'respond-async' })
  t.equal(status, 202)
  const id = String(plan.id)
  const owner = Number(id.split('.')[0])
  const look = async () => (await (await fetch(`${system.url}/order/oca/${id}`)).json()) as Json
  await until(
    async () => ((await look()).open_resp as Json).state === 'placed',
    'the opening order is in the market',
  )

  process.kill((await system.instance(owner)).pid, 'SIGKILL')
  await system.control('POST', `/orders/${id}/fill`, {})
  const done = await until(
    async () => {
      const seen = await look()
      return seen.state === 'done' && seen
    },
    'the group is out',
    30_000,
  )
  t.match(done, { close_resp: [{ ocaGroup: id }, { ocaGroup: id }], reason: null })

  process.kill((await system.instance(owner)).pid, 'SIGKILL')
  const again = await until(
    async () => {
      const asked = await ask(system, { prefer: 'wait=5' })
      return asked.status === 201 && asked
    },
    'the same call is answered again',
    30_000,
  )
  t.match(again.plan, { id, state: 'done' })
  const all = (await (await fetch(`${system.url}/order/oca`)).json()) as Json[]
  t.match(all, [{ id, state: 'done' }], 'every client is asked for its plans')
  const book = await booked(system)
  t.equal(book.length, 3, 'one opening order and one group')
  t.equal(book.filter(({ ocaGroup }) => ocaGroup === id).length, 2)
})
