import { Type } from 'typebox'

/** How many calls within how long. */
export interface Rate {
  readonly quota: number
  readonly windowMs: number
}

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** How a rate is written: `50/s`, `5/m`, `60/h`, `1000/d`; `off`: no limit. */
export const RATE_TEXT = '^(off|[1-9]\\d{0,4}/[smhd])$'

/** A rate as it stands in a file. */
export const RateText = Type.String({ pattern: RATE_TEXT })

/** The rate a text of that form says; undefined: no limit. */
export function rateOf(text: string): Rate | undefined {
  const [quota = '', unit = ''] = text.split('/')
  const windowMs = UNITS_MS[unit]
  return windowMs === undefined ? undefined : { quota: Number(quota), windowMs }
}
