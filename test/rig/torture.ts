import type { Test } from 'tap'
import type { OrderEvent, OrderEvents } from '../../shared/schemas/order-event.ts'
import { readRestlessly } from './event-readers.ts'
import { chance, mayhem } from './mayhem.ts'
import { insist, type Verdict, type Wish } from './persistent-caller.ts'
import { type System, startSystem } from './system.ts'
import { until } from './until.ts'

interface BookedOrder {
  readonly clientId: number
  readonly orderId: number
  readonly status: string
  readonly filled: number
  readonly orderRef: string
  readonly symbol: string
}

interface BookedTrade {
  readonly execId: string
  readonly account: string
  readonly conId: number
  readonly side: 'BOT' | 'SLD'
  readonly shares: number
}

export interface TortureOptions {
  readonly seed: number
  readonly poolSize: number
  readonly callers: number
  /** of each caller, one after the other */
  readonly orders: number
}

/** What a caller may want: orders that trade at once, that rest, that are refused. */
function wishOf(seed: number, caller: number, number: number, luck: () => number): Wish {
  const name = `s${seed}-c${caller}-n${number}`
  const kind = luck()
  const order = {
    symbol: luck() < 0.5 ? 'AAPL' : 'MSFT',
    action: luck() < 0.5 ? 'BUY' : 'SELL',
    totalQuantity: 1 + Math.floor(luck() * 20),
  }
  const body =
    kind < 0.5
      ? { ...order, orderType: 'MKT' }
      : kind < 0.92
        ? {
            ...order,
            action: 'BUY',
            orderType: 'LMT',
            lmtPrice: 1 + Math.floor(luck() * 100) / 100,
          }
        : { ...order, totalQuantity: 900_000, orderType: 'MKT' }
  return luck() < 0.5
    ? { headers: { 'idempotency-key': name }, body }
    : { headers: {}, body: { ...body, clientOrderId: name } }
}

async function get<Answer>(system: System, path: string): Promise<Answer> {
  return (await (await fetch(`${system.url}${path}`)).json()) as Answer
}

/**
 * Callers who insist, a system that is struck at seeded moments, and then the books: every key accepted stands in the
 * market exactly once, nothing refused does, and what the API says is what the market says.
 */
export async function torture(t: Test, options: TortureOptions): Promise<void> {
  const { seed, poolSize, callers, orders } = options
  const system = await startSystem(t, {
    poolSize,
    env: {
      SIMULATOR_MESSAGE_RATE: 'off',
      SIMULATOR_OPEN_ORDERS: '0',
      SIMULATOR_SEED: String(seed),
    },
  })
  const luck = chance(seed)
  let running = true
  let left: number | undefined
  // whatever fails: nobody strikes or reads a system that is gone
  t.teardown(() => {
    running = false
    left = 0
  })
  const blows = mayhem(system, chance(seed + 1), { blows: 30, isOver: () => !running })
  const read = readRestlessly(
    system.url,
    chance(seed + 2),
    (events) => events >= (left ?? Infinity),
  )
  const verdicts: Verdict[] = []
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      for (let number = 0; number < orders; number += 1) {
        verdicts.push(await insist(system.url, wishOf(seed, caller, number, luck), 40_000))
      }
    }),
  )
  running = false
  const struck = await blows
  t.comment(
    `seed ${seed}: ${struck.length} blows, ${verdicts.reduce((all, { attempts }) => all + attempts, 0)} calls for ${verdicts.length} orders`,
  )
  await system.control('DELETE', '/faults')
  await until(async () => (await system.pool()).usable === poolSize, 'all usable again', 20_000)
  await checkBooks(t, system, verdicts)
  const log = await wholeLog(system)
  left = log.length
  await checkEvents(t, system, log, await read)
}

/** Every event of every ledger; a gap may still be closing. */
async function wholeLog(system: System): Promise<OrderEvent[]> {
  return await until(async () => {
    const log: OrderEvent[] = []
    for (let cursor = '0', more = true; more; ) {
      const page = await get<OrderEvents>(system, `/order/events?since=${cursor}&limit=1000`)
      log.push(...page.events)
      ;({ cursor, more } = page)
    }
    const ends = new Map<number, string>()
    for (const { type, clientid } of log)
      if (type.startsWith('ibrest.gap.')) ends.set(clientid, type)
    return [...ends.values()].every((type) => type === 'ibrest.gap.closed') && log
  }, 'every gap closed')
}

