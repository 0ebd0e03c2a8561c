/**
 * The shorthand by which a contract can be named in one word (docs/api.md):
 *
 *     conId    = 1*10DIGIT                                   265598
 *     pair     = currency "." currency                       EUR.USD
 *     option   = root *SP yymmdd ("C" / "P") 8DIGIT          AAPL  260116C00200000   (OCC; strike in thousandths)
 *     future   = root month-code 1*2DIGIT                    ESZ6, ESZ26
 *     stock    = everything else                             AAPL
 */

/** What a shorthand says, in IB's own fields; a `symbol` beside `secType` is IB's. */
export interface Spelled {
  readonly symbol?: string
  readonly secType?: 'CASH' | 'OPT' | 'FUT'
  readonly currency?: string
  readonly conId?: number
  readonly localSymbol?: string
  readonly lastTradeDateOrContractMonth?: string
  readonly strike?: number
  readonly right?: 'C' | 'P'
}

/** Currencies IB trades against each other. A pair is one only of these: `BRK.B` is none. */
export const CURRENCIES: ReadonlySet<string> = new Set(
  (
    'AED AUD BGN BRL CAD CHF CNH CNY CZK DKK EUR GBP HKD HUF IDR ILS INR JPY KRW MXN MYR ' +
    'NOK NZD PHP PLN QAR RON RUB SAR SEK SGD THB TRY TWD USD ZAR'
  ).split(' '),
)

/** January to December, as exchanges write them. */
export const MONTH_CODES = 'FGHJKMNQUVXZ'

const CON_ID = /^[1-9]\d{0,9}$/
const PAIR = /^([A-Z]{3})\.([A-Z]{3})$/
const OPTION = /^([A-Z][A-Z0-9.]{0,5}?) *(\d{2})(\d{2})(\d{2})([CP])(\d{8})$/
const FUTURE = new RegExp(`^([A-Z0-9]{1,5}?)([${MONTH_CODES}])(\\d{1,2})$`)

/** An expired contract can be meant for so many years back. */
const YEARS_BACK = 1

function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

/** The year that ends in these digits, among those from a year ago on. */
function yearOf(digits: string, now: Date): number {
  const span = 10 ** digits.length
  const first = now.getUTCFullYear() - YEARS_BACK
  return first + ((((Number(digits) - first) % span) + span) % span)
}

/** What a word says by this grammar; undefined: it is IB's own symbol as it stands. */
export function readSymbol(text: string, now: Date = new Date()): Spelled | undefined {
  if (CON_ID.test(text)) {
    const conId = Number(text)
    return conId <= 2_147_483_647 ? { conId } : undefined
  }
  const [, base = '', quote = ''] = PAIR.exec(text) ?? []
  if (base !== quote && CURRENCIES.has(base) && CURRENCIES.has(quote))
    return { symbol: base, secType: 'CASH', currency: quote }
  const option = OPTION.exec(text)
  if (option !== null) {
    const [, root = '', year, month, day, right, thousandths] = option
    if (!isDay(2000 + Number(year), Number(month), Number(day))) return undefined
    const localSymbol = `${root.padEnd(6)}${year}${month}${day}${right}${thousandths}`
    // the code names it whole, also where its root is not the symbol of what it is on
    return { secType: 'OPT', localSymbol }
  }
  const [, root, code = '', digits] = FUTURE.exec(text) ?? []
  if (root === undefined || digits === undefined) return undefined
  const month = String(MONTH_CODES.indexOf(code) + 1).padStart(2, '0')
  const lastTradeDateOrContractMonth = `${yearOf(digits, now)}${month}`
  return { symbol: root, secType: 'FUT', lastTradeDateOrContractMonth }
}

/** Fields that name a contract by themselves, or say what kind the symbol is of. */
const NAMING = [
  'conId',
  'localSymbol',
  'secId',
  'lastTradeDateOrContractMonth',
  'strike',
  'right',
] as const

/** What may stand beside a symbol, as far as it decides how that is read. */
export interface Beside {
  readonly symbol?: string | undefined
  readonly secType?: string | undefined
  readonly currency?: string | undefined
}

/**
 * A description of a contract with its symbol read by the grammar. What is said beside it decides: with another `secType`
 * or `currency` than the shorthand means, or with fields that name a contract themselves, the symbol is IB's as it stands.
 */
export function spelledOut<Description extends Beside>(
  given: Description,
  now?: Date,
): Description {
  const { symbol, secType, currency } = given
  if (symbol === undefined) return given
  const named = given as Readonly<Record<string, unknown>>
  if (NAMING.some((field) => named[field] !== undefined)) return given
  const spelled = readSymbol(symbol, now)
  if (spelled === undefined) return given
  if (secType !== undefined && secType !== spelled.secType) return given
  if (currency !== undefined && spelled.currency !== undefined && currency !== spelled.currency)
    return given
  const { symbol: _, ...rest } = given
  return { ...rest, ...spelled } as unknown as Description
}
