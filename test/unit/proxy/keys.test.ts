import type { FastifyRequest } from 'fastify'
import t from 'tap'
import { keyWritten, mustOwnName, ownerInBody, rendezvous } from '../../../proxy/owner.ts'

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

const raw = (text: string) =>
  ({ query: {}, headers: {}, body: Buffer.from(text) }) as unknown as FastifyRequest

t.test('an order that a body names is seen however it is written', (t) => {
  const three = { owner: 3 }
  t.same(ownerInBody(request({ body: { orderId: '3.1042' } })), three)
  t.same(ownerInBody(request({ body: { orderId: 1042, clientId: 3 } })), three)
  t.same(ownerInBody(request({ body: { orderId: '1042', clientId: '3' } })), three)
  t.same(ownerInBody(request({ body: { orderId: 1042 } })), { search: 1042 })
  t.same(ownerInBody(raw('{"order\\u0049d":1042}')), { search: 1042 }, 'in escapes')
  t.same(ownerInBody(raw('\uFEFF{"orderId":1042}')), { search: 1042 }, 'behind a byte order mark')
  t.same(ownerInBody(request({ query: { orderId: '3.1042' } })), three, 'or a query alone')
  t.same(ownerInBody(request({ body: { orderId: null } })), { owner: 'any' }, 'one no one can read')
  t.end()
})

t.test('a body that names no order is left where it was', (t) => {
  t.equal(ownerInBody(request({ body: { symbol: 'AAPL', clientOrderId: 'n' } })), undefined)
  t.equal(ownerInBody(request({ body: [{ orderId: 5 }] })), undefined)
  t.equal(ownerInBody(request({ body: { symbol: 'A' }, query: { orderId: '5' } })), undefined)
  t.equal(ownerInBody(raw('{"orderId":')), undefined)
  t.end()
})

t.test('a name that belongs to another client is refused where a call is pinned', (t) => {
  const named = request({ body: { clientOrderId: 'n' } })
  const owner = rendezvous('order n', 8)
  t.equal(mustOwnName(named, owner, 8), undefined)
  const other = (owner + 1) % 8
  t.throws(() => mustOwnName(named, other, 8), { code: 'PROXY_NOT_OWNER', status: 421 })
  t.throws(() => mustOwnName(raw('[{"clientOrder\\u0049d":"n"}]'), other, 8), {
    code: 'PROXY_NOT_OWNER',
  })
  t.equal(mustOwnName(request({ headers: { 'idempotency-key': 'k' } }), other, 8), undefined)
  t.end()
})
