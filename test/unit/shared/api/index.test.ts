import t from 'tap'
import { endpointMap, methodsByUrl, operations, urlsOf } from '../../../../shared/api/index.ts'

t.test('operation ids are unique, and so is each method of each path', async (t) => {
  const ids = operations.map(({ operationId }) => operationId)
  t.equal(new Set(ids).size, ids.length)
  const ways = operations.flatMap((operation) =>
    urlsOf(operation).map((url) => `${operation.method} ${url}`),
  )
  t.equal(new Set(ways).size, ways.length)
})

t.test('every owned operation says where its owner is written', async (t) => {
  for (const { operationId, traffic, owner, key } of operations) {
    t.equal(owner !== undefined, traffic === 'owned', operationId)
    if (traffic === 'gathered') t.ok(key, `${operationId} says which rows are the same`)
  }
})

t.test('a wrong query parameter is never passed over in silence', async (t) => {
  for (const { operationId, schema } of operations) {
    if (schema.querystring === undefined) continue
    t.match(schema.querystring, { additionalProperties: false }, operationId)
  }
})

t.test('the map of endpoints shows every path with its methods', async (t) => {
  const map = endpointMap()
  t.equal(Object.keys(map).length, methodsByUrl().size)
  t.hasProps(map['/order'] ?? {}, ['GET', 'POST', 'DELETE'])
  t.hasProps(map, ['/order/{id}', '/account/updates', '/historical/{symbol}'])
})

t.test('only what waits for a slot can wait for a budget before it', async (t) => {
  const paced = operations.filter(({ pacing }) => pacing !== undefined)
  t.ok(paced.length > 0)
  for (const { operationId, method, traffic, keyed } of paced)
    t.match(
      { method, traffic, keyed },
      { method: 'GET', traffic: 'leased', keyed: undefined },
      operationId,
    )
})
