import type { Instrument } from './instrument.ts'

/** Letters of US venues on the consolidated tape. */
const LETTERS: Readonly<Record<string, string>> = {
  AMEX: 'A',
  ARCA: 'P',
  BATS: 'Z',
  BOX: 'B',
  CBOE: 'C',
  IEX: 'V',
  ISE: 'I',
  ISLAND: 'Q',
  NASDAQ: 'Q',
  NYSE: 'N',
  PHLX: 'X',
}

/** Where quotes of one kind may come from, under the name that tickReqParams tells. */
const SOURCES: ReadonlyMap<string, readonly string[]> = new Map([
  ['9c0001', ['AMEX', 'ARCA', 'BATS', 'IEX', 'NASDAQ', 'NYSE']],
  ['b30001', ['AMEX', 'BOX', 'CBOE', 'ISE', 'PHLX']],
])

/** The name under which the venues of its quotes are told; the letters of bid and ask exchanges mean those. */
export function bboExchangeOf({ secType }: Pick<Instrument, 'secType'>): string {
  return secType === 'OPT' ? 'b30001' : '9c0001'
}

/** The letter of a venue; its first one where the tape has none. */
export function letterOf(venue: string): string {
  return LETTERS[venue] ?? venue.slice(0, 1)
}

/** The venues under such a name, each with its bit and letter; undefined for a name that is not known. */
export function componentsOf(
  bboExchange: string,
): { bit: number; exchange: string; letter: string }[] | undefined {
  return SOURCES.get(bboExchange)?.map((exchange, bit) => ({
    ...{ bit, exchange, letter: letterOf(exchange) },
  }))
}

/** Where depth is shown: for what, how deep (`Deep2` with market makers), and of which group of quotes. */
const DEPTH = [
  {
    ...{ secType: 'STK', serviceDataType: 'Deep2', aggGroup: 1 },
    venues: ['NASDAQ', 'NYSE', 'ARCA', 'BATS', 'IEX', 'AMEX'],
  },
  {
    ...{ secType: 'OPT', serviceDataType: 'Deep', aggGroup: 2 },
    venues: ['CBOE', 'ISE', 'PHLX', 'BOX', 'AMEX'],
  },
  {
    ...{ secType: 'FUT', serviceDataType: 'Deep', aggGroup: 3 },
    venues: ['CME', 'CBOT', 'NYMEX', 'COMEX'],
  },
  { secType: 'CASH', serviceDataType: 'Deep', aggGroup: 4, venues: ['IDEALPRO'] },
] as const

/** Every venue that shows depth, once for each kind of instrument. */
export const depthVenues = DEPTH.flatMap(({ venues, secType, serviceDataType, aggGroup }) =>
  venues.map((exchange) => ({ exchange, secType, listingExch: '', serviceDataType, aggGroup })),
)