async function checkBooks(t: Test, system: System, verdicts: readonly Verdict[]): Promise<void> {
  const booked = (await system.control('GET', '/orders')) as BookedOrder[]
  const byRef = new Map<string, BookedOrder[]>()
  for (const order of booked)
    byRef.set(order.orderRef, [...(byRef.get(order.orderRef) ?? []), order])
  const accepted = verdicts.filter(({ status }) => status === 201)
  const wrong: string[] = []
  for (const { body } of accepted) {
    const found = byRef.get(body.orderRef) ?? []
    if (found.length !== 1) wrong.push(`${body.id} ${body.orderRef}: ${found.length} in the market`)
    const [order] = found
    if (order !== undefined && `${order.clientId}.${order.orderId}` !== body.id)
      wrong.push(`${body.id} is ${order.clientId}.${order.orderId} in the market`)
  }
  const refs = new Set(accepted.map(({ body }) => body.orderRef))
  for (const order of booked) {
    // what IB itself rejected stands in its book as Inactive, and trades nothing
    if (!refs.has(order.orderRef) && (order.status !== 'Inactive' || order.filled > 0))
      wrong.push(`${order.clientId}.${order.orderId} ${order.status}: nobody was told of it`)
  }
  t.same(wrong, [], 'every key accepted is in the market once, and nothing else is')
  t.ok(accepted.length > verdicts.length / 2, `${accepted.length} of ${verdicts.length} accepted`)

  const untrue: string[] = []
  for (const { body } of accepted) {
    const order = byRef.get(body.orderRef)?.[0]
    const told = await until(async () => {
      const now = await get<{ status: string; filled: number }>(system, `/order/${body.id}`)
      return now.status === order?.status && now.filled === order.filled && now
    }, `${body.id} told as ${order?.status}`).catch((error: Error) => error.message)
    if (typeof told === 'string') untrue.push(told)
  }
  t.same(untrue, [], 'every order is told as it stands')
  await checkTrades(t, system)
}

async function checkTrades(t: Test, system: System): Promise<void> {
  const trades = (await system.control('GET', '/executions')) as BookedTrade[]
  const ids = (rows: readonly { execId: string }[]) => rows.map(({ execId }) => execId).sort()
  await until(
    async () => (await get<BookedTrade[]>(system, '/executions')).length === trades.length,
    'as many executions told as there were trades',
  ).catch(() => undefined)
  t.same(ids(await get(system, '/executions')), ids(trades), 'every fill is told once')
  t.same(
    ids(await get(system, '/executions/commissions')),
    ids(trades),
    'and so is every commission',
  )
  const expected = new Map<string, number>()
  for (const { account, conId, side, shares } of trades) {
    const key = `${account} ${conId}`
    expected.set(key, (expected.get(key) ?? 0) + (side === 'BOT' ? shares : -shares))
  }
  const held = await get<{ account: string; contract: { conId: number }; position: number }[]>(
    system,
    '/account/positions',
  )
  t.same(
    new Map(
      held.map(({ account, contract, position }) => [`${account} ${contract.conId}`, position]),
    ),
    new Map([...expected].filter(([, quantity]) => quantity !== 0)),
    'positions are the sum of the fills',
  )
}

/** The event stream tells what the market's books tell, each thing once, to a reader cut off at random too. */
async function checkEvents(
  t: Test,
  system: System,
  log: readonly OrderEvent[],
  read: readonly OrderEvent[],
): Promise<void> {
  const ofClient = (events: readonly OrderEvent[]) =>
    Array.from({ length: system.poolSize }, (_, clientId) =>
      events.filter(({ clientid }) => clientid === clientId).map(({ id, type }) => `${id} ${type}`),
    )
  const complete = ofClient(log)
  const seen = ofClient(read)
  for (const [clientId, events] of complete.entries())
    t.same(seen[clientId], events, `the reader has each event of client ${clientId} once, in order`)

  const counts = new Map<string, number>()
  for (const { type, subject, data } of log) {
    const what = type === 'ibrest.order.commission' ? (data as { execId?: string }).execId : subject
    const key = `${type} ${what}`
    if (type !== 'ibrest.order.unknown') counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const wrong: string[] = []
  const once = (key: string, times = 1) => {
    const found = counts.get(key) ?? 0
    if (found !== times) wrong.push(`${key}: ${found} times, not ${times}`)
  }
  const booked = (await system.control('GET', '/orders')) as BookedOrder[]
  for (const { clientId, orderId, status } of booked) {
    const id = `${clientId}.${orderId}`
    once(`ibrest.order.placed ${id}`)
    once(`ibrest.order.executed ${id}`, status === 'Filled' ? 1 : 0)
    once(`ibrest.order.acknowledged ${id}`, status === 'Inactive' ? 0 : 1)
  }
  for (const { execId } of (await system.control('GET', '/executions')) as BookedTrade[])
    once(`ibrest.order.commission ${execId}`)
  const fills = [...counts.keys()].filter((key) => key.startsWith('ibrest.order.executed'))
  if (fills.length !== booked.filter(({ status }) => status === 'Filled').length)
    wrong.push(`${fills.length} orders are told as executed`)
  t.same(wrong, [], 'what is told is what the market has, each thing once')
}
