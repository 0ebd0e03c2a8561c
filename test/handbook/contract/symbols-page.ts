import { completed } from '../../../instance/ib/translate-contract.ts'
import { CURRENCIES, MONTH_CODES } from '../../../shared/symbol.ts'
import type { Page } from './pages.ts'

/** A form, and words of it that all mean the same; what that is says the grammar itself. */
function formRow(form: string, ...words: readonly [string, ...string[]]) {
  const meant = Object.entries(completed({ symbol: words[0] }))
  return {
    cells: [
      form,
      words.map((word) => `\`${word}\``).join(', '),
      meant.map(([field, value]) => `\`${field}=${value}\``).join(', '),
    ],
  }
}

/** How instruments are named in one word. */
export const symbolsPage: Page = {
  name: 'symbols',
  title: 'Symbols',
  lead: "Wherever a call takes a `{symbol}` or `symbol=`, one word can name an instrument. IB's own fields (`secType`, `exchange`, `currency`, `conId`, `lastTradeDateOrContractMonth`, `strike`, `right`, `multiplier`, `primaryExch`, `localSymbol`, `tradingClass`) say the same at length, and whatever they say counts before what the word seems to mean.",
  sections: [
    {
      heading: 'Forms',
      table: {
        head: ['form', 'example', 'is read as'],
        rows: [
          formRow('a name', 'AAPL'),
          formRow('two currencies with a dot', 'EUR.USD'),
          formRow(
            "an option's OCC code, with or without its blanks",
            'AAPL  260116C00200000',
            'AAPL260116C00200000',
          ),
          formRow('a future: its root, the letter of the month, the year', 'ESZ26'),
          formRow("digits only: IB's number of the contract", '265598'),
        ],
      },
    },
    {
      heading: 'Grammar',
      text: [
        'The first form that fits is meant; what fits none is a name. Letters are capitals.',
        '`word = conId | pair | option | future | name`',
        '`conId = digit {digit}`, 1 to 10 digits, the first no 0',
        '`pair = currency "." currency`, two different ones of those below',
        '`option = root {" "} yy mm dd ("C" | "P") strike`, `root` being a letter and up to 5 letters, digits or dots, `strike` eight digits: the price times 1000; the day must be one',
        '`future = root month year`, `root` being 1 to 5 letters and digits, `month` one of the letters below, `year` one digit or two. `ESZ6` means the next year that ends so, counted from a year ago',
        `\`currency = ${[...CURRENCIES].map((code) => `"${code}"`).join(' | ')}\``,
        'A name is taken as IB writes it: `BRK B`, `EUR`, `ES`.',
      ],
    },
    {
      heading: 'Months of futures',
      table: {
        head: ['letter', 'month'],
        rows: [...MONTH_CODES].map((letter, index) => ({
          cells: [`\`${letter}\``, String(index + 1).padStart(2, '0')],
        })),
      },
    },
    {
      heading: 'Where a word has two meanings',
      text: [
        'A stock whose name looks like a future or a pair is meant with `secType=STK`: another `secType` or `currency` than the word means, or a field that names a contract itself (`conId`, `localSymbol`, `secId`, `lastTradeDateOrContractMonth`, `strike`, `right`), leaves the word as it is. Where IB knows several contracts, the answer is 422 with `candidates`: name it more closely, or by `conId`. `GET /contract/search` finds contracts by the beginning of their symbol or name.',
      ],
    },
  ],
}
