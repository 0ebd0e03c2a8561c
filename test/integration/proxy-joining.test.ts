import t, { type Test } from 'tap'
import { type Proxied, proxied } from '../rig/proxied.ts'
import { Held, sendJson } from '../rig/stub-instance.ts'
import { until } from '../rig/until.ts'

interface Busy extends Proxied {
  readonly held: Held
  /** lets the call go that keeps the only slot */
  free(): void
  waiting(count: number): Promise<unknown>
}

/** A proxy before one instance that is busy with a call of ours. */
async function busy(t: Test): Promise<Busy> {
  const it = await proxied(t, 1)
  const held = new Held()
  const [stub] = it.stubs
  if (stub !== undefined) stub.answer = held.answer
  const first = fetch(`${it.url}/account/summary`)
  await until(() => held.count === 1, 'the instance is busy')
  t.teardown(async () => {
    held.releaseAll()
    await first.catch(() => undefined)
  })
  return {
    ...it,
    held,
    free: () => held.release(),
    waiting: (count) =>
      until(async () => (await it.status()).queue.length === count, `${count} in line`),
  }
}

const calls = ({ stubs }: Proxied, path: string) =>
  stubs.flatMap((stub) => stub.calls).filter(({ url }) => url === path)

t.test('callers who wait with the same question have one answer', async (t) => {
  const it = await busy(t)
  const path = '/account/positions'
  const asked = Array.from({ length: 5 }, () => fetch(`${it.url}${path}`))
  await it.waiting(5)
  it.free()
  await until(() => it.held.count === 1, 'one of them is asked')
  t.equal((await it.status()).queue.length, 0)
  it.free()
  const answers = await Promise.all(asked)
  t.same(
    await Promise.all(answers.map((answer) => answer.json())),
    asked.map(() => ({ url: path })),
  )
  t.equal(calls(it, path).length, 1)
  t.equal(new Set(answers.map(({ headers }) => headers.get('x-request-id'))).size, 5)
  for (const { headers } of answers) t.equal(headers.get('ibrest-client-id'), '0')
  const metrics = await (await fetch(`${it.url}/metrics`)).text()
  t.match(metrics, /ibrest_proxy_joined_total(\{.*\})? 4/)
})

t.test('nobody is joined to a question that was sent before his own', async (t) => {
  const it = await busy(t)
  const [first, second] = [fetch(`${it.url}/account/summary`), fetch(`${it.url}/account/summary`)]
  await it.waiting(2)
  it.free()
  await until(() => it.held.count === 1, 'the two are asked as one')
  const late = fetch(`${it.url}/account/summary`)
  await it.waiting(1)
  it.free()
  await Promise.all([first, second])
  await until(() => it.held.count === 1, 'the late one is asked by itself')
  it.free()
  t.equal((await late).status, 200)
  t.equal(calls(it, '/account/summary').length, 3)
})

t.test('what differs, or wants an answer of its own, is asked by itself', async (t) => {
  const it = await busy(t)
  const path = '/account/positions'
  const wishes: Record<string, string>[] = [
    {},
    { 'cache-control': 'no-cache' },
    { authorization: 'Bearer other' },
    { accept: 'text/csv' },
  ]
  const asked = [
    ...wishes.map((headers) => fetch(`${it.url}${path}`, { headers })),
    fetch(`${it.url}${path}?account=DU1`),
    fetch(`${it.url}/clients/0${path}`),
    fetch(`${it.url}/order`, { method: 'POST', body: '{}' }),
    fetch(`${it.url}/order`, { method: 'POST', body: '{}' }),
  ]
  await it.waiting(asked.length)
  for (const _ of asked) {
    it.free()
    await until(() => it.held.count === 1, 'the next is asked')
  }
  it.free()
  await Promise.all(asked)
  t.equal(it.stubs.flatMap((stub) => stub.calls).length, 1 + asked.length)
})

t.test('the one who asked may leave: the others have their answer', async (t) => {
  const it = await busy(t)
  const path = '/account/positions'
  const leaving = new AbortController()
  const first = fetch(`${it.url}${path}`, { signal: leaving.signal })
  await it.waiting(1)
  const others = [fetch(`${it.url}${path}`), fetch(`${it.url}${path}`)]
  await it.waiting(3)
  it.free()
  await until(() => it.held.count === 1, 'they are asked as one')
  leaving.abort()
  await t.rejects(first)
  await until(
    async () => /code="499"/.test(await (await fetch(`${it.url}/metrics`)).text()),
    'the proxy knows that he has left',
  )
  it.free()
  for (const answer of await Promise.all(others)) t.same(await answer.json(), { url: path })
  t.equal(calls(it, path).length, 1)
})

t.test('an instance lost in the middle is told to all of them', async (t) => {
  const it = await busy(t)
  const asked = [1, 2, 3].map(() => fetch(`${it.url}/account/positions`))
  await it.waiting(3)
  it.free()
  await until(() => it.held.count === 1, 'they are asked as one')
  await it.stubs[0]?.stop()
  for (const answer of await Promise.all(asked)) {
    t.equal(answer.status, 502)
    t.match(await answer.json(), { code: 'PROXY_INSTANCE_LOST', retryable: true })
  }
  await it.stubs[0]?.start()
})

t.test(
  'an instance that turns the question away is asked again by each who still waits',
  async (t) => {
    const it = await busy(t)
    const [stub] = it.stubs
    const path = '/account/positions'
    const asked = [1, 2].map(() => fetch(`${it.url}${path}`))
    await it.waiting(2)
    if (stub)
      stub.answer = (call, response) => {
        if (calls(it, path).length === 1) sendJson(response, 503, { code: 'INSTANCE_BUSY' })
        else sendJson(response, 200, { url: call.url })
      }
    it.free()
    const statuses = (await Promise.all(asked)).map(({ status }) => status).sort()
    t.same(statuses, [200, 200])
  },
)

t.test('an answer too large to keep is fetched by each', async (t) => {
  const it = await busy(t)
  const [stub] = it.stubs
  const path = '/account/positions'
  const large = 'x'.repeat(5 * 1024 * 1024)
  const asked = [1, 2, 3].map(async () => {
    const answer = await fetch(`${it.url}${path}`)
    return (await answer.json()) as { large: string }
  })
  await it.waiting(3)
  if (stub) stub.answer = (_, response) => sendJson(response, 200, { large })
  it.free()
  for (const answer of await Promise.all(asked)) t.equal(answer.large.length, large.length)
})
