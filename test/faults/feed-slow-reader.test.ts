import { get, type IncomingMessage } from 'node:http'
import t from 'tap'
import { listOptions } from '../../simulator/world/option-chains.ts'
import { inspectable, Processes } from '../bench/processes.ts'
import { SocketReader } from '../rig/event-readers.ts'
import { FeedStream, toldOf } from '../rig/feed-stream.ts'
import { IdleReader } from '../rig/idle-reader.ts'
import { startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

/** Readers that take their first rows and then nothing, for a while. */
const IDLE = 10
/** What sockets between an instance and a reader take in by themselves: once it is more, values are left out; bytes. */
const TOLD = 12 * 1_048_576
/** What such a reader may cost a process, bytes without garbage: much less than what it has not taken. */
const COST = 2 * 1_048_576
const PATIENCE_MS = 180_000
/** Where less than this part of a second lies between two values, nobody is late, ms. */
const LATE_MS = 5000
const today = Math.floor(Date.now() / 86_400_000)
// an option says most at once: with every value all its greeks
const [{ conId } = { conId: 0 }] = listOptions(today).slice(-1)

t.setTimeout(360_000)

/** A stream of server-sent events that can be left unread, past every client that reads ahead. */
class Pausing {
  readonly conflated: number[] = []
  bytes = 0
  last: { readonly lastTimestamp?: string } = {}
  #rest = ''
  readonly #response: Promise<IncomingMessage>

  constructor(url: string) {
    this.#response = new Promise((resolve, reject) => {
      get(url, { headers: { accept: 'text/event-stream' }, agent: false }, (response) => {
        response.setEncoding('utf8').on('data', (text: string) => this.#take(text))
        response.on('error', () => undefined)
        resolve(response)
      }).on('error', reject)
    })
  }

  async pause(): Promise<void> {
    ;(await this.#response).pause()
  }

  async goOn(): Promise<void> {
    ;(await this.#response).resume()
  }

  async leave(): Promise<void> {
    ;(await this.#response).destroy()
  }

  #take(text: string): void {
    this.bytes += text.length
    const blocks = `${this.#rest}${text}`.split('\n\n')
    this.#rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const [, data] = /^data: (.*)$/m.exec(block) ?? []
      if (data === undefined) continue
      const row = JSON.parse(data)
      if (row.conflated !== undefined) this.conflated.push(row.conflated)
      this.last = { ...this.last, ...row }
    }
  }
}

t.test(
  'readers that stop reading for a while cost little, delay nobody, and then hear the latest and how much was left out',
  async (t) => {
    const system = await startSystem(t, {
      poolSize: 1,
      // a thousand values a second, as far as the machine can
      env: { SIMULATOR_BEAT_MS: '2000', SIMULATOR_CLOCK_SPEED: '1000', ...inspectable },
    })
    const url = `${system.url}/market/data?conId=${conId}`
    const running = await Processes.of(system)
    const memory = async (name: string) => (await running.memory(name)).heap
    const processes = ['proxy', 'instance-0']
    const live = new Pausing(url)
    const socket = new SocketReader(`${system.url}/ws`)
    await socket.opened
    const subscribe = { type: 'subscribe', feed: '/market/data', query: { conId } }
    socket.send({ ...subscribe, sourceRef: 'live' })
    const onSocket = () => socket.messages.at(-1)?.data?.lastTimestamp
    const idle = Array.from({ length: IDLE }, () => new Pausing(url))
    const deaf = Array.from({ length: IDLE }, () => IdleReader.webSocket(url))
    t.teardown(() => {
      for (const reader of deaf) reader.leave()
    })
    t.same(new Set(await Promise.all(deaf.map((reader) => reader.began()))), new Set([101]))
    await until(
      () => [live, ...idle].every(({ bytes }) => bytes > 0) && onSocket(),
      'all read',
      PATIENCE_MS,
    )
    await Promise.all(idle.map((reader) => reader.pause()))
    const [before, unread] = [await Promise.all(processes.map(memory)), live.bytes]
    const ignored = idle.map(({ conflated }) => conflated.length)

    // looked at while they are borne
    const held: number[][] = []
    let longestMs = 0
    let [seen, seenAt] = [live.bytes, performance.now()]
    await until(
      async () => {
        if (live.bytes > seen) {
          longestMs = Math.max(longestMs, performance.now() - seenAt)
          ;[seen, seenAt] = [live.bytes, performance.now()]
        }
        socket.messages.splice(0, socket.messages.length - 1)
        if (live.bytes < unread + (held.length + 1) * (TOLD / 24)) return false
        held.push(await Promise.all(processes.map(memory)))
        return live.bytes > unread + TOLD
      },
      'much more is told than what sockets hold',
      PATIENCE_MS,
    )
    for (const [index, name] of processes.entries()) {
      const least = Math.min(...held.slice(-8).map((each) => each[index] ?? 0))
      const each = (least - (before[index] ?? 0)) / (2 * IDLE)
      t.comment(`${name}: ${Math.round(each / 1024)} KiB for each reader that takes nothing`)
      t.ok(each < COST, `the ${name} keeps little for each`)
    }
    t.ok(longestMs < LATE_MS, `who reads is never left waiting: ${Math.round(longestMs)} ms`)

    await Promise.all(idle.map((reader) => reader.goOn()))
    const from = live.last.lastTimestamp ?? ''
    await until(
      () => idle.every(({ last: { lastTimestamp = '' } }) => lastTimestamp >= from),
      'all have what is now',
      PATIENCE_MS,
    )
    for (const [index, { conflated }] of idle.entries())
      t.ok(Math.max(...conflated.slice(ignored[index])) > 1000, 'it is told how much was left out')
    await until(() => onSocket() >= from, 'the socket that reads has it too', PATIENCE_MS)
    t.same(toldOf(socket.messages, 'live').words, [])
    const fresh = new FeedStream(url)
    await until(() => fresh.events.length > 1, 'and whoever comes now', PATIENCE_MS)
    t.same(fresh.words, [])
    await Promise.all([fresh.leave(), socket.leave(), live.leave()])
    await Promise.all(idle.map((reader) => reader.leave()))
  },
)
