import { hashText } from './chance.ts'
import type { Instrument } from './instrument.ts'
import { providers } from './news.ts'

/** Everything that one provider writes can be followed like a contract: type NEWS, symbol `BRFG:BRFG_ALL`. */
export const newsFeeds: readonly (Omit<Instrument, 'secType'> & { readonly secType: string })[] =
  providers.map(({ code, name }) => ({
    conId: 500_000_000 + (hashText(`news ${code}`) % 10_000_000),
    symbol: `${code}:${code}_ALL`,
    secType: 'NEWS',
    expiry: '',
    strike: 0,
    right: '',
    multiplier: '',
    exchange: code,
    primaryExch: '',
    validExchanges: [code],
    currency: 'USD',
    localSymbol: `${code}:${code}_ALL`,
    tradingClass: `${code}_ALL`,
    marketName: `${code}_ALL`,
    longName: `${name}, all news`,
    ...{ industry: '', category: '', subcategory: '', stockType: '', minTick: 0.01 },
    ...{ marketRuleId: 26, halfSpread: 0, factor: 1, underConId: 0, underSymbol: '' },
    hours: {
      ...{ timeZone: 'US/Eastern', opens: 0, closes: 24 * 60 },
      ...{ extendedOpens: 0, extendedCloses: 24 * 60 },
    },
    path: { key: `news ${code}`, level: 1, dailyMove: 0, dailyVolume: 0 },
  }))
