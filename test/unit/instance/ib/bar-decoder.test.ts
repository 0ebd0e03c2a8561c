import { setImmediate as turn } from 'node:timers/promises'
import { EventName, IBApi } from '@stoqey/ib'
import fc from 'fast-check'
import t from 'tap'
import { tame } from '../../../../instance/ib/library.ts'

type Field = string | number

interface Inside {
  readonly controller: {
    readonly socket: {
      _serverVersion: number
      neverReceived: boolean
      onData(bytes: Buffer): void
    }
  }
}

function framed(fields: readonly Field[]): Buffer {
  const payload = Buffer.from(fields.map((field) => `${field}\0`).join(''))
  const length = Buffer.alloc(4)
  length.writeInt32BE(payload.length)
  return Buffer.concat([length, payload])
}

/** The library as it is, or as it is used here, and all it told so far. */
function listening(isTamed: boolean) {
  const api = new IBApi({ host: '127.0.0.1', port: 1 })
  const watch = { frame: () => undefined, closed: () => undefined, broken: () => undefined }
  const inbox = isTamed ? tame(api, watch) : undefined
  const { socket } = (api as unknown as Inside).controller
  socket._serverVersion = 178
  socket.neverReceived = false
  const told: [string, ...unknown[]][] = []
  api.on(EventName.all, (name: string, args: unknown[]) => {
    if (name === EventName.received) return
    const [first, ...rest] = args
    // their own words about what cannot be decoded differ
    const isDecoding = name === EventName.error && rest[0] === 505
    const what = first instanceof Error ? (isDecoding ? 'undecodable' : first.message) : first
    told.push([name, what, ...rest.filter((value) => value !== undefined)])
  })
  const allRead = () => new Promise<void>((resolve) => inbox?.afterArrived(resolve))
  return { told, allRead, receive: (bytes: Buffer) => socket.onData(bytes) }
}

const number = fc.oneof(
  fc.integer(),
  fc.float({ noNaN: true }),
  fc.constantFrom('', '1.7976931348623157E308', '12,5', 'nonsense'),
)
const bar = fc.tuple(
  fc.constantFrom('1767600000', '20260105', '20260105 09:30:00 US/Eastern', ''),
  ...([number, number, number, number, number, number, number] as const),
)
const history = fc
  .tuple(fc.integer(), fc.array(bar, { maxLength: 30 }))
  .map(([reqId, bars]): Field[] => [17, reqId, 'from', 'to', bars.length, ...bars.flat()])
const other = fc.constantFrom<Field[]>(
  [49, 1, 1_700_000_000],
  [2, 6, 9, 8, 1200],
  [4, 2, 7, 162, 'no data', ''],
  [62, 1],
  [9999, 'nobody knows this'],
)

t.test('however the bytes are cut, the events are the library’s own, in its order', async (t) => {
  const messages = fc.array(fc.oneof(history, other), { minLength: 1, maxLength: 12 })
  const cuts = fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1 })
  await fc.assert(
    fc.asyncProperty(messages, cuts, fc.boolean(), async (said, lengths, isSlow) => {
      const bytes = Buffer.concat(said.map(framed))
      const [library, ours] = [listening(false), listening(true)]
      library.receive(bytes)
      for (let at = 0, cut = 0; at < bytes.length; cut += 1) {
        const length = lengths[cut % lengths.length] ?? 1
        ours.receive(bytes.subarray(at, at + length))
        at += length
        if (isSlow) await turn()
      }
      await ours.allRead()
      t.strictSame(ours.told, library.told)
    }),
    { numRuns: 200 },
  )
})

t.test('a long history is told bar by bar, before, between and after others', async (t) => {
  const { told, allRead, receive } = listening(true)
  const bars = Array.from({ length: 20_000 }, (_, n) => [
    1_767_600_000 + n,
    1,
    2,
    0.5,
    1.5,
    9,
    1,
    3,
  ])
  receive(framed([2, 6, 9, 8, 1]))
  receive(framed([17, 7, 'from', 'to', bars.length, ...bars.flat()]))
  receive(framed([2, 6, 9, 8, 2]))
  t.ok(told.length < 2000, `${told.length} events in the first turn`)
  await allRead()
  const dates = told.filter(([name]) => name === 'historicalData').map(([, , date]) => date)
  t.strictSame(dates, [...bars.map(([date]) => String(date)), 'finished-from-to'])
  t.strictSame(told.at(0), ['tickSize', 9, 8, 1])
  t.strictSame(told.at(-1), ['tickSize', 9, 8, 2])
})

t.test(
  'a history whose count lies ends as the library ends it, and is called undecodable',
  async (t) => {
    const bars = [1, 2, 3].flatMap((n) => [1_767_600_000 + n, 1, 2, 0.5, 1.5, 9, 1, 3])
    for (const count of [2, 4, -1, 'many']) {
      const [library, ours] = [listening(false), listening(true)]
      for (const { receive } of [library, ours]) {
        receive(framed([17, 7, 'from', 'to', count, ...bars]))
        receive(framed([49, 1, 1_700_000_000]))
      }
      await ours.allRead()
      const bySort = (told: [string, ...unknown[]][]) => [
        told.filter(([name]) => name === 'error'),
        told.filter(([name]) => name !== 'error'),
      ]
      t.strictSame(bySort(ours.told), bySort(library.told), `${count} of 3`)
      t.match(bySort(ours.told)[0], [['error', 'undecodable', 505]])
    }
  },
)
