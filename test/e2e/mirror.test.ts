import t from 'tap'
import { type System, startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

const CLIENTS = 4
const ROUNDS = 25

let system: System
t.before(async () => {
  system = await startSystem(t, { poolSize: CLIENTS })
})

async function executed(): Promise<void> {
  const answer = await fetch(`${system.url}/order?until=filled`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'MKT' }),
  })
  if (answer.status !== 201) throw new Error(await answer.text())
  await answer.body?.cancel()
}

const everyPath = Array.from(
  { length: CLIENTS },
  (_, clientId) => `/clients/${clientId}/account/positions`,
)

t.test('a fill that was answered is in the positions of every client, mirrored', async (t) => {
  let mirrored = 0
  for (let round = 1; round <= ROUNDS; round += 1) {
    await executed()
    const answers = await Promise.all(
      [...everyPath, '/account/positions'].map((path) => fetch(`${system.url}${path}`)),
    )
    for (const answer of answers) {
      if (answer.headers.get('ibrest-source') === 'mirror') mirrored += 1
      t.match(await answer.json(), [{ position: round * 10 }])
    }
  }
  t.ok(mirrored > 0, 'not by asking each time')
})

t.test('executions joined from all clients say how fresh the oldest of them is', async (t) => {
  const path = `${system.url}/executions`
  const told = await until(async () => {
    const answer = await fetch(path)
    return answer.headers.get('ibrest-source') === 'mirror' && answer
  }, 'all of them mirrored')
  t.match(told.headers.get('age'), /^\d+$/)
  t.match(told.headers.get('ibrest-as-of'), /^\d{4}-\d\d-\d\dT/)
  const rows = (await told.json()) as object[]
  t.equal(rows.length, ROUNDS)
  for (const fresh of [
    await fetch(`${path}?fresh=true`),
    await fetch(path, { headers: { 'cache-control': 'no-cache' } }),
  ]) {
    t.equal(fresh.headers.get('ibrest-source'), 'gateway')
    t.equal(fresh.headers.get('age'), '0')
    t.equal(((await fresh.json()) as object[]).length, ROUNDS)
  }
})
