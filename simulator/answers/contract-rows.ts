import { hashText, mix, unit } from '../world/chance.ts'
import type { Instrument } from '../world/instrument.ts'
import { securityIdsOf } from '../world/security-ids.ts'
import { hoursText } from '../world/sessions.ts'
import type { Described } from '../world/untraded.ts'

const ORDER_TYPES = 'ACTIVETIM,ADJUST,ALGO,COND,DAY,FOK,GTC,GTD,IOC,LMT,MKT,OCA,STP,STPLMT,WHATIF'

function sizes({ secType }: Described) {
  if (secType === 'STK') {
    return { minSize: 0.0001, sizeIncrement: 0.0001, suggestedSizeIncrement: 100 }
  }
  if (secType === 'CRYPTO') {
    return { minSize: 0.0001, sizeIncrement: 0.0001, suggestedSizeIncrement: 0.01 }
  }
  return { minSize: 1, sizeIncrement: 1, suggestedSizeIncrement: 1 }
}

function secIds(instrument: Described) {
  return Object.entries(securityIdsOf(instrument)).map(([tag, value]) => ({ tag, value }))
}

function hoursOf(instrument: Described, now: number) {
  const hours = instrument as Instrument
  return {
    timeZoneId: instrument.hours.timeZone,
    tradingHours: hoursText(hours, now, false),
    liquidHours: hoursText(hours, now, true),
  }
}

/** The block that only a fund has (facts §1.7). */
function fundTerms(instrument: Described) {
  const family = instrument.longName.split(' ')[0] ?? ''
  return {
    ...{ fundName: instrument.longName, fundFamily: family, fundType: 'Equity' },
    ...{ fundFrontLoad: '0', fundBackLoad: '0', fundBackLoadTimeInterval: '' },
    ...{ fundManagementFee: '0.04', fundClosed: false, fundClosedForNewInvestors: false },
    ...{ fundClosedForNewMoney: false, fundNotifyAmount: '0' },
    ...{ fundMinimumInitialPurchase: '3000', fundSubsequentMinimumPurchase: '1' },
    ...{ fundBlueSkyStates: 'All', fundBlueSkyTerritories: '' },
    ...{ fundDistributionPolicy: 'N', fundAssetType: '004' },
  }
}

/** Who has issued it, for those who search bonds by issuer: `e1` and digits; empty where nobody has. */
export function issuerIdOf({ secType, longName }: Described): string {
  if (secType !== 'STK' && secType !== 'BOND') return ''
  // what a company is called says who it is, what follows the first two words says what it has issued
  const name = longName.split(' ').slice(0, 2).join(' ')
  return `e1${String(hashText(name) % 1_000_000).padStart(6, '0')}`
}

/** contractDetails of anything but a bond. */
export function detailsRow(reqId: number, instrument: Described, now: number) {
  const { secType, expiry } = instrument
  const isDerived = secType === 'OPT' || secType === 'FUT'
  return {
    reqId,
    symbol: instrument.symbol,
    secType,
    lastTradeDateOrContractMonth: expiry,
    lastTradeDate: expiry,
    strike: instrument.strike,
    right: instrument.right as string,
    exchange: instrument.exchange,
    currency: instrument.currency,
    localSymbol: instrument.localSymbol,
    marketName: instrument.marketName,
    tradingClass: instrument.tradingClass,
    conId: instrument.conId,
    minTick: instrument.minTick,
    multiplier: instrument.multiplier,
    orderTypes: ORDER_TYPES,
    validExchanges: instrument.validExchanges.join(','),
    priceMagnifier: 1,
    underConId: instrument.underConId,
    longName: instrument.longName,
    primaryExch: instrument.primaryExch,
    contractMonth: expiry.slice(0, 6),
    industry: instrument.industry,
    category: instrument.category,
    subcategory: instrument.subcategory,
    ...hoursOf(instrument, now),
    evRule: '',
    evMultiplier: '0',
    secIds: secIds(instrument),
    aggGroup: secType === 'CASH' ? 4 : 1,
    underSymbol: isDerived ? instrument.underSymbol : '',
    underSecType: secType === 'OPT' ? 'STK' : secType === 'FUT' ? 'IND' : '',
    marketRuleIds: instrument.validExchanges.map(() => instrument.marketRuleId).join(','),
    realExpirationDate: expiry,
    stockType: instrument.stockType,
    ...sizes(instrument),
    ...(secType === 'FUND' ? fundTerms(instrument) : {}),
    ineligibilityReasons: [],
  }
}

/** bondContractDetails: its coupon is drawn from its contract id, its end is the maturity. */
export function bondRow(reqId: number, instrument: Described, now: number) {
  const bits = mix(hashText('bond'), instrument.conId)
  const { expiry } = instrument
  const issueYear = Number(expiry.slice(0, 4)) - 10
  const isTreasury = instrument.category.includes('Government')
  return {
    reqId,
    symbol: instrument.symbol,
    secType: instrument.secType,
    cusip: securityIdsOf(instrument).CUSIP ?? '',
    coupon: Math.round((2 + unit(bits) * 4) * 8) / 8,
    maturity: expiry,
    issueDate: `${issueYear}${expiry.slice(4)}`,
    ratings: isTreasury ? 'AAA' : 'A+',
    bondType: isTreasury ? 'GOVT' : 'CORP',
    couponType: 'FIXED',
    convertible: false,
    callable: false,
    putable: false,
    descAppend: instrument.longName,
    exchange: instrument.exchange,
    currency: instrument.currency,
    marketName: instrument.marketName,
    tradingClass: instrument.tradingClass,
    conId: instrument.conId,
    minTick: instrument.minTick,
    orderTypes: ORDER_TYPES,
    validExchanges: instrument.validExchanges.join(','),
    nextOptionDate: '',
    nextOptionType: '',
    nextOptionPartial: false,
    notes: '',
    longName: instrument.longName,
    ...hoursOf(instrument, now),
    evRule: '',
    evMultiplier: '0',
    secIds: secIds(instrument),
    aggGroup: 1,
    marketRuleIds: instrument.validExchanges.map(() => instrument.marketRuleId).join(','),
    ...sizes(instrument),
  }
}
