import { getContractConfig } from '../../shared/api/config.ts'
import { tagAnswer } from '../../shared/finish.ts'
import type { TradingSession } from '../../shared/schemas/config.ts'
import type { Service } from '../../shared/service.ts'
import { readGatewayTime } from '../ib/instants.ts'
import { MarketRules } from '../ib/market-rules.ts'
import { contractSchemaOf } from '../ib/translate-contract.ts'
import { type Parts, serve } from './serve.ts'

/** What a contract is changes at most overnight. */
const CACHE = 'private, max-age=300'

/** `20250415:0930-20250415:1600`, older `20250415:0930-1600`; what is closed has no times. */
const SESSION = /^(\d{8}):(\d{4})-(?:(\d{8}):)?(\d{4})$/

/** Trading or liquid hours as IB writes them → the sessions in them. */
export function sessionsOf(hours: string | null, zone: string | null): TradingSession[] {
  const momentOf = (day: string, time: string) =>
    readGatewayTime(`${day} ${time.slice(0, 2)}:${time.slice(2)}:00 ${zone ?? 'unknown'}`)
  return (hours ?? '').split(';').flatMap((text) => {
    const [, day, from, lastDay, to] = SESSION.exec(text.trim()) ?? []
    if (day === undefined || from === undefined || to === undefined) return []
    const [opens, closes] = [momentOf(day, from), momentOf(lastDay ?? day, to)]
    return [
      {
        opens: opens?.datetime ?? null,
        opensTimestamp: opens?.timestamp ?? null,
        closes: closes?.datetime ?? null,
        closesTimestamp: closes?.timestamp ?? null,
      },
    ]
  })
}

/** In what quantities are told, by the kind of contract; shares where nothing else is. */
const QUANTITIES: Readonly<Record<string, string>> = {
  OPT: 'contracts',
  FUT: 'contracts',
  FOP: 'contracts',
  CONTFUT: 'contracts',
  WAR: 'contracts',
  BOND: 'bonds',
  FUND: 'units',
}

/** `/config/{symbol}` */
export function routeConfig(app: Service, parts: Parts): void {
  const { contracts, link } = parts
  const rules = new MarketRules(link)

  serve(app, parts, getContractConfig, async ({ params, query, path, terms, request, reply }) => {
    const details = await contracts.only({ symbol: params.symbol, ...query }, terms, path)
    const priceRules = await rules.of(details, terms)
    const { timeZoneId, currency, secType, symbol } = details
    tagAnswer(request)
    reply.header('cache-control', CACHE)
    return {
      symbol: params.symbol,
      contract: contractSchemaOf(details),
      timeZoneId,
      tradingHours: sessionsOf(details.tradingHours, timeZoneId),
      liquidHours: sessionsOf(details.liquidHours, timeZoneId),
      minTick: details.minTick,
      priceMagnifier: details.priceMagnifier,
      priceRules,
      multiplier: details.multiplier,
      minSize: details.minSize,
      sizeIncrement: details.sizeIncrement,
      suggestedSizeIncrement: details.suggestedSizeIncrement,
      orderTypes: details.orderTypes,
      validExchanges: details.validExchanges,
      units: {
        time: 'UTC, ISO 8601, beside it seconds since 1970',
        currency,
        quantity:
          secType === 'CASH' || secType === 'CRYPTO' ? symbol : (QUANTITIES[secType] ?? 'shares'),
        price:
          details.priceMagnifier === null || details.priceMagnifier <= 1
            ? currency
            : `${currency} / ${details.priceMagnifier}`,
        cost: currency,
      },
    }
  })
}
