import t from 'tap'
import { readConfig, settingsHelp } from '../../../simulator/config.ts'
import { HistoryPacing } from '../../../simulator/limits/history-pacing.ts'
import { MessageRate } from '../../../simulator/limits/message-rate.ts'
import { limitSettings, limitsOf, noLimits } from '../../../simulator/limits/settings.ts'
import { Slots } from '../../../simulator/limits/slots.ts'
import { Usage } from '../../../simulator/limits/usage.ts'
import { ManualClock } from './manual-clock.ts'

t.test("the limits are IB's own where nothing is told", (t) => {
  t.same(limitsOf(), {
    marketDataLines: 100,
    messagesPerSecond: 50,
    depthRequests: 3,
    tickByTickRequests: 5,
    tickByTickRepeatMs: 15_000,
    historiesAtOnce: 50,
    historyRepeatMs: 15_000,
    historyBurst: 5,
    historyBudget: 60,
    symbolSearchMs: 1000,
    accountSummaries: 2,
    scanners: 10,
    clients: 32,
    openOrdersPerContract: 20,
    messageRate: 'pace',
    historyPacing: 'login',
  })
  t.end()
})

t.test('message rate and tick-by-tick streams grow with the lines, unless they are told', (t) => {
  t.match(limitsOf({ marketDataLines: 300 }), { messagesPerSecond: 150, tickByTickRequests: 15 })
  t.match(limitsOf({ marketDataLines: 1 }), { messagesPerSecond: 50, tickByTickRequests: 5 })
  t.match(limitsOf({ marketDataLines: 300, messagesPerSecond: 7 }), { messagesPerSecond: 7 })
  t.match(limitsOf({ marketDataLines: 0 }), { messagesPerSecond: 50, tickByTickRequests: 5 })
  t.end()
})

t.test('without limits only the number of clients is limited', (t) => {
  const { clients, messageRate, historyPacing, ...others } = noLimits
  t.same(
    { clients, messageRate, historyPacing },
    { clients: 32, messageRate: 'off', historyPacing: 'off' },
  )
  t.same([...new Set(Object.values(others))], [0])
  t.end()
})

t.test('every limit is a setting of the environment, told by --help and checked', (t) => {
  for (const [setting] of limitSettings) t.ok(settingsHelp().includes(`  ${setting} `), setting)
  const { limits, readOnly, downloadOpenOrders } = readConfig({
    SIMULATOR_MARKET_DATA_LINES: '200',
    SIMULATOR_OPEN_ORDERS: '0',
    SIMULATOR_MESSAGE_RATE: 'reject',
    SIMULATOR_HISTORY_PACING: 'client',
    SIMULATOR_READ_ONLY: 'yes',
    SIMULATOR_DOWNLOAD_OPEN_ORDERS: 'yes',
  }).gateway
  t.match(limitsOf(limits), {
    ...{ marketDataLines: 200, messagesPerSecond: 100, openOrdersPerContract: 0, scanners: 10 },
    ...{ messageRate: 'reject', historyPacing: 'client' },
  })
  t.same([readOnly, downloadOpenOrders], [true, true])
  t.match(readConfig({}).gateway, { readOnly: false, downloadOpenOrders: false })
  t.throws(
    () =>
      readConfig({
        SIMULATOR_SCANNERS: '-1',
        SIMULATOR_CLIENTS: '129',
        SIMULATOR_MESSAGE_RATE: 'fast',
        SIMULATOR_READ_ONLY: 'true',
      }),
    { message: /^(SIMULATOR_(SCANNERS|CLIENTS|MESSAGE_RATE|READ_ONLY): .*\n?){4}$/ },
  )
  t.end()
})

t.test('so many messages may come in any second, not only in those of a clock', (t) => {
  const clock = new ManualClock()
  const rate = new MessageRate(3, clock)
  for (const pause of [0, 400, 400]) {
    clock.pass(pause)
    t.equal(rate.waitMs, 0)
    rate.take()
  }
  t.equal(rate.waitMs, 200, 'the first is 800 ms ago')
  clock.pass(199)
  t.equal(rate.waitMs, 1)
  clock.pass(1)
  t.equal(rate.waitMs, 0)
  rate.take()
  t.equal(rate.waitMs, 400, 'the second of them is the next to be forgotten')
  t.end()
})

t.test('a message too many is told with those that came in the same second', (t) => {
  const clock = new ManualClock()
  const rate = new MessageRate(2, clock)
  rate.take()
  rate.take()
  t.same(rate.refuse(), { breaches: 1, received: 3 })
  t.same(rate.refuse(), { breaches: 2, received: 4 })
  clock.pass(1000)
  rate.take()
  rate.take()
  t.same(rate.refuse(), { breaches: 3, received: 3 })
  t.end()
})

t.test('a clock that is put back keeps nobody waiting', (t) => {
  let now = 1_000_000
  const rate = new MessageRate(1, { now: () => now })
  rate.take()
  now -= 3_600_000
  t.equal(rate.waitMs, 0)
  t.end()
})

