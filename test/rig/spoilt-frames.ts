import { factsRequests } from '../unit/simulator/wire/facts-requests.ts'
import { Sampler } from '../unit/simulator/wire/facts-sample.ts'
import { frameOf, orderFields } from './tws-client.ts'

/** Throws a die with so many sides: from 0 on. */
export type Roll = (sides: number) => number

/** A small generator of pseudo-random numbers: a failure can be played again. */
export function dice(seed: number): Roll {
  let state = seed
  return (sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

/** Words that mean something to a gateway, so that what is not spoilt is served and not refused at the door. */
const meaningful = {
  ...{ conId: '265598', symbol: 'AAPL', secType: 'STK', lastTradeDateOrContractMonth: '' },
  ...{
    strike: '0',
    right: '',
    multiplier: '',
    exchange: 'SMART',
    primaryExch: '',
    currency: 'USD',
  },
  ...{ localSymbol: '', tradingClass: '', deltaNeutral: '0', genericTicks: '233', options: '' },
  ...{ account: 'DU1000001', modelCode: '', group: 'All', tags: 'NetLiquidation,$LEDGER' },
  ...{ endDateTime: '', barSize: '1 hour', duration: '1 D', whatToShow: 'TRADES' },
  ...{ start: '', end: '20241119-16:00:00', count: '10', rows: '5', barSize5: '5', ruleId: '26' },
  ...{ tickType: 'BidAsk', pattern: 'A', period: '3 days', secIdType: '', secId: '', side: '' },
  ...{ time: '', clientId: '0', marketDataType: '1', faDataType: '1', providers: 'BRFG' },
}

/** Requests that reach beyond the client that makes them, or that only a login makes. */
const LEFT_OUT = ['reqGlobalCancel', 'startApi', 'placeOrder']

function orders(version: number, roll: Roll): string[][] {
  const order = { 1: 1 + roll(3000), 3: 'AAPL', 16: 'BUY', 17: 1 + roll(5) }
  return [
    orderFields(order, version),
    orderFields({ ...order, 16: 'SELL', 18: 'LMT', 19: 400 }, version),
    orderFields({ ...order, 18: 'LMT', 19: 10, 21: 'GTC', 22: 'oca', 27: roll(2) }, version),
    orderFields({ ...order, 18: 'STP', 20: 900, 28: 1 + roll(3000) }, version),
    orderFields({ ...order, 18: 'STP LMT', 19: 900, 20: 900, 84: 1 }, version),
    orderFields({ ...order, 4: 'BAG' }, version),
  ]
}

/** Right requests of every kind, as fields. */
export function rightRequests(version: number, roll: Roll): string[][] {
  const others = Object.entries(factsRequests).flatMap(([title, table]) => {
    const [name = '', id = ''] = title.split(' ')
    if (LEFT_OUT.includes(name)) return []
    const reqId = String(1000 + roll(50))
    const wanted = { ...meaningful, reqId, orderId: String(1 + roll(3000)) }
    return [[id, ...new Sampler(version, { wanted }).sample(table).fields]]
  })
  return [...others, ...orders(version, roll)]
}

const strange = [
  ...['', '-1', '0', '1', '2', 'true', 'NaN', '1e309', '-1e400', 'Infinity', '0x10', '1,5', ' 7 '],
  ...['2147483647', '-2147483648', '2147483648', '9223372036854775807', '99999999999999999999'],
  ...['1.7976931348623157E308', '4.9e-324', '-0', '\u{1f600}', '\ufeff', '\u202e', 'ÄÖ', '%s%n'],
  ...['x'.repeat(3000), '../..', '__proto__', 'constructor', 'BAG', 'CASH', 'OPT?', 'PEG BENCH'],
  ...['1 Y', '30 S', '1 secs', '1 day', 'SCHEDULE', 'DU1000001', '20261121', '\r\n', '"', '<xml/>'],
]

/** One to four changes of the fields of a request. */
export function spoil(fields: readonly string[], roll: Roll): string[] {
  const changed = [...fields]
  for (let times = roll(4); times >= 0; times -= 1) {
    const place = roll(changed.length)
    const word = strange[roll(strange.length)] ?? ''
    switch (roll(9)) {
      case 0:
        changed.splice(place, 1)
        break
      case 1:
        changed.splice(place, 0, word)
        break
      case 2:
        changed[0] = String(roll(130))
        break
      case 3:
        changed.length = place + 1
        break
      case 4:
        changed[place] = `${changed[place]}\0${word}`
        break
      case 5:
        changed[place] = String((roll(2) ? 1 : -1) * roll(2 ** 31))
        break
      default:
        changed[place] = word
    }
  }
  // the orders of a client that does nothing wrong stay as they are
  if (changed[0]?.startsWith('58')) changed[0] = '59'
  return changed
}

/** Random bytes. */
export function rubbish(roll: Roll): Buffer {
  return Buffer.from(Array.from({ length: 1 + roll(400) }, () => roll(256)))
}

/** A frame whose length is a lie, or half of one: nothing after it can be understood. */
export function brokenFrame(fields: readonly string[], roll: Roll): Buffer {
  const frame = frameOf(fields)
  switch (roll(4)) {
    case 0:
      return frame.subarray(0, roll(frame.length))
    case 1:
      frame.writeUInt32BE(roll(2 ** 32), 0)
      return frame
    case 2:
      frame.writeUInt8(1 + roll(255), frame.length - 1)
      return frame
    default:
      return Buffer.concat([frame, rubbish(roll)])
  }
}

/** What says hello in a way that no client does. */
export function wrongGreeting(roll: Roll): Buffer {
  const greeting = (text: string) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(text.length)
    return Buffer.concat([Buffer.from('API\0'), length, Buffer.from(text)])
  }
  const wrong = [
    () => rubbish(roll),
    () => Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    () => Buffer.from('API\0'),
    () => greeting('v100..120'),
    () => greeting('v999..1000'),
    () => greeting('v193..178'),
    () => greeting('v'),
    () => greeting('v178..193'.repeat(500)),
    () => Buffer.concat([greeting('v178..193'), rubbish(roll)]),
    () => Buffer.concat([greeting('v178..193'), frameOf([71, 2, -5, ''])]),
    () => Buffer.concat([greeting('v178..193'), frameOf([71, 2, 'x', ''])]),
    () => Buffer.concat([greeting('v178..193'), frameOf([71])]),
    () => Buffer.concat([greeting('v178..193'), frameOf([1, 2, 3])]),
  ]
  return (wrong[roll(wrong.length)] as () => Buffer)()
}
