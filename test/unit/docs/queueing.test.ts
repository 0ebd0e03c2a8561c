import t from 'tap'
import { erlangC, erlangWaitMs, type Kind, type Plant, Run } from '../../bench/queueing.ts'

const read: Kind = {
  name: 'read',
  callClass: 'read',
  share: 1,
  serviceMs: 50,
  spread: 1,
  messages: 0,
}
const plant = (changes: Partial<Plant> = {}): Plant => ({
  clients: 8,
  messagesPerSecond: Number.POSITIVE_INFINITY,
  kinds: [read],
  ...changes,
})

/** How far two figures are apart, as a share of the second. */
function apart(one: number, other: number): number {
  return Math.abs(one - other) / other
}

t.test("Erlang's formula gives what its sum gives", async (t) => {
  const factorial = (of: number): number => (of < 2 ? 1 : of * factorial(of - 1))
  for (const [clients, load] of [
    [1, 0.5],
    [2, 1],
    [8, 6.4],
    [32, 30],
  ] as const) {
    const term = (busy: number) => load ** busy / factorial(busy)
    const allBusy = (term(clients) * clients) / (clients - load)
    const sum = Array.from({ length: clients }, (_, busy) => term(busy)).reduce((a, b) => a + b)
    t.ok(Math.abs(erlangC(clients, load) - allBusy / (sum + allBusy)) < 1e-9, `${clients}, ${load}`)
  }
})

t.test('with exponential service the waits are those of the formula', async (t) => {
  for (const [clients, utilisation] of [
    [1, 0.5],
    [8, 0.5],
    [8, 0.8],
    [8, 0.9],
    [32, 0.9],
  ] as const) {
    const perSecond = (clients * utilisation * 1000) / read.serviceMs
    const run = new Run(plant({ clients }), 7).of(perSecond, 400_000)
    const title = `${clients} clients at ${utilisation}`
    t.ok(apart(run.utilisation, utilisation) < 0.02, `${title}: utilisation ${run.utilisation}`)
    t.ok(apart(run.waited, erlangC(clients, clients * utilisation)) < 0.08, `${title}: who waits`)
    const mean = erlangWaitMs(clients, perSecond, read.serviceMs)
    t.ok(apart(run.meanWaitMs, mean) < 0.1, `${title}: ${run.meanWaitMs} beside ${mean} ms`)
  }
})

t.test(
  'with constant service one client keeps callers half as long (Pollaczek and Khinchine)',
  async (t) => {
    const kinds = [{ ...read, spread: 0 }]
    const run = new Run(plant({ clients: 1, kinds }), 7).of(14, 400_000)
    t.ok(apart(run.meanWaitMs, (0.7 * 50) / (2 * 0.3)) < 0.05, `${run.meanWaitMs} ms`)
  },
)

t.test("Little's law holds for those who are served", async (t) => {
  const run = new Run(plant(), 7).of(120, 200_000)
  t.ok(apart(run.utilisation * 8, (run.servedPerSecond * 50) / 1000) < 0.02)
})

t.test('no client sends more messages than it may', async (t) => {
  const kinds = [{ ...read, serviceMs: 1, messages: 2 }]
  const run = new Run(plant({ messagesPerSecond: 40, kinds }), 7).of(400, 40_000)
  t.ok(
    apart(run.servedPerSecond, 160) < 0.02,
    `8 clients, 40 messages, 2 a call: ${run.servedPerSecond}`,
  )
})

t.test('orders go before reads, and nobody is served twice', async (t) => {
  const kinds = [read, { ...read, name: 'order', callClass: 'order' as const, share: 0.2 }]
  const { waitMsOf } = new Run(plant({ kinds }), 7).of(152, 200_000)
  t.ok((waitMsOf.order ?? 1) < (waitMsOf.read ?? 0) / 2, JSON.stringify(waitMsOf))
})

t.test('callers with one question share its answer, and a kept answer costs nothing', async (t) => {
  const alike = { ...read, questions: 5 }
  const [apart, joined, kept] = [
    alike,
    { ...alike, joins: true },
    { ...alike, keptMs: 15_000 },
  ].map((kind) => new Run(plant({ kinds: [kind] }), 7).of(400, 40_000))
  t.ok((apart?.servedPerSecond ?? 0) < 165, 'each by itself: what eight clients can do')
  t.ok((joined?.servedPerSecond ?? 0) > 390, 'joined: all of them')
  t.ok((kept?.utilisation ?? 1) < 0.01, 'kept: hardly any')
})

t.test('the same seed gives the same run', async (t) => {
  t.same(new Run(plant(), 3).of(150, 20_000), new Run(plant(), 3).of(150, 20_000))
})
