import t from 'tap'
import type { Client, Kept } from '../../../../simulator/answers/answer.ts'
import { answers } from '../../../../simulator/answers/index.ts'
import type { Cancel } from '../../../../simulator/world/clock.ts'
import { ManualClock } from '../manual-clock.ts'
import { quietWorld } from '../quiet-world.ts'

const HOUR_MS = 3_600_000

interface Told {
  readonly name: string
  readonly row: Record<string, unknown>
}

/** A client of a world whose clock stands still until it is moved. */
function clientOf(start: number) {
  const clock = new ManualClock(start)
  const world = quietWorld(clock, 1000)
  const told: Told[] = []
  const running = new Map<string, Cancel>()
  const client: Client = {
    ...{ clientId: 1, version: 178, world, seesAllExecutions: true },
    isReadOnly: false,
    marketDataType: 1,
    runs: (kind: Kept, reqId) => running.has(`${kind} ${reqId}`),
    send: (message, row) => {
      told.push({ name: message.name, row: row as Told['row'] })
    },
    error: (id, code, text) => {
      told.push({ name: 'error', row: { id, code, text } })
    },
    keep: (kind: Kept, reqId, cancel) => {
      if (running.has(`${kind} ${reqId}`)) return false
      running.set(`${kind} ${reqId}`, cancel)
      return true
    },
    drop: (kind: Kept, reqId) => {
      const cancel = running.get(`${kind} ${reqId}`)
      running.delete(`${kind} ${reqId}`)
      cancel?.()
      return cancel !== undefined
    },
    kept: (kind: Kept) => [...running.keys()].filter((key) => key.startsWith(kind)).length,
  }
  const send = (...fields: (string | number)[]) =>
    answers.get(Number(fields[0]))?.serve(client, fields.map(String), {})
  return { clock, world, told, send }
}

t.test('headlines are told when their time has come, each once and in order', (t) => {
  const monday = Date.UTC(2026, 10, 16, 5)
  const { clock, world, told, send } = clientOf(monday)
  const apple = ['265598', 'AAPL', 'STK', '', '', '', '', 'SMART', '', 'USD', '', '']
  send(1, 11, 1, ...apple, 0, 'mdoff,292', 0, 0, '')
  const before = told.length
  const stock = world.catalogue.byConId(265598)
  if (stock === undefined) throw new Error('the catalogue has no AAPL')
  const firstDay = Math.floor(monday / (24 * HOUR_MS))
  const due = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((ahead) => world.news.ofDay(stock, firstDay + ahead))
  const last = due.at(-1)?.time ?? 0
  clock.pass(last - monday + 2000)
  const news = told.slice(before).filter(({ name }) => name === 'tickNews')
  t.ok(due.length > 4)
  t.same(
    news.map(({ row }) => row.articleId),
    due.map(({ articleId }) => articleId),
  )
  send(2, 2, 1)
  t.equal(world.beat.listening, 0)
  t.end()
})

t.test('a clock that leaps over days leaves no headline out', (t) => {
  const monday = Date.UTC(2026, 10, 16, 5)
  const { world, told, send } = clientOf(monday)
  const tape = ['', 'BRFG:BRFG_ALL', 'NEWS', '', '', '', '', 'BRFG', '', '', '', '']
  send(1, 11, 1, ...tape, 0, 'mdoff,292', 0, 0, '')
  const before = told.length
  const listeners: ((now: number) => void)[] = []
  // the beat itself is told of three days at once
  send(2, 2, 1)
  world.beat.listen = (listener) => {
    listeners.push(listener)
    return () => undefined
  }
  send(1, 11, 1, ...tape, 0, 'mdoff,292', 0, 0, '')
  const start = told.length
  for (const listener of listeners) listener(monday + 72 * HOUR_MS)
  const days = [0, 1, 2].map((ahead) => Math.floor(monday / (24 * HOUR_MS)) + ahead)
  const due = days.flatMap((day) =>
    [...world.catalogue.all]
      .flatMap((one) => world.news.ofDay(one, day))
      .filter(({ provider }) => provider === 'BRFG'),
  )
  t.ok(start > before && due.length > 20)
  t.equal(told.length - start, due.length)
  t.end()
})

t.test('a scan is told anew every thirty seconds', (t) => {
  const { clock, told, send, world } = clientOf(Date.UTC(2026, 10, 20, 15))
  const empty = Array.from({ length: 19 }, () => '')
  send(22, 1, 5, 'STK', 'STK.US', 'TOP_PERC_GAIN', ...empty)
  const lists = () => told.filter(({ name }) => name === 'scannerData').length
  t.equal(lists(), 1)
  clock.pass(29_000)
  t.equal(lists(), 1)
  clock.pass(2000)
  t.equal(lists(), 2)
  clock.pass(60_000)
  t.equal(lists(), 4)
  send(23, 1, 1)
  t.equal(world.beat.listening, 0)
  t.end()
})

t.test('bulletins of yesterday are not told again', (t) => {
  const { clock, world, told, send } = clientOf(Date.UTC(2026, 10, 19, 20))
  world.bulletins.issue({ messageType: 1, text: 'Yesterday', exchange: '' })
  clock.pass(20 * HOUR_MS)
  world.bulletins.issue({ messageType: 1, text: 'Today', exchange: '' })
  send(12, 1, 1)
  t.same(
    told.map(({ row }) => row.text),
    ['Today'],
  )
  t.end()
})
