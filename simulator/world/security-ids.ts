import { hashText, mix } from './chance.ts'
import type { Instrument } from './instrument.ts'

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const CONSONANTS = 'BCDFGHJKLMNPQRSTVWXYZ0123456789'
/** Real numbers of well-known stocks; all others have one drawn from their contract id. */
const KNOWN_ISINS: Readonly<Record<string, string>> = {
  AAPL: 'US0378331005',
  MSFT: 'US5949181045',
  GOOGL: 'US02079K3059',
  AMZN: 'US0231351067',
  NVDA: 'US67066G1040',
  TSLA: 'US88160R1014',
  META: 'US30303M1027',
  IBM: 'US4592001014',
  SPY: 'US78462F1030',
}
const KNOWN_FIGIS: Readonly<Record<string, string>> = { AAPL: 'BBG000B9XRY4', IBM: 'BBG000BLNNH6' }

/** Sum of the digits of numbers, every second one doubled: the check of all three numbers. */
function checkDigit(values: readonly number[], isDoubled: (place: number) => boolean): number {
  const sum = values.reduce((all, value, place) => {
    const counted = isDoubled(place) ? value * 2 : value
    return all + Math.floor(counted / 10) + (counted % 10)
  }, 0)
  return (10 - (sum % 10)) % 10
}

/** The eight signs of a CUSIP with their check digit. */
export function withCusipCheck(eight: string): string {
  const values = [...eight].map((sign) => LETTERS.indexOf(sign))
  return `${eight}${checkDigit(values, (place) => place % 2 === 1)}`
}

/** Country and number of an ISIN with their check digit. */
export function withIsinCheck(eleven: string): string {
  const digits = [...[...eleven].map((sign) => LETTERS.indexOf(sign)).join('')].map(Number)
  const last = digits.length - 1
  return `${eleven}${checkDigit(digits, (place) => (last - place) % 2 === 0)}`
}

function withFigiCheck(eleven: string): string {
  const values = [...eleven].map((sign) => LETTERS.indexOf(sign))
  return `${eleven}${checkDigit(values, (place) => place % 2 === 1)}`
}

function drawn(signs: string, count: number, bits: number): string {
  let text = ''
  for (let place = 0; place < count; place += 1) text += signs[mix(bits, place) % signs.length]
  return text
}

/** ISIN, CUSIP and FIGI of a stock, fund or bond; nothing for all else. */
export function securityIdsOf(
  instrument: Pick<Instrument, 'symbol' | 'conId' | 'currency'> & { readonly secType: string },
): Record<string, string> {
  const { secType, symbol, conId, currency } = instrument
  if (secType !== 'STK' && secType !== 'BOND' && secType !== 'FUND') return {}
  const bits = mix(hashText('security id'), conId)
  // what is listed in Frankfurt has a German number and none of America
  if (currency === 'EUR') {
    const isin = withIsinCheck(`DE${drawn('0123456789', 9, bits)}`)
    return { ISIN: isin, FIGI: withFigiCheck(`BBG00${drawn(CONSONANTS, 6, mix(bits, 1))}`) }
  }
  const known = secType === 'STK' ? KNOWN_ISINS[symbol] : undefined
  const figi = secType === 'STK' ? KNOWN_FIGIS[symbol] : undefined
  const cusip = known?.slice(2, 11) ?? withCusipCheck(drawn('0123456789', 8, bits))
  return {
    CUSIP: cusip,
    ISIN: known ?? withIsinCheck(`US${cusip}`),
    FIGI: figi ?? withFigiCheck(`BBG00${drawn(CONSONANTS, 6, mix(bits, 1))}`),
  }
}
