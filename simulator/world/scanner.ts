import type { Catalogue } from './catalogue.ts'
import type { Fundamentals } from './fundamentals.ts'
import type { Instrument } from './instrument.ts'
import type { Market } from './market.ts'
import {
  type FigureName,
  figuresOf,
  type ScanFigures,
  scanFilters,
  scanInstruments,
  scanLocations,
  scanTypes,
} from './scan-rows.ts'

/** The longest list a scan gives (IB's own limit). */
export const MAX_SCAN_ROWS = 50

/** One bound on a figure. */
export interface Bound {
  readonly by: FigureName
  readonly least?: number
  readonly most?: number
}

/** What to scan, as it was understood. */
export interface Scan {
  readonly instrument: string
  readonly locations: readonly string[]
  readonly scanCode: string
  readonly bounds: readonly Bound[]
  /** kinds of stock that are wanted: `CORP`, `ETF`; empty for all */
  readonly stockTypes: readonly string[]
  readonly rows: number
}

/** A scan that cannot be run: says why, in the words of the data service. */
export class ScanError extends Error {
  override readonly name = 'ScanError'
}

function boundOf(tag: string, value: string): Bound {
  const filter = scanFilters.find(({ above, below }) => above === tag || below === tag)
  if (filter === undefined) throw new ScanError(`Scanner filter ${tag} is disabled.`)
  const limit = Number(value) * (filter.unit ?? 1)
  if (value.trim() === '' || Number.isNaN(limit)) {
    throw new ScanError(`Scanner filter ${tag} has no valid value: ${value}`)
  }
  return filter.above === tag ? { by: filter.by, least: limit } : { by: filter.by, most: limit }
}

/** Kinds of stock in `CORP`, `inc:CORP,ETF`, or `exc:ETF`. */
export function stockTypesIn(text: string): string[] {
  const [how = '', list] = text.includes(':') ? text.split(':') : ['inc', text]
  const named = (list ?? '')
    .toUpperCase()
    .split(',')
    .filter((kind) => kind !== '')
  if (named.length === 0 || named.includes('ALL')) return []
  if (how === 'exc') return ['CORP', 'ETF'].filter((kind) => !named.includes(kind))
  // what companies issue goes by several names
  return named.map((kind) => (kind === 'STOCK' ? 'CORP' : kind))
}

/**
 * Reads filters as clients send them: `priceAbove=5;volumeAbove=100000;`.
 * @throws ScanError for one that is not known
 */
export function readFilters(text: string): { bounds: Bound[]; stockTypes: string[] } {
  const bounds: Bound[] = []
  let stockTypes: string[] = []
  for (const pair of text.split(';').filter((part) => part !== '')) {
    const [tag = '', value = ''] = pair.split('=')
    if (tag === 'stkTypes') stockTypes = stockTypesIn(value)
    else bounds.push(boundOf(tag, value))
  }
  return { bounds, stockTypes }
}

function isInside(figures: ScanFigures, { by, least, most }: Bound): boolean {
  const figure = figures[by]
  if (figure === undefined) return false
  return (least === undefined || figure >= least) && (most === undefined || figure <= most)
}

/** Ranks the listed instruments by what the market does. */
export class Scanner {
  readonly #catalogue: Catalogue
  readonly #market: Market
  readonly #fundamentals: Fundamentals

  constructor(world: { catalogue: Catalogue; market: Market; fundamentals: Fundamentals }) {
    this.#catalogue = world.catalogue
    this.#market = world.market
    this.#fundamentals = world.fundamentals
  }

  /**
   * Looks a scan over before it is run.
   * @throws ScanError that says what of it is not known
   */
  check({ instrument, locations, scanCode }: Scan): void {
    const type = scanTypes.find(({ code }) => code === scanCode)
    const known = scanInstruments.find((one) => one.type === instrument)
    if (type === undefined || known === undefined) {
      throw new ScanError(`Scanner type with code ${scanCode} is disabled`)
    }
    const prefix = instrument.split('.')[0] as string
    const isKnown = (code: string) =>
      code.startsWith(prefix) && scanLocations.some((location) => location.code === code)
    if (locations.length === 0 || !locations.every(isKnown)) {
      throw new ScanError(
        'Error: Market Scanner is not configured for one of the chosen locations.',
      )
    }
  }

  /** The instruments that a scan finds, the first first. */
  run(scan: Scan, now: number): Instrument[] {
    const type = scanTypes.find(({ code }) => code === scan.scanCode)
    if (type === undefined) return []
    const figures = new Map<Instrument, ScanFigures>()
    for (const instrument of this.#catalogue.all) {
      if (!this.#isMeant(instrument, scan)) continue
      const found = figuresOf(instrument, this.#market, this.#fundamentals, now)
      if (scan.bounds.every((bound) => isInside(found, bound))) figures.set(instrument, found)
    }
    const { by } = type
    const sign = type.up === true ? 1 : -1
    const bySymbol = (a: Instrument, b: Instrument) =>
      a.symbol.localeCompare(b.symbol) || a.expiry.localeCompare(b.expiry)
    const ranked =
      by === 'symbol'
        ? [...figures.keys()].sort((a, b) => sign * bySymbol(a, b))
        : [...figures]
            .filter(([, found]) => found[by] !== undefined)
            .sort(([a, left], [b, right]) => {
              return sign * ((left[by] as number) - (right[by] as number)) || bySymbol(a, b)
            })
            .map(([instrument]) => instrument)
    return ranked.slice(0, scan.rows)
  }

  #isMeant(instrument: Instrument, scan: Scan): boolean {
    const { secType, primaryExch, exchange, currency, stockType } = instrument
    const kind = scanInstruments.find(({ type }) => type === scan.instrument)
    if (kind === undefined || !(kind.secTypes as readonly string[]).includes(secType)) return false
    if (currency !== 'USD') return false
    if (scan.instrument === 'ETF.EQ.US' && stockType !== 'ETF') return false
    const name = stockType === 'ETF' ? 'ETF' : 'CORP'
    if (scan.stockTypes.length > 0 && !scan.stockTypes.includes(name)) return false
    return scan.locations.some((code) => {
      const location = scanLocations.find((one) => one.code === code)
      if (location === undefined) return false
      return location.venues.length === 0 || location.venues.includes(primaryExch || exchange)
    })
  }
}
