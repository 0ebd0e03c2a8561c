import fc from 'fast-check'
import t from 'tap'
import { Governor, type Turn } from '../../../../proxy/pacing/governor.ts'
import type { PacedQuestion } from '../../../../proxy/pacing/question.ts'
import type { PacingSettings } from '../../../../proxy/pacing/rules.ts'
import { rateFields } from '../../../../proxy/rate-fields.ts'
import type { Problem } from '../../../../shared/problem.ts'
import { ManualClock } from '../../simulator/manual-clock.ts'

const usual: PacingSettings = {
  proxies: 1,
  history: 'on',
  largeBarsPerMinute: 0,
  marketDataLines: 100,
}

let questions = 0

function small(contract: string, { cost = 1, whole = `${++questions}` } = {}): PacedQuestion {
  return { counts: ['small bars', 'history'], cost, contract, whole, freshMs: 0, answer: undefined }
}

const search: PacedQuestion = { ...small(''), counts: ['search'] }

function governed({ limit = 1000, ...settings }: Partial<PacingSettings & { limit: number }> = {}) {
  const clock = new ManualClock()
  const governor = new Governor({ settings: { ...usual, ...settings }, limit, clock })
  const admitted: string[] = []
  const refused: string[] = []
  const turn = (question: PacedQuestion, name = '', patienceMs = 60_000): Turn =>
    governor.turn(question, patienceMs, {
      admitted: () => void admitted.push(name),
      refused: ({ code }) => void refused.push(`${name} ${code}`),
    })
  const left = (name: string) => governor.status().find((limit) => limit.name === name)?.remaining
  return { clock, governor, turn, admitted, refused, left }
}

function refusalOf(run: () => unknown): Problem {
  try {
    run()
  } catch (problem) {
    return problem as Problem
  }
  throw new Error('nothing was refused')
}

t.test(
  'the sixth call for one contract waits until two seconds after the first has ended',
  async (t) => {
    const { clock, governor, turn, admitted } = governed()
    const held = Array.from({ length: 5 }, () => turn(small('AAPL')))
    t.ok(held.every(({ state }) => state === 'held'))
    const sixth = turn(small('AAPL'), 'sixth')
    t.equal(sixth.state, 'waiting')
    t.equal(turn(small('MSFT')).state, 'held', 'another contract does not wait for it')
    clock.pass(5000)
    t.equal(sixth.state, 'waiting', 'nobody knows yet when IB saw the others')
    for (const one of held) governor.end(one)
    clock.pass(1999)
    t.equal(sixth.state, 'waiting')
    clock.pass(1)
    t.same(admitted, ['sixth'])
  },
)

t.test(
  'who came first is first, and what needs two places is not overtaken by what needs one',
  async (t) => {
    const { clock, governor, turn, admitted } = governed()
    for (const one of Array.from({ length: 5 }, () => turn(small('AAPL')))) governor.end(one)
    turn(small('AAPL', { cost: 2 }), 'double')
    for (const name of ['one', 'two', 'three']) turn(small('AAPL'), name)
    t.match(governor.status()[1], { name: 'ib-history-contract', remaining: 0, waiting: 4 })
    clock.pass(2000)
    t.same(admitted, ['double', 'one', 'two', 'three'])
  },
)

t.test('what cannot come in time is refused at once, with the time to come again', async (t) => {
  const { clock, governor, turn } = governed()
  governor.end(turn(search))
  clock.pass(400)
  turn(search, 'waits for 0.6 s')
  const refusal = refusalOf(() => turn(search, '', 1500))
  t.match(refusal, { code: 'PROXY_PACED', status: 429, retryable: true })
  t.match(refusal.facts.members, { policy: 'ib-search' })
  t.match(refusal.headers, {
    'retry-after': '2',
    'ratelimit-policy': '"ib-search";q=1;w=1',
    ratelimit: '"ib-search";r=0;t=1',
    'ratelimit-limit': '1',
    'ratelimit-remaining': '0',
    'ratelimit-reset': '1',
  })
  t.equal(turn(search, '', 1600).state, 'waiting')
})

t.test('what was not sent is given back, and who leaves makes room', async (t) => {
  const { governor, turn, admitted, left } = governed()
  const first = turn(search)
  const second = turn(search, 'second')
  turn(search, 'third')
  governor.leave(second)
  governor.leave(first)
  t.same(admitted, ['third'])
  t.equal(governor.waiting, 0)
  t.equal(left('ib-search'), 0)
})

t.test('the same small question goes again 15 s later', async (t) => {
  const { clock, governor, turn, admitted } = governed()
  governor.end(turn(small('AAPL', { whole: 'same' })))
  turn(small('AAPL', { whole: 'same' }), 'again')
  clock.pass(14_999)
  t.same(admitted, [])
  clock.pass(1)
  t.same(admitted, ['again'])
})

t.test('fifty histories are open at once, large bars too, and no more', async (t) => {
  const { governor, turn, admitted } = governed()
  const large = { ...small('', { cost: 2 }), counts: ['large bars', 'history'] } as const
  const open = Array.from({ length: 50 }, () => turn(large))
  t.equal(turn(large, 'one more').state, 'waiting')
  t.same(Object.keys(rateFields(governor.standingsFor(large))).length, 5)
  t.match(rateFields(governor.standingsFor(large))['ratelimit-policy'], /^"ib-history-open";q=50$/)
  t.equal(rateFields(governor.standingsFor(large)).ratelimit, '"ib-history-open";r=0')
  governor.end(open[7] as Turn)
  t.same(admitted, ['one more'])
})

