import type { IBApi } from '@stoqey/ib'
import t from 'tap'
import { RequestIds } from '../../../../instance/ib/ids.ts'
import { Pace } from '../../../../instance/ib/pace.ts'
import { Pending } from '../../../../instance/ib/pending.ts'
import type { Query } from '../../../../instance/ib/query.ts'
import { Problem } from '../../../../shared/problem.ts'

/** An API that only notes what is called. */
function rig() {
  const calls: string[] = []
  const api = new Proxy(
    {},
    {
      get:
        (_, name) =>
        (...args: unknown[]) =>
          void calls.push(`${String(name)}(${args.join(',')})`),
    },
  ) as IBApi
  const ends: string[] = []
  const late: string[] = []
  const mixedUp: string[] = []
  const pending = new Pending({
    api,
    pace: new Pace({ perSecond: 1000 }),
    requestIds: new RequestIds(),
    staleHoldMs: 20,
    afterArrived: setImmediate,
    onMixedUp: (name) => void mixedUp.push(name),
    onEnd: (name, outcome) => void ends.push(`${name} ${outcome}`),
    onLate: (name) => void late.push(name),
  })
  return { pending, calls, ends, late, mixedUp }
}

const named: Query<string, string[], string[]> = {
  name: 'named',
  answeredBy: 'reqId',
  begin: () => [],
  start: (api, reqId) => void api.reqPnL(reqId, ''),
  cancel: (api, reqId) => void api.cancelPnL(reqId),
  reads: {
    accountSummary: (bag, [, , , value]) => {
      bag.push(value)
      return value === 'enough' ? 'enough' : 'more'
    },
    accountSummaryEnd: () => 'end',
  },
  answer: (bag) => bag,
}
const byKind: Query<void, string[], string[]> = {
  name: 'byKind',
  answeredBy: 'kind',
  begin: () => [],
  start: (api) => void api.reqPositions(),
  cancel: (api) => void api.cancelPositions(),
  subscription: true,
  reads: {
    position: (bag, [account]) => {
      bag.push(account)
      return 'more'
    },
    positionEnd: () => 'end',
  },
  answer: (bag) => bag,
}

const FIRST = 1_000_000_000
const soon = () => ({ deadlineAt: performance.now() + 1000 })
const summary = (reqId: number, value: string) => [reqId, 'DU1', 'tag', value, 'USD']

t.test('answers go to the query whose id they carry, and nowhere else', async (t) => {
  const { pending, ends } = rig()
  const [one, two] = [pending.run(named, '', soon()), pending.run(named, '', soon())]
  pending.arrived('accountSummary', summary(FIRST + 1, 'b'))
  pending.arrived('accountSummary', summary(FIRST, 'a'))
  pending.arrived('accountSummary', summary(FIRST + 9, 'nobody'))
  pending.arrived('accountSummaryEnd', [FIRST])
  pending.arrived('accountSummaryEnd', [FIRST])
  pending.arrived('accountSummaryEnd', [FIRST + 1])
  t.same(await Promise.all([one, two]), [['a'], ['b']])
  t.same(ends, ['named answered', 'named answered'])
  t.equal(pending.size, 0)
})

t.test('an answer that says enough leaves with its packet, and the gateway is told', async (t) => {
  const { pending, calls } = rig()
  const answer = pending.run(named, '', soon())
  pending.arrived('accountSummary', summary(FIRST, 'enough'))
  pending.arrived('accountSummary', summary(FIRST, 'beside it'))
  t.same(await answer, ['enough', 'beside it'])
  t.same(calls, [`reqPnL(${FIRST},)`, `cancelPnL(${FIRST})`])
})

