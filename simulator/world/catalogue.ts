import type { ContractRow } from '../wire/contract-columns.ts'
import type { Instrument } from './instrument.ts'
import { listInstruments } from './listing.ts'
import { FIRST_OPTION_ID, listOptions } from './option-chains.ts'
import { dayOf } from './zone.ts'

/** What a client says about the contract it means; anything may be left out. */
export type ContractSpec = Partial<ContractRow>

const RIGHTS: Readonly<Record<string, string>> = {
  C: 'C',
  CALL: 'C',
  P: 'P',
  PUT: 'P',
  '?': '',
  '0': '',
}
/** A gateway knows one venue under two names (facts §5). */
const VENUES: Readonly<Record<string, string>> = { ISLAND: 'NASDAQ', BEST: 'SMART' }

function venueOf(exchange: string): string {
  return VENUES[exchange] ?? exchange
}

function matchesTerms(instrument: Instrument, spec: ContractSpec): boolean {
  const { lastTradeDateOrContractMonth: expiry = '', strike = 0, right = '' } = spec
  if (expiry !== '' && !instrument.expiry.startsWith(expiry)) return false
  if (strike > 0 && instrument.strike !== strike) return false
  const side = RIGHTS[right.toUpperCase()]
  return side === undefined ? right === '' : side === '' || instrument.right === side
}

function matchesVenue(instrument: Instrument, spec: ContractSpec): boolean {
  const { exchange = '', primaryExch = '', currency = '' } = spec
  if (currency !== '' && instrument.currency !== currency) return false
  if (primaryExch !== '' && instrument.primaryExch !== venueOf(primaryExch)) return false
  // `SMART:NASDAQ` names both at once
  const [venue = '', primary = ''] = exchange.split(':')
  if (primary !== '' && instrument.primaryExch !== venueOf(primary)) return false
  return venue === '' || instrument.validExchanges.includes(venueOf(venue))
}

function matches(instrument: Instrument, spec: ContractSpec): boolean {
  const { symbol = '', secType = '', multiplier = '', localSymbol = '', tradingClass = '' } = spec
  if (secType !== '' && instrument.secType !== secType) return false
  if (symbol !== '' && instrument.symbol !== symbol.toUpperCase()) return false
  if (localSymbol !== '' && instrument.localSymbol !== localSymbol) return false
  if (tradingClass !== '' && instrument.tradingClass !== tradingClass) return false
  if (multiplier !== '' && Number(multiplier) !== Number(instrument.multiplier || 1)) return false
  return matchesTerms(instrument, spec) && matchesVenue(instrument, spec)
}

/** Everything that can be traded or quoted. Futures and options roll with the date. */
export class Catalogue {
  readonly #now: () => number
  #builtOn = Number.NEGATIVE_INFINITY
  #optionsBuiltOn = Number.NEGATIVE_INFINITY
  readonly #byConId = new Map<number, Instrument>()
  readonly #bySymbol = new Map<string, Instrument[]>()

  constructor(now: () => number) {
    this.#now = now
    this.#roll()
  }

  get size(): number {
    this.#rollOptions()
    return this.#byConId.size
  }

  get all(): Iterable<Instrument> {
    this.#rollOptions()
    return this.#byConId.values()
  }

  byConId(conId: number): Instrument | undefined {
    if (conId >= FIRST_OPTION_ID && !this.#byConId.has(conId)) this.#rollOptions()
    return this.#byConId.get(conId)
  }

  /** Every instrument that fits what the client said, nearest expiry first. */
  find(spec: ContractSpec): Instrument[] {
    const { secType = '' } = spec
    if (secType === 'OPT' || secType === '') this.#rollOptions()
    else this.#roll()
    if (spec.conId !== undefined && spec.conId !== 0) {
      const instrument = this.byConId(spec.conId)
      // the contract id says all; an exchange beside it must still be one where it trades
      return instrument !== undefined && matchesVenue(instrument, { exchange: spec.exchange ?? '' })
        ? [instrument]
        : []
    }
    const symbol = spec.symbol?.toUpperCase() ?? ''
    const among = symbol === '' ? this.#byConId.values() : (this.#bySymbol.get(symbol) ?? [])
    return [...among]
      .filter((instrument) => matches(instrument, spec))
      .sort((a, b) => a.expiry.localeCompare(b.expiry) || a.strike - b.strike)
  }

  /** Stocks, indices and currencies whose symbol begins with, or whose name contains, the pattern; at most 16. */
  search(pattern: string): Instrument[] {
    const wanted = pattern.trim().toUpperCase()
    if (wanted === '') return []
    const rank = ({ symbol, longName }: Instrument) =>
      symbol === wanted ? 0 : symbol.startsWith(wanted) ? 1 : longName.includes(wanted) ? 2 : 3
    this.#roll()
    return [...this.#byConId.values()]
      .filter((one) => one.secType !== 'OPT' && one.secType !== 'FUT' && rank(one) < 3)
      .sort((a, b) => rank(a) - rank(b) || a.symbol.localeCompare(b.symbol))
      .slice(0, 16)
  }

  /** Options on that underlying. */
  optionsOn(conId: number): Instrument[] {
    const underlying = this.#byConId.get(conId)
    if (underlying === undefined) return []
    this.#rollOptions()
    const same = this.#bySymbol.get(underlying.symbol) ?? []
    return same.filter((one) => one.secType === 'OPT' && one.underConId === conId)
  }

  // contract ids come from what the contract is, so a contract that stays listed keeps its id
  #roll(): void {
    const today = dayOf('US/Eastern', this.#now())
    if (today === this.#builtOn) return
    this.#builtOn = today
    this.#add(listInstruments(today))
  }

  // most of what is listed are options, so they wait until somebody asks for one
  #rollOptions(): void {
    this.#roll()
    if (this.#optionsBuiltOn === this.#builtOn) return
    this.#optionsBuiltOn = this.#builtOn
    this.#add(listOptions(this.#builtOn))
  }

  #add(instruments: readonly Instrument[]): void {
    for (const instrument of instruments) {
      if (this.#byConId.has(instrument.conId)) continue
      this.#byConId.set(instrument.conId, instrument)
      const same = this.#bySymbol.get(instrument.symbol)
      if (same === undefined) this.#bySymbol.set(instrument.symbol, [instrument])
      else same.push(instrument)
    }
  }
}
