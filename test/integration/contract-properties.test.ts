import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { setUser } from '../../proxy/auth/user-file.ts'
import { operations } from '../../shared/api/index.ts'
import type { Operation } from '../../shared/api/operation.ts'
import { OrderRequest } from '../../shared/schemas/order.ts'
import { ANYWHERE, problemsOf } from '../handbook/contract/problems-of.ts'
import { bearer, keyFile } from '../rig/keyed.ts'
import { misfitsOf } from '../rig/misfits.ts'
import type { Parsed } from '../rig/parsed.ts'
import { pooled } from '../rig/pooled.ts'
import { fitting, type Schema } from '../rig/schema-arbitrary.ts'
import { tempDir } from '../rig/temp-dir.ts'

t.setTimeout(180_000)

/** Another seed makes other calls: `SEED=7 node test/integration/contract-properties.test.ts`. */
const seed = Number(process.env.SEED ?? 20_260_701)
const RUNS = Number(process.env.RUNS ?? 8)
/** Calls that wait for a fill, perhaps in vain, are answered then, ms; all others when they are done. */
const PATIENCE_MS = '1000'

/** What stops others, or is no call. */
const APART: ReadonlySet<string> = new Set([
  'pauseClients',
  'drainClient',
  'pauseOrders',
  'openEventSocket',
])

const ORDER = { symbol: 'AAPL', action: 'BUY', totalQuantity: 1, orderType: 'LMT', lmtPrice: 1 }

/** What one call says, part by part. */
interface Said {
  params: Readonly<Record<string, unknown>>
  querystring: Readonly<Record<string, unknown>>
  body: unknown
}

const partOf = (schema: unknown) =>
  schema === undefined ? fc.constant({}) : fitting(schema as Schema)

function callsOf({ schema }: Operation) {
  return fc.record({
    params: partOf(schema.params),
    querystring: partOf(schema.querystring),
    body: schema.body === undefined ? fc.constant(undefined) : fitting(schema.body as Schema),
  }) as fc.Arbitrary<Said>
}

/** A system where callers have to say who they are, and its administrator's way to call it. */
async function guarded(t: Test) {
  const keys = await keyFile(t)
  const USERS_FILE = join(tempDir(t), 'users.json')
  const alice = { userName: 'alice', scope: 'trade', password: 'correct horse battery' } as const
  await setUser(USERS_FILE, { ...alice, accounts: null, symbols: null, limits: {} })
  // a thousand calls of one key within seconds
  const RATES = { RATE_LIMIT_READ: 'off', RATE_LIMIT_ORDER: 'off' }
  const it = await pooled(t, 2, { KEYS_FILE: keys.path, USERS_FILE, ...RATES })
  const call = (path: string, { headers, ...init }: RequestInit & { headers: object }) =>
    it.call(path, { ...init, headers: { ...headers, ...bearer(keys.admin) } })
  return { ...it, call }
}

/** A call as it goes over HTTP. */
function written({ url, method, patient }: Operation, { params, querystring, body }: Said) {
  const path = url.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(String(params[name] ?? 'unknown')),
  )
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(querystring))
    for (const each of [value].flat()) query.append(name, String(each))
  const headers = patient === undefined ? {} : { 'x-deadline-ms': PATIENCE_MS }
  return {
    path: query.size === 0 ? path : `${path}?${query}`,
    init:
      body === undefined
        ? { method, headers }
        : {
            method,
            headers: { ...headers, 'content-type': 'application/json' },
            body: JSON.stringify(body),
          },
  }
}

t.test(
  'S1.13 whatever fits the contract is answered, and never with a failure of ours',
  async (t) => {
    const { call } = await guarded(t)
    for (const operation of operations) {
      const { operationId, schema } = operation
      if (APART.has(operationId)) continue
      const known = new Set([...problemsOf(operation), ...ANYWHERE])
      const hasInput = schema.params ?? schema.querystring ?? schema.body
      await fc.assert(
        fc.asyncProperty(callsOf(operation), async (said) => {
          const { path, init } = written(operation, said)
          const { answer, body } = await call(path, init)
          const about = `${init.method} ${path} ${init.body ?? ''} → ${answer.status} ${JSON.stringify(body)?.slice(0, 400)}`
          // what IB has no more, or this login has not, is no failure
          if (answer.status >= 500 && answer.status !== 501) throw new Error(about)
          if (answer.status >= 400 && !known.has((body as Parsed).code))
            throw new Error(`not in the contract: ${about}`)
        }),
        { seed, numRuns: hasInput === undefined ? 1 : RUNS },
      )
      t.pass(operationId)
    }
  },
)

t.test('S4.35 whatever does not fit is refused with a problem that names the field', async (t) => {
  const { call } = await guarded(t)
  for (const operation of operations) {
    const { operationId, schema } = operation
    if (operation.socket) continue
    const sample = atOneOwner(fc.sample(callsOf(operation), { seed, numRuns: 1 })[0] as Said)
    if (operationId === 'placeOrder') sample.body = ORDER
    const misfits = [
      ...partsOf(schema.querystring, sample.querystring, 'query').map(({ value, ...rest }) => ({
        ...rest,
        said: { ...sample, querystring: value },
      })),
      ...partsOf(schema.body, sample.body, 'body').map(({ value, ...rest }) => ({
        ...rest,
        said: { ...sample, body: value },
      })),
    ]
    for (const { what, field, said } of misfits) {
      const { path, init } = written(operation, said)
      const { answer, body } = await call(path, init)
      const named = ((body as Parsed)?.errors ?? []).map((error: Parsed) => error.field)
      if (answer.status < 400 || answer.status >= 500 || !named.includes(field))
        t.fail(
          `${operationId}: ${field} ${what}: ${init.method} ${path} ${init.body ?? ''} → ${answer.status} ${JSON.stringify(body)?.slice(0, 300)}`,
        )
    }
    t.pass(`${operationId}: ${misfits.length}`)
  }
})

/**
 * An order has an owner who judges the call; one that nobody has is not found before anything is judged. What only looks
 * like a moment is judged before the rest.
 */
function atOneOwner(said: Said): Said {
  const owned = (part: Readonly<Record<string, unknown>>, name: string) =>
    name in part ? { ...part, [name]: '0.1' } : part
  const { from: _, to: __, ...querystring } = owned(said.querystring, 'orderId')
  return { params: owned(said.params, 'id'), querystring, body: said.body }
}

/** An order stands for what may be one, a list of some, or a change. */
function partsOf(schema: unknown, sample: unknown, place: 'body' | 'query') {
  if (schema === undefined) return []
  const whole = schema as Schema
  if (whole.type === 'array') return []
  if (whole.properties !== undefined)
    return misfitsOf(whole, sample as Record<string, unknown>, place)
  return misfitsOf(OrderRequest as unknown as Schema, ORDER, place)
}
