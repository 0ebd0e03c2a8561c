import t from 'tap'
import { type System, startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

let system: System
t.before(async () => {
  system = await startSystem(t)
})

async function overlaps(): Promise<number> {
  const counts = await Promise.all(
    Array.from({ length: 8 }, async (_, id) => (await system.instance(id)).overlaps),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

t.test('eight concurrent slow calls run on eight client ids, a ninth waits its turn', async (t) => {
  await system.control('POST', '/faults', {
    fault: 'late',
    match: { message: 'positionEnd' },
    delayMs: 1500,
    count: 9,
  })
  const begun = performance.now()
  const calls = Array.from({ length: 9 }, async () => {
    const answer = await fetch(`${system.url}/account/positions?fresh=true`)
    return {
      status: answer.status,
      client: answer.headers.get('ibrest-client-id'),
      ms: performance.now() - begun,
    }
  })
  await until(async () => {
    const { busy, queue } = await system.pool()
    return busy === 8 && queue.length === 1
  }, 'eight busy and one waiting')
  const answers = await Promise.all(calls)
  t.ok(answers.every(({ status }) => status === 200))
  const inOrder = answers.sort((a, b) => a.ms - b.ms)
  t.equal(new Set(inOrder.slice(0, 8).map(({ client }) => client)).size, 8, 'eight clients')
  t.ok((inOrder[8]?.ms ?? 0) > 2900, 'the ninth began when one of them had finished')
  t.equal(await overlaps(), 0)
})

t.test(
  'many quick callers at once: every call is answered, none overlaps at an instance',
  async (t) => {
    let answered = 0
    const caller = async () => {
      for (let call = 0; call < 25; call += 1) {
        const headers = { 'cache-control': 'no-cache' }
        const answer = await fetch(`${system.url}/account/positions`, { headers })
        await answer.body?.cancel()
        if (answer.status === 200) answered += 1
      }
    }
    await Promise.all(Array.from({ length: 40 }, caller))
    t.equal(answered, 1000)
    t.equal(await overlaps(), 0)
    const { clients } = await system.pool()
    t.ok(
      clients.every(({ calls }) => calls > 50),
      'the work was shared',
    )
  },
)

t.test('S1.6 a response says who served it and where the time went', async (t) => {
  const answer = await fetch(`${system.url}/account/positions`)
  t.match(answer.headers.get('ibrest-client-id'), /^[0-7]$/)
  const timing = answer.headers.get('server-timing') ?? ''
  for (const stage of ['queue', 'ib']) t.match(timing, new RegExp(`${stage};dur=\\d`))
  t.match(answer.headers.get('x-request-id'), /./)
})
