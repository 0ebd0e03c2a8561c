import t from 'tap'
import { Gateway } from '../../simulator/gateway.ts'
import { noLimits } from '../../simulator/limits/settings.ts'
import { frameOf, helloOf, orderFields, TwsClient } from '../rig/tws-client.ts'

const FRAMES = 5000
const APPLE = ['265598', 'AAPL', 'STK', '', '0', '', '', 'SMART', '', 'USD', '', '']

/** Frames of every kind, right as they are. */
const seeds: readonly (readonly (string | number)[])[] = [
  orderFields({ 1: 1, 3: 'AAPL', 16: 'BUY', 17: 1 }),
  orderFields({ 1: 2, 3: 'AAPL', 16: 'SELL', 17: 1, 18: 'LMT', 19: 500 }),
  orderFields({ 1: 3, 4: 'BAG', 16: 'BUY', 17: 1 }),
  [4, 1, 2, ''],
  [5, 1],
  [7, 3, 1, '', '', '', '', '', '', ''],
  [9, 8, 1, ...APPLE, 0, '', '', ''],
  [1, 11, 5, ...APPLE, 0, '', 1, 0, ''],
  [20, 6, ...APPLE, 0, '', '1 hour', '1 D', 0, 'TRADES', 2, 0, ''],
  [62, 1, 7, 'All', 'NetLiquidation,$LEDGER'],
  [6, 2, 1, 'DU1000001'],
  [81, 8, 'a'],
  [96, 9, ...APPLE, 0, '', '20241119-16:00:00', 10, 'TRADES', 0, 0, ''],
  [92, 10, 'DU1000001', ''],
  [71, 2, 3, ''],
]

/** A small generator of pseudo-random numbers: a failure can be played again. */
function dice(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

const strange = [
  ...[
    '',
    '-1',
    '0',
    '1',
    '99999999999999999999',
    'NaN',
    '1e309',
    'Infinity',
    '\u{1f600}',
    '2147483647',
  ],
  ...['-2147483648', '1.7976931348623157E308', 'x'.repeat(2000), '%s%n', '../..', 'BAG', 'true'],
]

function mutate(fields: readonly (string | number)[], roll: (sides: number) => number): Buffer {
  const changed = fields.map(String)
  for (let times = roll(4); times >= 0; times -= 1) {
    const place = roll(changed.length)
    switch (roll(4)) {
      case 0:
        changed[place] = strange[roll(strange.length)] ?? ''
        break
      case 1:
        changed.splice(place, 1)
        break
      case 2:
        changed.splice(place, 0, strange[roll(strange.length)] ?? '')
        break
      default:
        changed[0] = String(roll(250))
    }
  }
  const frame = frameOf(changed)
  switch (roll(12)) {
    case 0:
      return frame.subarray(0, roll(frame.length))
    case 1:
      frame.writeUInt8(roll(256), roll(frame.length))
      return frame
    case 2:
      frame.writeUInt8(roll(256), 0)
      return frame
    default:
      return frame
  }
}

t.test(`${FRAMES} spoilt frames neither harm the gateway nor disturb another client`, async (t) => {
  const reports: string[] = []
  const gateway = new Gateway({
    port: 0,
    helloTimeoutMs: 500,
    limits: noLimits,
    report: (message) => reports.push(message),
  })
  await gateway.listen()
  const { port } = gateway
  const witness = await TwsClient.login({ port, clientId: 1 })
  const roll = dice(20_261_121)
  let sent = 0
  let lives = 0
  while (sent < FRAMES) {
    lives += 1
    const vandal = new TwsClient(port)
    vandal.socket.write(helloOf(157, 178 + roll(16)))
    vandal.socket.write(frameOf([71, 2, 100 + (lives % 20), '']))
    const share = 1 + roll(60)
    for (let frame = 0; frame < share && !vandal.isClosed; frame += 1) {
      const seed = seeds[roll(seeds.length)] ?? []
      vandal.socket.write(mutate(seed, roll))
      sent += 1
    }
    if (lives % 10 === 0) await witness.settle()
    vandal.socket.end()
    await Promise.race([vandal.closed, witness.settle()])
    vandal.socket.destroy()
  }
  await witness.settle()
  t.same(reports, [], 'no mistake of ours was met')
  witness.send(61, 1)
  await witness.find(62)
  await witness.close()
  await gateway.close()
  t.equal(gateway.connections.length, 0, `nothing is left of ${lives} connections`)
  t.equal(gateway.world.beat.listening, 0)
})
