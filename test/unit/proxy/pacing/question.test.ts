import type { FastifyRequest } from 'fastify'
import t from 'tap'
import { areSmall, pacedQuestionOf } from '../../../../proxy/pacing/question.ts'
import { BAR_SIZES } from '../../../../shared/schemas/market.ts'

function question(path: string, headers: Record<string, string> = {}) {
  const url = new URL(path, 'http://h')
  const request = {
    query: Object.fromEntries(url.searchParams),
    params: { symbol: url.pathname.slice(1) },
    raw: { headers },
  }
  return pacedQuestionOf('history', request as unknown as FastifyRequest)
}

t.test('bars up to half a minute are small', async (t) => {
  t.same(BAR_SIZES.filter(areSmall), ['1 secs', '5 secs', '10 secs', '15 secs', '30 secs'])
})

t.test('what is left out counts as its default', async (t) => {
  const said = question(
    '/AAPL?secType=STK&exchange=SMART&currency=USD&durationStr=1 D&barSizeSetting=1 min&whatToShow=TRADES&useRTH=false&endDateTime=',
  )
  t.equal(said?.whole, question('/AAPL')?.whole)
  t.same(said?.counts, ['large bars', 'history'])
})

t.test('spellings of one moment are one moment, others are others', async (t) => {
  const at = (text: string) => question(`/AAPL?endDateTime=${encodeURIComponent(text)}`)?.whole
  const moment = at('20250415-13:30:00')
  for (const same of ['20250415 13:30:00', '2025-04-15T13:30:00Z', '2025-04-15T15:30:00+02:00'])
    t.equal(at(same), moment, same)
  t.equal(at('20250415'), at('2025-04-15T23:59:59'))
  t.not(at('20250416'), moment)
})

t.test('what differs is another question, and another contract', async (t) => {
  const apple = question('/AAPL')
  for (const path of ['/MSFT', '/AAPL?currency=EUR', '/AAPL?conId=5', '/AAPL?whatToShow=BID'])
    t.not(question(path)?.contract, apple?.contract, path)
  for (const path of ['/AAPL?useRTH=true', '/AAPL?durationStr=2 D', '/AAPL?exchange=NYSE']) {
    t.equal(question(path)?.contract, apple?.contract, path)
    t.not(question(path)?.whole, apple?.whole, path)
  }
  const csv = question('/AAPL', { accept: 'text/csv' })
  t.equal(csv?.whole, apple?.whole)
  t.not(csv?.answer, apple?.answer, 'the answer is another')
})

t.test('BID_ASK counts twice', async (t) => {
  t.match(question('/AAPL?whatToShow=BID_ASK&barSizeSetting=5 secs'), {
    cost: 2,
    counts: ['small bars', 'history'],
  })
})

t.test('what ended long ago stands for longer', async (t) => {
  const short = question('/AAPL')?.freshMs ?? 0
  t.equal(short, 15_000)
  t.equal(question(`/AAPL?endDateTime=${new Date().toISOString()}`)?.freshMs, short)
  t.ok((question('/AAPL?endDateTime=20250415')?.freshMs ?? 0) > short)
})

t.test('what the instance will refuse is not counted', async (t) => {
  for (const path of ['/AAPL?barSizeSetting=7 secs', '/AAPL?nonsense=1', `/${'A'.repeat(40)}`])
    t.equal(question(path), undefined, path)
})
