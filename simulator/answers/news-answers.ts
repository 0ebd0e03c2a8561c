import { messages } from '../wire/messages.ts'
import { requests } from '../wire/requests.ts'
import type { Bulletin } from '../world/bulletins.ts'
import type { Cancel } from '../world/clock.ts'
import type { Instrument } from '../world/instrument.ts'
import { type Headline, providers } from '../world/news.ts'
import { dayOf } from '../world/zone.ts'
import { type Answer, answer, type Client, validating } from './answer.ts'

const DAY_MS = 86_400_000
const NEWS_ZONE = 'US/Eastern'
/** More headlines than this are not told in one answer (IB's own limit). */
const MAX_HEADLINES = 300
/** A new subscription is told the latest headlines of the days before, at most so many. */
const FIRST_HEADLINES = 3
const FIRST_DAYS = 7
/** Generic tick that asks for news. */
const NEWS_TICK = '292'
const PLAIN_TEXT = 0

const allCodes = providers.map(({ code }) => code)

function unknownCode(codes: readonly string[]): string | undefined {
  return codes.find((code) => !allCodes.includes(code))
}

/** `2026-11-20 15:04:05.0` in UTC. */
function newsTime(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')}.0`
}

/** Reads `2026-11-20 15:04:05.0`, also without fraction, clock, or strokes, as UTC; undefined when it is none. */
export function parseNewsTime(text: string): number | undefined {
  const match =
    /^(\d{4})-?(\d{2})-?(\d{2})(?:[ T-]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?$/.exec(
      text.trim(),
    )
  if (match === null) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0))
  const time = Date.UTC(year, month - 1, day, hour, minute, second)
  const date = new Date(time)
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  return isReal && hour < 24 ? time : undefined
}

function tell(client: Client, reqId: number, one: Headline): void {
  const { time, provider, articleId, headline, instrument } = one
  const extra = `conid=${instrument.conId};symbol=${instrument.symbol}`
  client.send(messages.tickNews, { reqId, time, provider, articleId, headline, extra })
}

/** Tells headlines as they come, and first the latest of the days before. */
function follow(client: Client, reqId: number, ofDay: (day: number) => Headline[]): Cancel {
  const { world } = client
  let told = world.now()
  let day = dayOf(NEWS_ZONE, told)
  let written = ofDay(day)
  const earlier: Headline[] = written.filter(({ time }) => time <= told)
  for (let back = 1; back <= FIRST_DAYS && earlier.length < FIRST_HEADLINES; back += 1) {
    earlier.unshift(...ofDay(day - back))
  }
  for (const one of earlier.slice(-FIRST_HEADLINES)) tell(client, reqId, one)
  return world.beat.listen((now) => {
    const today = dayOf(NEWS_ZONE, now)
    while (day <= today) {
      for (const one of written) {
        if (one.time > told && one.time <= now) tell(client, reqId, one)
      }
      if (day === today) break
      day += 1
      written = ofDay(day)
    }
    told = now
  })
}

/** Providers that a list of generic ticks asks for: `292` for all, `292:BRFG+DJNL` for some; none without it. */
function codesIn(genericTicks: string): string[] {
  return genericTicks
    .split(',')
    .map((tick) => tick.trim().split(':'))
    .filter(([tick]) => tick === NEWS_TICK)
    .flatMap(([, codes]) => codes?.split('+') ?? allCodes)
}

/** Follows the news about an instrument where its subscription asks for that; undefined where it does not. */
export function followNews(
  client: Client,
  reqId: number,
  instrument: Instrument,
  genericTicks: string,
): Cancel | undefined {
  const codes = codesIn(genericTicks)
  if (codes.length === 0) return undefined
  if (unknownCode(codes) !== undefined) {
    client.error(reqId, 10276, 'News feed is not allowed.')
    return undefined
  }
  return follow(client, reqId, (day) =>
    client.world.news.ofDay(instrument, day).filter(({ provider }) => codes.includes(provider)),
  )
}

