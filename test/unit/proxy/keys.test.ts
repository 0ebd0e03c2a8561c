import type { FastifyRequest } from 'fastify'
import t from 'tap'
import { keyWritten, rendezvous } from '../../../proxy/owner.ts'

const request = (parts: { query?: object; body?: unknown; headers?: object }) => {
  const body = parts.body === undefined ? undefined : Buffer.from(JSON.stringify(parts.body))
  return { query: {}, headers: {}, ...parts, body } as unknown as FastifyRequest
}

t.test('a key always belongs to the same client, and keys are spread over all', (t) => {
  const owners = new Map<number, number>()
  for (let each = 0; each < 4000; each += 1) {
    const owner = rendezvous(`key ${each}`, 8)
    t.equal(rendezvous(`key ${each}`, 8), owner)
    owners.set(owner, (owners.get(owner) ?? 0) + 1)
  }
  t.equal(owners.size, 8)
  t.ok(
    [...owners.values()].every((keys) => keys > 380 && keys < 620),
    [...owners.values()].join(),
  )
  t.end()
})

t.test('when the pool grows a key stays where it was or goes to a new client', (t) => {
  let moved = 0
  for (let each = 0; each < 2000; each += 1) {
    const before = rendezvous(`key ${each}`, 8)
    const after = rendezvous(`key ${each}`, 9)
    if (after === before) continue
    moved += 1
    t.equal(after, 8)
  }
  t.ok(moved > 120 && moved < 330, `${moved} of 2000`)
  t.end()
})

t.test(
  'the name of an order goes before the key of the call; what cannot be read has none',
  (t) => {
    const headers = { 'idempotency-key': 'k' }
    const named = { symbol: 'AAPL', clientOrderId: 'n' }
    t.equal(keyWritten(request({ headers })), 'call k')
    t.equal(keyWritten(request({ body: named, headers })), 'order n')
    t.equal(keyWritten(request({ body: [named, {}] })), 'order n')
    t.equal(keyWritten(request({ query: { clientOrderId: 'n' } })), 'order n')
    t.equal(keyWritten(request({ body: { ...named, clientOrderId: 7 } })), undefined)
    t.equal(keyWritten(request({ body: {} })), undefined)
    const broken = { query: {}, headers: {}, body: Buffer.from('{"clientOrderId"') }
    t.equal(keyWritten(broken as unknown as FastifyRequest), undefined)
    t.end()
  },
)