t.test('what is limited can be taken so often, shared, and given back once', (t) => {
  const slots = new Slots(2)
  const first = slots.take('A')
  const shared = slots.take('A')
  const second = slots.take('B')
  t.equal(slots.take('C'), undefined)
  t.ok(slots.take('B'), 'sharing one costs nothing')
  first?.()
  first?.()
  t.equal(slots.take('C'), undefined, 'A has a user yet')
  shared?.()
  t.ok(slots.take('C'))
  second?.()
  t.equal(slots.used, 2)
  const own = new Slots(1)
  t.ok(own.take())
  t.equal(own.take(), undefined, 'what has no name is not shared')
  const endless = new Slots(0)
  for (let count = 0; count < 1000; count += 1) t.ok(endless.take(), { diagnostic: false })
  t.end()
})

const request = (source: string, whole: string, weight = 1) => ({ source, whole, weight })

t.test('the same history may be asked for again after 15 s', (t) => {
  const pacing = new HistoryPacing(limitsOf())
  t.equal(pacing.admits(request('A', 'one'), 0), true)
  t.equal(pacing.admits(request('A', 'one'), 14_999), false)
  t.equal(pacing.admits(request('A', 'other'), 14_999), true)
  t.equal(pacing.admits(request('A', 'one'), 15_000), true, 'a refused request is not counted')
  t.end()
})

t.test('the sixth history of one contract within two seconds is refused', (t) => {
  const pacing = new HistoryPacing(limitsOf())
  for (let index = 0; index < 5; index += 1) {
    t.equal(pacing.admits(request('A', `${index}`), index * 100), true)
  }
  t.equal(pacing.admits(request('A', '5'), 1999), false)
  t.equal(pacing.admits(request('B', '6'), 1999), true, 'another contract')
  t.equal(pacing.admits(request('A', '5'), 2000), true, 'two seconds after the first')
  t.end()
})

t.test('60 histories are served in ten minutes, and those of BID_ASK count twice', (t) => {
  const pacing = new HistoryPacing(limitsOf())
  for (let index = 0; index < 29; index += 1) {
    t.equal(pacing.admits(request(`${index}`, `${index}`, 2), index), true)
  }
  t.equal(pacing.admits(request('A', 'A'), 100), true, 'the 59th')
  t.equal(pacing.admits(request('B', 'B', 2), 100), false, 'would be the 61st')
  t.equal(pacing.admits(request('B', 'B'), 100), true, 'the 60th')
  t.equal(pacing.admits(request('C', 'C'), 599_999), false)
  t.equal(pacing.admits(request('C', 'C', 2), 600_000), true, 'the first is forgotten')
  t.end()
})

t.test('a rule for histories is off at 0', (t) => {
  const none = { historyRepeatMs: 0, historyBurst: 0, historyBudget: 0 }
  const pacing = new HistoryPacing(limitsOf(none))
  for (let index = 0; index < 200; index += 1) {
    t.equal(pacing.admits(request('A', 'A', 2), 0), true, { diagnostic: false })
  }
  t.end()
})

t.test('histories are paced for the login, for each client, or not at all', (t) => {
  const clock = new ManualClock()
  const admitted = (historyPacing: 'login' | 'client' | 'off') => {
    const usage = new Usage(limitsOf({ historyPacing }), clock)
    return [1, 2, 1].map((clientId) => usage.admitsHistory(clientId, request('A', 'A')))
  }
  t.same(admitted('login'), [true, false, false])
  t.same(admitted('client'), [true, true, false])
  t.same(admitted('off'), [true, true, true])
  t.end()
})

t.test('tick-by-tick data of one thing may be asked for again after 15 s', (t) => {
  const clock = new ManualClock()
  const usage = new Usage(limitsOf(), clock)
  t.equal(usage.admitsTicks('A Last'), true)
  t.equal(usage.admitsTicks('A BidAsk'), true)
  clock.pass(14_999)
  t.equal(usage.admitsTicks('A Last'), false)
  clock.pass(1)
  t.equal(usage.admitsTicks('A Last'), true)
  const free = new Usage(limitsOf({ tickByTickRepeatMs: 0 }), clock)
  t.same([free.admitsTicks('A'), free.admitsTicks('A')], [true, true])
  t.end()
})

t.test('symbol searches of a client are a second apart, and only so many wait', (t) => {
  const clock = new ManualClock()
  const usage = new Usage(limitsOf(), clock)
  t.same(
    [1, 1, 1, 2].map((clientId) => usage.searchWaitMs(clientId)),
    [0, 1000, 2000, 0],
  )
  clock.pass(2500)
  t.equal(usage.searchWaitMs(1), 500)
  const waits = Array.from({ length: 12 }, () => usage.searchWaitMs(1))
  t.same(waits.slice(-3), [undefined, undefined, undefined])
  t.equal(waits.filter((wait) => wait !== undefined).length, 9)
  clock.pass(60_000)
  t.equal(usage.searchWaitMs(1), 0)
  t.end()
})
