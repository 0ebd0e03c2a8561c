import { hashText, mix, unit } from './chance.ts'
import type { Instrument } from './instrument.ts'
import { dayOf, weekday, zonedTime } from './zone.ts'

const DAY_MS = 86_400_000
/** New York decides when news is written. */
const ZONE = 'US/Eastern'
/** Headlines come between these minutes after midnight. */
const FIRST_MINUTE = 7 * 60
const LAST_MINUTE = 17 * 60
/** Headlines of one instrument in one day are at most this many. */
const MOST_A_DAY = 4
/** How far back the archive reaches, days. */
const ARCHIVE_DAYS = 1000

/** Who writes news; `share` is how much of it, of 100. */
export interface Provider {
  readonly code: string
  readonly name: string
  readonly share: number
}

/** News providers that the login may read. */
export const providers: readonly Provider[] = [
  { code: 'BRFG', name: 'Briefing.com General Market Columns', share: 20 },
  { code: 'BRFUPDN', name: 'Briefing.com Analyst Actions', share: 20 },
  { code: 'DJ-N', name: 'Dow Jones News Service', share: 20 },
  { code: 'DJ-RTA', name: 'Dow Jones Top Stories Asia Pacific', share: 10 },
  { code: 'DJ-RTE', name: 'Dow Jones Top Stories Europe', share: 10 },
  { code: 'DJ-RTG', name: 'Dow Jones Top Stories Global', share: 10 },
  { code: 'DJNL', name: 'Dow Jones Newsletters', share: 10 },
]

/** What a headline says: `@` stands for the company, `#` for a number. */
const STORIES: readonly (readonly [headline: string, body: string])[] = [
  ['@ shares move as traders weigh demand', 'Traders pointed to orders of the last # days.'],
  ['@ upgraded to Outperform, target raised', 'The target was raised by # percent.'],
  ['@ downgraded to Hold on valuation', 'The analyst sees # percent of room at best.'],
  ['@ names new chief financial officer', 'The change takes effect in # days.'],
  ['@ announces buyback programme', 'The programme covers # million shares.'],
  ['@ to present at technology conference', 'The presentation lasts # minutes.'],
  ['@ declares quarterly dividend', 'It is payable in # days.'],
  ['@ expands partnership with suppliers', 'The agreement runs for # months.'],
  ['@ sees results at upper end of its range', 'Growth of # percent is expected.'],
  ['@ opens new site', 'About # hundred people will work there.'],
]

/** One piece of news. */
export interface Headline {
  readonly time: number
  readonly provider: string
  /** `BRFG$0004…`: provider, then instrument, day and place in it: an article is found by it alone */
  readonly articleId: string
  readonly headline: string
  readonly body: string
  readonly instrument: Instrument
}

function providerFor(bits: number): Provider {
  let left = unit(bits) * 100
  for (const provider of providers) {
    left -= provider.share
    if (left < 0) return provider
  }
  return providers[0] as Provider
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}

/** Whether news is written about it: companies, funds and indices have some. */
export function isNewsworthy({ secType }: Instrument): boolean {
  return secType === 'STK' || secType === 'IND'
}

/** A stream of headlines for every instrument, a pure function of seed, instrument and day. */
export class News {
  readonly #seed: number

  constructor(seed: number) {
    this.#seed = seed
  }

  /** Headlines of one day (a day number of New York), the oldest first. */
  ofDay(instrument: Instrument, day: number): Headline[] {
    if (!isNewsworthy(instrument) || weekday(day) === 0 || weekday(day) === 6) return []
    const bits = mix(mix(hashText('news'), this.#seed), mix(instrument.conId, day))
    const count = Math.floor(unit(bits) * (MOST_A_DAY + 1))
    return Array.from({ length: count }, (_, place) =>
      this.#write(instrument, day, place, bits),
    ).sort((a, b) => a.time - b.time)
  }

  /** Headlines of these providers from one moment up to another, the latest first. */
  *between(
    instrument: Instrument,
    from: number,
    to: number,
    codes: readonly string[],
  ): Generator<Headline> {
    const last = dayOf(ZONE, to)
    const first = Math.max(dayOf(ZONE, Math.max(from, 0)), last - ARCHIVE_DAYS)
    for (let day = last; day >= first; day -= 1) {
      for (const one of this.ofDay(instrument, day).reverse()) {
        if (one.time >= from && one.time <= to && codes.includes(one.provider)) yield one
      }
    }
  }

  /** The piece of news with that id, where the id was made here. */
  article(articleId: string, byConId: (conId: number) => Instrument | undefined) {
    const [, conId, day, place] =
      /^[\w-]+\$([0-9a-f]{8})([0-9a-f]{4})([0-9a-f])$/.exec(articleId) ?? []
    if (conId === undefined || day === undefined || place === undefined) return undefined
    const instrument = byConId(Number.parseInt(conId, 16))
    if (instrument === undefined) return undefined
    return this.ofDay(instrument, Number.parseInt(day, 16)).find(
      (one) => one.articleId === articleId,
    )
  }

  #write(instrument: Instrument, day: number, place: number, dayBits: number): Headline {
    const bits = mix(dayBits, place + 1)
    const { code } = providerFor(mix(bits, 1))
    const [headline, body] = STORIES[Math.floor(unit(mix(bits, 2)) * STORIES.length)] as [
      string,
      string,
    ]
    const minutes = FIRST_MINUTE + unit(mix(bits, 3)) * (LAST_MINUTE - FIRST_MINUTE)
    const number = String(2 + Math.floor(unit(mix(bits, 4)) * 28))
    const { conId, longName } = instrument
    return {
      time: zonedTime(ZONE, day * DAY_MS + Math.floor(minutes * 60) * 1000),
      provider: code,
      articleId: `${code}$${hex(conId, 8)}${hex(day, 4)}${hex(place, 1)}`,
      headline: headline.replace('@', longName),
      body: body.replace('#', number),
      instrument,
    }
  }
}
