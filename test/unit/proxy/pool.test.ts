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

const origins = (...names: readonly (number | string)[]) => names.map((name) => `http://h:${name}`)

t.test('who joins is down until it was probed, and serves who waits then', async (t) => {
  const from = pool(2)
  const moved: number[] = []
  from.whenMoved((clientId) => moved.push(clientId))
  acquire(from)
  acquire(from)
  const waiting = acquire(from)
  from.become(origins(0, 1, 2, 3))
  t.equal(from.size, 4)
  t.same(moved, [2, 3])
  t.equal(from.count('down'), 2)
  t.notOk(waiting.lease)
  from.up(3)
  t.equal(waiting.lease?.slot.clientId, 3)
  t.equal(from.keyClients, 2, 'keys stay where they are')
})

t.test('who leaves finishes its calls first; the ones behind it leave before it', async (t) => {
  const from = pool(4)
  const [one, , three] = [acquire(from), acquire(from), acquire(from)]
  t.same([one?.lease?.slot.clientId, three?.lease?.slot.clientId], [1, 3])
  from.become(origins(0, 1))
  t.equal(from.size, 4, 'client 3 still works')
  t.equal(from.count('draining'), 2)
  t.match(acquire(from, 3).problem, { code: 'PROXY_DRAINING' })
  from.enterBeside(2)
  three?.lease?.settle('finished')
  t.equal(from.size, 3, 'client 2 works too')
  from.leaveBeside(2)
  t.equal(from.size, 3, 'its slot still does')
})

t.test(
  'all who left are gone when their last call has ended, and may have left orders',
  async (t) => {
    const from = pool(4)
    from.become(origins(0, 1))
    t.equal(from.size, 2)
    t.equal(from.known, 4)
    t.equal(from.count('idle'), 2)
    t.match(from.reasonOf(3), /not in the pool/)
    from.become(origins(0, 1, 2))
    t.equal(from.size, 3)
    from.up(2)
    t.equal(from.count('idle'), 3)
  },
)

t.test('who is called back before it has left stays as it was', async (t) => {
  const from = pool(2)
  const running = acquire(from)
  t.equal(running.lease?.slot.clientId, 1)
  from.become(origins(0))
  t.equal(from.count('draining'), 1)
  from.become(origins(0, 1))
  t.equal(from.count('busy'), 1)
  running.lease?.settle('finished')
  t.equal(from.count('idle'), 2)
})

t.test('who moves finishes its calls where it was, and is down where it comes', async (t) => {
  const from = pool(2)
  const running = acquire(from)
  from.become(origins(0, 'new'))
  t.equal(from.members[1]?.origin, 'http://h:1')
  t.equal(from.isUp(1), true, 'its orders are still there')
  running.lease?.settle('finished')
  t.equal(from.members[1]?.origin, 'http://h:new')
  t.equal(from.isUp(1), false)
  from.up(1)
  t.equal(acquire(from, 1).lease?.slot.origin, 'http://h:new')
})

t.test('whoever waits is served by a client that is taken into use again', async (t) => {
  const from = pool(2)
  from.drain(0)
  const running = acquire(from)
  const waiting = acquire(from)
  t.equal(waiting.lease, undefined)
  from.resume(0)
  t.equal(waiting.lease?.slot.clientId, 0)
  running.lease?.settle('finished')
  waiting.lease?.settle('finished')
  t.equal(from.count('idle'), 2)
})

t.test('a drain outlives a move', async (t) => {
  const from = pool(2)
  from.drain(1)
  from.become(origins(0, 'new'))
  from.up(1)
  t.equal(from.count('drained'), 1)
  t.match(acquire(from, 1).problem, { code: 'PROXY_DRAINING' })
  from.resume(1)
  t.ok(acquire(from, 1).lease)
})
