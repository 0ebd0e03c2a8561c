import type {
  ContractDescription,
  Contract as IbContract,
  ContractDetails as IbContractDetails,
  OptionType,
  SecType,
} from '@stoqey/ib'
import type {
  Contract,
  ContractDetails,
  ContractMatch,
  ContractQuery,
} from '../../shared/schemas/contract.ts'
import type { OptionChain } from '../../shared/schemas/option-chain.ts'
import { spelledOut } from '../../shared/symbol.ts'
import { idOf, numberOf, textOf } from './absent.ts'
import type { GatewayEvents } from './events.ts'

/** `20250620 08:30 US/Central` → `20250620`: the library leaves time and zone on (facts §2.3). */
function expiryOf(text: string | undefined): string | null {
  return textOf(text?.split(' ', 1)[0])
}

/** A contract as IB shows it → ours. */
export function contractOf(contract: IbContract): Contract {
  return {
    conId: contract.conId ?? 0,
    symbol: contract.symbol ?? '',
    secType: contract.secType ?? '',
    lastTradeDateOrContractMonth: expiryOf(contract.lastTradeDateOrContractMonth),
    strike: idOf(contract.strike),
    right: contract.right ?? null,
    multiplier: contract.multiplier ? String(contract.multiplier) : null,
    exchange: textOf(contract.exchange),
    primaryExch: textOf(contract.primaryExch),
    currency: contract.currency ?? '',
    localSymbol: textOf(contract.localSymbol),
    tradingClass: textOf(contract.tradingClass),
  }
}

/** Details → only what names the contract. */
export function contractSchemaOf(details: ContractDetails): Contract {
  const { conId, symbol, secType, lastTradeDateOrContractMonth, strike, right, multiplier } =
    details
  const { exchange, primaryExch, currency, localSymbol, tradingClass } = details
  return {
    conId,
    symbol,
    secType,
    lastTradeDateOrContractMonth,
    strike,
    right,
    multiplier,
    exchange,
    primaryExch,
    currency,
    localSymbol,
    tradingClass,
  }
}

function listOf(text: string | undefined): string[] {
  return (text ?? '').split(',').filter((part) => part !== '')
}

/** Everything IB says of a contract → ours. */
export function contractDetailsOf(details: IbContractDetails): ContractDetails {
  return {
    ...contractOf(details.contract),
    marketName: textOf(details.marketName),
    minTick: numberOf(details.minTick),
    orderTypes: listOf(details.orderTypes),
    validExchanges: listOf(details.validExchanges),
    priceMagnifier: numberOf(details.priceMagnifier),
    underConId: idOf(details.underConId),
    underSymbol: textOf(details.underSymbol),
    underSecType: textOf(details.underSecType),
    longName: textOf(details.longName),
    contractMonth: textOf(details.contractMonth),
    industry: textOf(details.industry),
    category: textOf(details.category),
    subcategory: textOf(details.subcategory),
    timeZoneId: textOf(details.timeZoneId),
    tradingHours: textOf(details.tradingHours),
    liquidHours: textOf(details.liquidHours),
    marketRuleIds: listOf(details.marketRuleIds).map(Number),
    realExpirationDate: textOf(details.realExpirationDate),
    stockType: textOf(details.stockType),
    minSize: numberOf(details.minSize),
    sizeIncrement: numberOf(details.sizeIncrement),
    suggestedSizeIncrement: numberOf(details.suggestedSizeIncrement),
    secIds: (details.secIdList ?? []).map(({ tag, value }) => ({
      tag: tag ?? '',
      value: value ?? '',
    })),
  }
}

/** One match of a symbol search → ours. */
export function contractMatchOf({
  contract = {},
  derivativeSecTypes,
}: ContractDescription): ContractMatch {
  return {
    conId: contract.conId ?? 0,
    symbol: contract.symbol ?? '',
    secType: contract.secType ?? '',
    primaryExch: textOf(contract.primaryExch),
    currency: textOf(contract.currency),
    description: textOf(contract.description),
    derivativeSecTypes: [...(derivativeSecTypes ?? [])],
  }
}

/** The options of one exchange and trading class → ours, in order. */
export function optionChainOf(
  args: GatewayEvents['securityDefinitionOptionParameter'],
): OptionChain {
  const [, exchange, underlyingConId, tradingClass, multiplier, expirations, strikes] = args
  return {
    exchange,
    underlyingConId,
    tradingClass,
    multiplier: multiplier ? String(multiplier) : null,
    expirations: [...expirations].sort(),
    strikes: [...strikes].sort((a, b) => a - b),
  }
}

/** Types whose contracts SMART routes; the others live on one exchange, which IB must be left to find. */
const SMART_ROUTED = new Set(['STK', 'OPT', 'BAG', 'CFD', 'BOND', 'WAR', 'IOPT', 'FUND'])

function defaultExchange(secType: string): string | undefined {
  if (secType === 'CASH') return 'IDEALPRO'
  return SMART_ROUTED.has(secType) ? 'SMART' : undefined
}

/**
 * What a caller named, its shorthand written out, with S0.s2's defaults: a US stock on SMART, a currency pair on IDEALPRO. A number or an
 * identifier names a contract by itself, so nothing is assumed beside it.
 */
export function completed(given: ContractQuery): ContractQuery {
  const query = spelledOut(given)
  if (query.conId !== undefined || query.secId !== undefined) return query
  const secType = query.secType ?? 'STK'
  const exchange = query.exchange ?? defaultExchange(secType)
  return {
    ...query,
    secType,
    currency: query.currency ?? 'USD',
    ...(exchange !== undefined && { exchange }),
  }
}

/** A caller's contract → IB's; fields not given stay out. */
export function toIbContract(query: ContractQuery): IbContract {
  const { secType, right, multiplier, ...same } = query
  return {
    ...same,
    ...(secType && { secType: secType as SecType }),
    ...(right && { right: right.charAt(0) as OptionType }),
    ...(multiplier && { multiplier: Number(multiplier) }),
  }
}

/** A contract that IB has described, as it is asked for: its number says which, its exchange where. */
export function toAskedContract({ conId, symbol, exchange }: ContractDetails): IbContract {
  return toIbContract({ conId, symbol, ...(exchange !== null && { exchange }) })
}