t.test('the deadline names the query and cancels it; its answer is then late, once', async (t) => {
  const { pending, calls, ends, late } = rig()
  const answer = pending.run(named, '', { deadlineAt: performance.now() + 5 })
  await t.rejects(answer, { code: 'INSTANCE_QUERY_TIMEOUT', message: /named/, retryable: true })
  t.same(calls, [`reqPnL(${FIRST},)`, `cancelPnL(${FIRST})`])
  pending.arrived('accountSummary', summary(FIRST, 'late'))
  pending.arrived('accountSummaryEnd', [FIRST])
  t.same(late, ['named'])
  t.same(ends, ['named timeout'])
})

t.test('a caller who is gone ends a query, also before it began', async (t) => {
  const { pending, calls, ends } = rig()
  const caller = new AbortController()
  const answer = pending.run(named, '', { ...soon(), gone: caller.signal })
  caller.abort()
  await t.rejects(answer)
  await t.rejects(pending.run(named, '', { ...soon(), gone: caller.signal }))
  t.same(ends, ['named gone', 'named gone'])
  t.equal(calls.filter((call) => call.startsWith('reqPnL')).length, 1)
})

t.test('of a kind without ids one runs at a time', async (t) => {
  const { pending, calls } = rig()
  const [one, two] = [
    pending.run(byKind, undefined, soon()),
    pending.run(byKind, undefined, soon()),
  ]
  t.same(calls, ['reqPositions()'])
  pending.arrived('position', ['a'])
  pending.arrived('positionEnd', [])
  t.same(await one, ['a'])
  const order = ['reqPositions()', 'cancelPositions()', 'reqPositions()']
  t.same(calls, order, 'what is cancelled is the one that ended')
  pending.arrived('position', ['b'])
  pending.arrived('positionEnd', [])
  t.same(await two, ['b'])
})

t.test('the late end of a kind frees the next, and never answers it', async (t) => {
  const { pending, late, mixedUp } = rig()
  await t.rejects(pending.run(byKind, undefined, { deadlineAt: performance.now() + 5 }))
  const next = pending.run(byKind, undefined, soon())
  pending.arrived('position', ['stale'])
  pending.arrived('positionEnd', [])
  pending.arrived('position', ['fresh'])
  pending.arrived('positionEnd', [])
  t.same(await next, ['fresh'])
  t.same(late, ['byKind'])
  t.same(mixedUp, [])
})

t.test('when that end never comes, nobody can tell answers apart any more', async (t) => {
  const { pending, mixedUp } = rig()
  await t.rejects(pending.run(byKind, undefined, { deadlineAt: performance.now() + 5 }))
  while (mixedUp.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  t.same(mixedUp, ['byKind'])
})

t.test('an error without an id fails what has none, and nothing else', async (t) => {
  const { pending } = rig()
  const other = pending.run(named, '', soon())
  t.equal(pending.failedUnnamed(new Error('no')), false)
  const kind = pending.run(byKind, undefined, soon())
  t.equal(pending.failedUnnamed(new Error('refused')), true)
  await t.rejects(kind, { message: 'refused' })
  pending.failed(FIRST, new Error('named'))
  await t.rejects(other, { message: 'named' })
})

t.test('the end of a session fails everything, waiting or not', async (t) => {
  const { pending, calls } = rig()
  const all = [
    pending.run(named, '', soon()),
    pending.run(byKind, undefined, soon()),
    pending.run(byKind, undefined, soon()),
  ]
  pending.lost('gone')
  for (const each of all) {
    const error = await each.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    t.ok(error instanceof Problem)
    t.match(error, { code: 'INSTANCE_SESSION_LOST', status: 502, retryable: true })
  }
  t.equal(calls.filter((call) => call === 'reqPositions()').length, 1, 'what waited never started')
})

t.test('times are told: waiting to be sent, and the gateway', async (t) => {
  const { pending } = rig()
  const spent: string[] = []
  const answer = pending.run(named, '', { ...soon(), spent: (stage) => void spent.push(stage) })
  pending.arrived('accountSummaryEnd', [FIRST])
  await answer
  t.same(spent, ['pace', 'ib'])
})