t.test(
  'a violation IB speaks of closes the budget, and refuses who cannot wait so long',
  async (t) => {
    const { clock, governor, turn, admitted, refused, left } = governed()
    for (const one of Array.from({ length: 5 }, () => turn(small('AAPL')))) governor.end(one)
    turn(small('AAPL'), 'patient')
    turn(small('AAPL'), 'hurried', 3000)
    governor.close(small('MSFT'), 10)
    t.same(refused, ['hurried PROXY_PACED'])
    t.equal(left('ib-history'), 0)
    t.equal(turn(search).state, 'held', 'what is counted otherwise goes on')
    clock.pass(9999)
    t.same(admitted, [])
    clock.pass(1)
    t.same(admitted, ['patient'])
  },
)

t.test('only so many wait', async (t) => {
  const { turn } = governed({ limit: 2 })
  for (const name of ['goes', 'waits', 'waits too']) turn(search, name)
  t.equal(refusalOf(() => turn(search)).code, 'PROXY_PACED')
})

t.test('proxies share what the login may do, and each may do something', async (t) => {
  const quotas = (proxies: number) =>
    Object.fromEntries(
      governed({ proxies })
        .governor.status()
        .map(({ name, quota }) => [name, quota]),
    )
  t.match(quotas(1), { 'ib-history': 60, 'ib-history-contract': 5, 'ib-lines': 100, 'ib-depth': 3 })
  t.match(quotas(2), { 'ib-history': 30, 'ib-history-contract': 2, 'ib-lines': 50, 'ib-search': 1 })
  const { governor, turn } = governed({ proxies: 5 })
  t.equal(turn(small('AAPL', { cost: 2 })).state, 'held', 'a share of one serves what counts twice')
  t.match(governor.status()[1], { quota: 1, remaining: 0 })
})

t.test('what is switched off is not counted', async (t) => {
  const { governor, turn } = governed({ history: 'off' })
  const all = Array.from({ length: 50 }, () => turn(small('AAPL', { whole: 'same' })))
  t.ok(all.every(({ state }) => state === 'held'))
  t.match(governor.status()[0], { name: 'ib-history-open', remaining: 0 })
  const names = (settings: Partial<PacingSettings>) =>
    governed(settings)
      .governor.status()
      .map(({ name }) => name)
  t.notOk(names({}).includes('ib-history-large'))
  t.ok(names({ largeBarsPerMinute: 9 }).includes('ib-history-large'))
})

/** What IB would see: each request at some moment between its turn and its end. */
interface Seen {
  readonly at: number
  readonly contract: string
  readonly cost: number
  readonly whole: string
}

const script = fc.array(
  fc.record({
    gapMs: fc.nat(1500),
    contract: fc.constantFrom('AAPL', 'MSFT', 'ES'),
    whole: fc.nat(12),
    cost: fc.constantFrom(1, 1, 2),
    patienceMs: fc.nat(60_000),
    onWayMs: fc.nat(1200),
    afterMs: fc.nat(1200),
    leavesMs: fc.option(fc.nat(3000), { freq: 4 }),
  }),
  { minLength: 30, maxLength: 160 },
)

/** The most that any window of so many ms, that ends with a request, holds. */
function mostWithin(seen: readonly Seen[], ms: number, named: (one: Seen) => string): number {
  let most = 0
  for (const last of seen) {
    const within = seen.filter(
      (one) => named(one) === named(last) && one.at <= last.at && last.at - one.at < ms,
    )
    most = Math.max(
      most,
      within.reduce((sum, { cost }) => sum + cost, 0),
    )
  }
  return most
}

t.test('no window of IB ever holds more than its quota, and everybody is answered', async (t) => {
  fc.assert(
    fc.property(script, (calls) => {
      const clock = new ManualClock()
      const governor = new Governor({ settings: usual, limit: 1000, clock })
      const seen: Seen[] = []
      const over: number[] = []
      for (const [index, call] of calls.entries()) {
        clock.pass(call.gapMs)
        const { contract, cost } = call
        const whole = `${contract} ${call.whole}`
        const work = (turn: Turn) => {
          clock.after(
            call.onWayMs,
            () => void seen.push({ at: clock.now(), contract, cost, whole }),
          )
          clock.after(call.onWayMs + call.afterMs, () => {
            governor.end(turn)
            over.push(index)
          })
        }
        try {
          const turn: Turn = governor.turn(small(contract, { cost, whole }), call.patienceMs, {
            admitted: () => work(turn),
            refused: () => undefined,
          })
          if (turn.state === 'held') work(turn)
          else {
            const leave = () => {
              if (turn.state !== 'waiting') return
              governor.leave(turn)
              over.push(index)
            }
            clock.after(Math.min(call.leavesMs ?? call.patienceMs, call.patienceMs), leave)
          }
        } catch {
          over.push(index)
        }
      }
      clock.pass(1_300_000)
      const repeats = seen.map((one) => ({ ...one, cost: 1 }))
      return (
        over.length === calls.length &&
        governor.waiting === 0 &&
        governor.status().every(({ quota, remaining }) => quota === remaining) &&
        mostWithin(seen, 600_000, () => '') <= 60 &&
        mostWithin(seen, 2000, (one) => one.contract) <= 5 &&
        mostWithin(repeats, 15_000, (one) => one.whole) <= 1
      )
    }),
    { numRuns: 150 },
  )
  t.pass()
})
