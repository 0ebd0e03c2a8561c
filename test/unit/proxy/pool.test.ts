import t from 'tap'
import type { Lease } from '../../../proxy/lease.ts'
import type { Waiter } from '../../../proxy/line.ts'
import { Pool } from '../../../proxy/pool.ts'
import type { Problem } from '../../../shared/problem.ts'

class Caller implements Waiter {
  readonly callClass = 'read'
  readonly question = undefined
  readonly deadline = 0
  lease: Lease | undefined
  problem: Problem | undefined
  readonly pinnedTo: number | undefined
  onGranted: () => void = () => undefined

  constructor(pinnedTo?: number) {
    this.pinnedTo = pinnedTo
  }

  hasTried(): boolean {
    return false
  }

  granted(lease: Lease): void {
    this.lease = lease
    this.onGranted()
  }

  refused(problem: Problem): void {
    this.problem = problem
  }

  joined(): void {}

  answered(): void {}

  abandoned(): void {}
}

function pool(size: number, options: { slotsPerInstance?: number; queueLimit?: number } = {}) {
  const made = new Pool({
    origins: Array.from({ length: size }, (_, clientId) => `http://h:${clientId}`),
    slotsPerInstance: 1,
    queueLimit: 10,
    ...options,
  })
  for (let clientId = 0; clientId < size; clientId += 1) made.up(clientId)
  return made
}

function acquire(from: Pool, pinnedTo?: number): Caller {
  const caller = new Caller(pinnedTo)
  from.acquire(caller)
  return caller
}

t.test('the slot idle longest is given first, the steward last', async (t) => {
  const from = pool(4)
  const [first, second] = [acquire(from), acquire(from)]
  t.equal(first.lease?.slot.clientId, 1)
  t.equal(second.lease?.slot.clientId, 2)
  first.lease?.settle('finished')
  t.equal(acquire(from).lease?.slot.clientId, 3)
  t.equal(acquire(from).lease?.slot.clientId, 1)
  t.equal(acquire(from).lease?.slot.clientId, 0, 'who waits is not kept waiting for the others')
})

t.test('a freed slot goes to the head of the line in the same turn', async (t) => {
  const from = pool(1)
  const first = acquire(from)
  const [second, third] = [acquire(from), acquire(from)]
  t.equal(from.line.length, 2)
  first.lease?.settle('finished')
  t.ok(second.lease)
  t.notOk(third.lease)
  t.equal(from.count('busy'), 1)
  second.lease?.settle('finished')
  third.lease?.settle('finished')
  t.equal(from.count('idle'), 1)
})

t.test('a lease is settled once', async (t) => {
  const { lease } = acquire(pool(1))
  lease?.settle('finished')
  t.throws(() => lease?.settle('finished'), { message: 'lease of slot 0 settled twice' })
})

t.test(
  'a lost call takes its slot down and nobody is sent there until the probe has seen it well',
  async (t) => {
    const from = pool(2)
    acquire(from).lease?.settle('lost', 'ECONNRESET')
    t.equal(from.count('down'), 1)
    t.match(from.status().clients[1], { connected: false, state: 'down', reason: 'ECONNRESET' })
    t.equal(acquire(from).lease?.slot.clientId, 0)
    t.notOk(acquire(from).lease, 'the line, not the slot that is down')
    from.up(1)
    t.equal(from.line.length, 0, 'served as soon as it is up')
  },
)

t.test('waiting in vain is refused at once', async (t) => {
  const from = new Pool({ origins: ['http://h:0'], slotsPerInstance: 1, queueLimit: 10 })
  t.match(acquire(from).problem, { code: 'PROXY_NO_INSTANCE', status: 503 })
  from.up(0)
  t.match(acquire(from, 7).problem, { code: 'PROXY_OWNER_DOWN' })
})

t.test('a full line refuses, and an honest Retry-After grows with the line', async (t) => {
  const from = pool(1, { queueLimit: 1 })
  acquire(from)
  acquire(from)
  const { problem } = acquire(from)
  t.match(problem, { code: 'PROXY_POOL_BUSY', retryable: true })
  t.match(problem?.headers['retry-after'], /^\d+$/)
})

t.test('a slot that went down during a call comes back busy, not idle', async (t) => {
  const from = pool(1)
  const { lease } = acquire(from)
  from.down(0, 'gateway lost')
  from.up(0)
  t.equal(from.count('busy'), 1)
  const next = acquire(from)
  t.notOk(next.lease)
  lease?.settle('finished')
  t.ok(next.lease)
})

t.test('a call that ends after its slot went down leaves it down', async (t) => {
  const from = pool(1)
  const { lease } = acquire(from)
  from.down(0, 'gateway lost')
  lease?.settle('finished')
  t.equal(from.count('down'), 1)
  t.equal(from.open, 0)
})

t.test('slots of one instance are spread before they are stacked', async (t) => {
  const from = pool(2, { slotsPerInstance: 2 })
  t.same(
    [acquire(from), acquire(from), acquire(from), acquire(from)].map(
      ({ lease }) => lease?.slot.clientId,
    ),
    [1, 0, 1, 0],
  )
  t.match(from.status().clients, [
    { busy: 2, slots: 2, state: 'busy' },
    { busy: 2, slots: 2, state: 'busy' },
  ])
})

t.test('closing refuses who waits and ends when the last running call has', async (t) => {
  const from = pool(1)
  const running = acquire(from)
  const waiting = acquire(from)
  let closed = false
  const closing = from.close().then(() => {
    closed = true
  })
  t.match(waiting.problem, { code: 'PROXY_SHUTTING_DOWN' })
  t.match(acquire(from).problem, { code: 'PROXY_SHUTTING_DOWN' })
  await Promise.resolve()
  t.notOk(closed)
  running.lease?.settle('finished')
  await closing
  t.equal(from.count('drained'), 1)
})

t.test(
  'any sequence of calls and failures keeps every slot in one state and one call per slot',
  async (t) => {
    let seed = 7
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    const from = pool(4, { queueLimit: 50 })
    const running = new Set<Lease>()
    let overlaps = 0
    const start = () => {
      const caller = new Caller(random(5) === 0 ? random(4) : undefined)
      caller.onGranted = () => {
        const lease = caller.lease as Lease
        if ([...running].some(({ slot }) => slot === lease.slot)) overlaps += 1
        running.add(lease)
      }
      from.acquire(caller)
    }
    for (let step = 0; step < 20_000; step += 1) {
      const choice = random(10)
      if (choice < 5) start()
      else if (choice === 5) from.down(random(4), 'test')
      else if (choice === 6) from.up(random(4))
      else {
        const lease = [...running][random(Math.max(1, running.size))]
        if (lease !== undefined) {
          running.delete(lease)
          lease.settle(random(8) === 0 ? 'lost' : 'finished', 'test')
        }
      }
      const counted =
        from.count('idle') + from.count('busy') + from.count('down') + from.count('draining')
      if (counted !== 4 || from.open !== running.size)
        t.fail(`step ${step}: ${counted} slots, ${from.open} open`)
      if (
        from.count('idle') > 0 &&
        [...from.line.waiters()].some(({ pinnedTo }) => pinnedTo === undefined)
      ) {
        t.fail(`step ${step}: a caller waits although a slot is idle`)
      }
    }
    t.equal(overlaps, 0)
  },
)