/** Follows everything a provider writes: a contract of type NEWS such as `BRFG:BRFG_ALL`. */
export function followTape(client: Client, reqId: number, symbol: string): void {
  const [code = ''] = symbol.split(':')
  if (!allCodes.includes(code)) {
    client.error(reqId, 200, 'No security definition has been found for the request')
    return
  }
  if (client.runs('quotes', reqId)) {
    client.error(reqId, 102, 'Duplicate ticker ID.')
    return
  }
  const { news, catalogue } = client.world
  const ofDay = (day: number) =>
    [...catalogue.all]
      .flatMap((instrument) => news.ofDay(instrument, day))
      .filter(({ provider }) => provider === code)
      .sort((a, b) => a.time - b.time)
  client.keep('quotes', reqId, follow(client, reqId, ofDay))
}

function tellBulletin(client: Client, bulletin: Bulletin): void {
  client.send(messages.newsBulletin, bulletin)
}

/** News: providers, headlines, articles, bulletins. */
export const newsAnswers: readonly Answer[] = [
  answer(requests.reqNewsProviders, (client) =>
    client.send(messages.newsProviders, {
      providers: providers.map(({ code, name }) => ({ code, name })),
    }),
  ),
  answer(requests.reqHistoricalNews, (client, row) => {
    const { reqId, conId = 0, total = MAX_HEADLINES } = row
    const { world } = client
    const refuse = (cause: string) => client.error(reqId, 321, validating(cause))
    const instrument = world.catalogue.byConId(conId)
    if (instrument === undefined) return refuse(`Invalid contract id ${conId}`)
    const codes = row.providers === '' ? allCodes : row.providers.split('+')
    const unknown = unknownCode(codes)
    if (unknown !== undefined) return refuse(`Incorrect provider code ${unknown}`)
    const now = world.now()
    const from = row.start === '' ? now - 1000 * DAY_MS : parseNewsTime(row.start)
    const to = row.end === '' ? now : parseNewsTime(row.end)
    if (from === undefined || to === undefined) {
      return refuse('Invalid date and time: yyyy-MM-dd HH:mm:ss.0 is needed')
    }
    if (total < 1) return refuse(`Invalid total results ${total}`)
    const most = Math.min(total, MAX_HEADLINES)
    let told = 0
    let hasMore = false
    for (const one of world.news.between(instrument, from, Math.min(to, now), codes)) {
      hasMore = told === most
      if (hasMore) break
      told += 1
      const { time, provider, articleId, headline } = one
      client.send(messages.historicalNews, {
        ...{ reqId, time: newsTime(time), provider, articleId, headline },
      })
    }
    client.send(messages.historicalNewsEnd, { reqId, hasMore })
  }),
  answer(requests.reqNewsArticle, (client, { reqId, provider, articleId }) => {
    const { news, catalogue } = client.world
    const found = news.article(articleId, (conId) => catalogue.byConId(conId))
    if (found === undefined || found.provider !== provider || found.time > client.world.now()) {
      client.error(reqId, 10172, 'Failed to request news article:No data available')
      return
    }
    const { time, headline, body, instrument } = found
    const article = `<p>${headline} (${instrument.symbol})</p><p>${newsTime(time)} UTC</p><p>${body}</p>`
    client.send(messages.newsArticle, { reqId, articleType: PLAIN_TEXT, article })
  }),
  answer(requests.reqNewsBulletins, (client, { allMessages }) => {
    const { bulletins } = client.world
    // asking again is no mistake: what was asked last holds
    client.drop('bulletins', 0)
    if (allMessages) for (const one of bulletins.today) tellBulletin(client, one)
    client.keep(
      'bulletins',
      0,
      bulletins.issued.listen((one) => tellBulletin(client, one)),
    )
  }),
  answer(requests.cancelNewsBulletins, (client) => {
    client.drop('bulletins', 0)
  }),
]
