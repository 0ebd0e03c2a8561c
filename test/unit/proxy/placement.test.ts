import t from 'tap'
import type { Lease } from '../../../proxy/lease.ts'
import type { Waiter } from '../../../proxy/line.ts'
import { Pool } from '../../../proxy/pool.ts'

const POSITIONS = '/account/positions'
const QUOTE = '/market/:symbol'

/** Four clients that have been asked nothing yet; 0 is the steward. */
function pool(slotsPerInstance = 1): Pool {
  const origins = [0, 1, 2, 3].map((clientId) => `http://h:${clientId}`)
  const made = new Pool({ origins, slotsPerInstance, queueLimit: 10 })
  for (const clientId of origins.keys()) made.up(clientId)
  return made
}

function call(from: Pool, route: string): Lease {
  let lease: Lease | undefined
  const waiter: Waiter = {
    ...{ callClass: 'read', pinnedTo: undefined, question: undefined, deadline: 0, route },
    hasTried: () => false,
    granted: (granted) => {
      lease = granted
    },
    refused: (problem) => {
      throw problem
    },
    joined: () => undefined,
    answered: () => undefined,
    abandoned: () => undefined,
  }
  from.acquire(waiter)
  if (lease === undefined) throw new Error('it waits')
  return lease
}

/** Where a call goes that is answered from there, at once. */
function answered(from: Pool, route: string, source: 'gateway' | 'mirror'): number {
  const lease = call(from, route)
  const { clientId } = lease.slot
  from.fills.wish(route, clientId)
  from.fills.answered(clientId, 200, ['ibrest-fills', 'a-0', 'ibrest-source', source])
  lease.settle('finished', '')
  return clientId
}

/** The clients 1, 2, 3 and 0 have asked IB in this sequence, and client 3 has answered from its mirror since. */
function warm(slotsPerInstance = 1): Pool {
  const from = pool(slotsPerInstance)
  for (const clientId of [1, 2, 3, 0]) {
    from.fills.answered(clientId, 200, ['ibrest-fills', 'a-0'])
  }
  for (const clientId of [1, 2, 3, 0]) {
    from.fills.wish(POSITIONS, clientId)
    from.fills.answered(clientId, 200, ['ibrest-source', 'gateway'])
  }
  from.fills.answered(3, 200, ['ibrest-source', 'mirror'])
  return from
}

t.test('what IB is asked for goes around, so that all clients send alike', async (t) => {
  const from = warm()
  const places = [1, 2, 3, 4, 5, 6].map(() => answered(from, POSITIONS, 'gateway'))
  t.strictSame(places, [3, 2, 1, 3, 2, 1])
})

t.test('what a mirror answers goes where the last such answer came from', async (t) => {
  const from = warm()
  t.strictSame(
    [1, 2, 3].map(() => answered(from, POSITIONS, 'mirror')),
    [3, 3, 3],
  )
  t.equal(answered(from, POSITIONS, 'gateway'), 3, 'this time it had to ask')
  t.equal(answered(from, POSITIONS, 'mirror'), 2, 'and is not preferred any more')
  t.equal(answered(from, POSITIONS, 'mirror'), 2)
})

t.test('no more instances answer from their mirrors than there are reads at once', async (t) => {
  const from = warm()
  const places = [1, 2, 3].flatMap(() => {
    const leases = [call(from, POSITIONS), call(from, POSITIONS)]
    return leases.map((lease) => {
      const { clientId } = lease.slot
      from.fills.answered(clientId, 200, ['ibrest-source', 'mirror'])
      lease.settle('finished', '')
      return clientId
    })
  })
  t.strictSame(places, [3, 2, 2, 3, 3, 2])
})

t.test('calls that no mirror answers are not drawn there', async (t) => {
  const from = warm()
  t.strictSame(
    [1, 2, 3].map(() => {
      const lease = call(from, QUOTE)
      lease.settle('finished', '')
      return lease.slot.clientId
    }),
    [1, 2, 3],
  )
})

t.test('nobody waits for the warm one: at work, drained or down it is passed over', async (t) => {
  const from = warm()
  const lease = call(from, POSITIONS)
  t.equal(lease.slot.clientId, 3)
  t.equal(call(from, POSITIONS).slot.clientId, 2)
  lease.settle('finished', '')
  from.drain(3)
  t.equal(call(from, POSITIONS).slot.clientId, 1)
  from.resume(3)
  from.down(3, 'its gateway has gone')
  t.equal(call(from, POSITIONS).slot.clientId, 0)
})

t.test(
  'one that turned a call away, since it works for another proxy, is not tried first again',
  async (t) => {
    const from = warm()
    const lease = call(from, POSITIONS)
    t.equal(lease.slot.clientId, 3)
    from.fills.answered(3, 503, [])
    lease.settle('finished', '')
    t.equal(call(from, POSITIONS).slot.clientId, 2)
  },
)

t.test('a second slot of the warm one is not taken before those at rest', async (t) => {
  const from = warm(2)
  t.equal(call(from, POSITIONS).slot.clientId, 3)
  t.not(call(from, POSITIONS).slot.clientId, 3)
})

t.test('once a fill was told nobody is warm until it has asked IB', async (t) => {
  const from = warm()
  from.fills.answered(2, 201, ['ibrest-fills', 'a-1'])
  t.equal(answered(from, POSITIONS, 'gateway'), 1)
})

t.test('who was made to ask IB first answers those who come after it', async (t) => {
  const from = warm()
  from.fills.answered(0, 201, ['ibrest-fills', 'a-1'])
  t.equal(answered(from, POSITIONS, 'gateway'), 1)
  t.strictSame(
    [1, 2, 3].map(() => answered(from, POSITIONS, 'mirror')),
    [1, 1, 1],
  )
})

t.test('one that was made to ask and has to ask again is passed over from then on', async (t) => {
  const from = warm()
  from.fills.answered(0, 201, ['ibrest-fills', 'a-1'])
  const places = [1, 2, 3, 4, 5, 6, 7, 8].map(() => answered(from, POSITIONS, 'gateway'))
  t.strictSame(places, [1, 1, 2, 2, 3, 3, 1, 2])
})

t.test('the steward is kept free for its own work', async (t) => {
  const from = warm()
  from.fills.answered(0, 200, ['ibrest-source', 'mirror'])
  const places = [1, 2, 3, 4].map(() => call(from, POSITIONS).slot.clientId)
  t.strictSame(places, [3, 2, 1, 0])
})
