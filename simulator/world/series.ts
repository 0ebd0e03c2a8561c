import type { Instrument, Path } from './instrument.ts'

/** Figures of an instrument that have a history of their own beside its price. */
export type Series = 'HISTORICAL_VOLATILITY' | 'OPTION_IMPLIED_VOLATILITY' | 'FEE_RATE'

/** Trading days of a year, as a square root: what turns a move of a day into one of a year. */
const YEAR_OF_MOVES = 16

/** How each series swings: volatilities as a part of the price in a year, fees in per cent a year. */
const SWINGS: Readonly<Record<Series, (path: Path) => Pick<Path, 'level' | 'dailyMove'>>> = {
  HISTORICAL_VOLATILITY: ({ dailyMove }) => ({
    level: dailyMove * YEAR_OF_MOVES,
    dailyMove: 0.015,
  }),
  OPTION_IMPLIED_VOLATILITY: ({ dailyMove }) => ({
    level: dailyMove * YEAR_OF_MOVES,
    dailyMove: 0.03,
  }),
  FEE_RATE: () => ({ level: 0.25, dailyMove: 0.02 }),
}

/** The instrument whose price is that series; the instrument itself where its own price is shown. */
export function seriesOf(instrument: Instrument, shown: string): Instrument {
  const swing = Object.hasOwn(SWINGS, shown) ? SWINGS[shown as Series] : undefined
  if (swing === undefined) return instrument
  const { path } = instrument
  return {
    ...instrument,
    path: { ...swing(path), key: `${path.key} ${shown}`, dailyVolume: 0, rhythm: path.rhythm },
    factor: 1,
    minTick: 0.000001,
    halfSpread: 0,
  }
}
