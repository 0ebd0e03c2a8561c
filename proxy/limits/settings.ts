import { Type } from 'typebox'
import { RATE_TEXT, type Rate, rateOf } from './rate.ts'

const rate = (standard: string, description: string) =>
  Type.String({ pattern: RATE_TEXT, default: standard, description })

/** How often callers may call. */
export const rateEnvironment = {
  RATE_LIMIT_ANONYMOUS: rate(
    '60/h',
    'calls of each address that has no key, at each proxy: `60/h`, `50/s`, `5/m`, `1000/d`, or `off`; this machine is not counted',
  ),
  RATE_LIMIT_READ: rate('50/s', 'calls of each key that read, at each proxy'),
  RATE_LIMIT_ORDER: rate(
    '10/s',
    'calls of each key that place or change something, at each proxy; cancels are not counted',
  ),
  RATE_LIMIT_LOGIN: rate(
    '5/m',
    'calls to `/session` from each address, at each proxy; this machine is not counted',
  ),
}

/** The limits of callers; undefined: none. */
export interface RateSettings {
  readonly anonymous: Rate | undefined
  readonly read: Rate | undefined
  readonly order: Rate | undefined
  readonly login: Rate | undefined
}

/** What the environment says of them. */
export function ratesOf(values: Readonly<Record<keyof typeof rateEnvironment, string>>) {
  return Object.freeze<RateSettings>({
    anonymous: rateOf(values.RATE_LIMIT_ANONYMOUS),
    read: rateOf(values.RATE_LIMIT_READ),
    order: rateOf(values.RATE_LIMIT_ORDER),
    login: rateOf(values.RATE_LIMIT_LOGIN),
  })
}
