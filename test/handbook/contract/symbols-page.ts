import type { Page } from './pages.ts'

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
          {
            cells: [
              'a name',
              '`AAPL`',
              '`symbol=AAPL`, `secType=STK`, `exchange=SMART`, `currency=USD`',
            ],
          },
          {
            cells: [
              'two currencies with a dot',
              '`EUR.USD`',
              '`symbol=EUR`, `secType=CASH`, `currency=USD`, `exchange=IDEALPRO`',
            ],
          },
          {
            cells: [
              "an option's OCC code, with or without its blanks",
              '`AAPL  260116C00200000`, `AAPL260116C00200000`',
              '`symbol=AAPL`, `secType=OPT`, `lastTradeDateOrContractMonth=20260116`, `right=C`, `strike=200`',
            ],
          },
          {
            cells: [
              'a future: its root, the letter of the month, the last digit of the year',
              '`ESZ6`',
              '`symbol=ES`, `secType=FUT`, `lastTradeDateOrContractMonth=202612`; the exchange is left to IB',
            ],
          },
          { cells: ["digits only: IB's number of the contract", '`265598`', '`conId=265598`'] },
        ],
      },
    },
    {
      heading: 'Grammar',
      text: [
        'The first form that fits is meant; what fits none is a name.',
        '`word = conId | pair | option | future | name`',
        '`conId = digit {digit}`',
        '`pair = currency "." currency`, `currency` being three capital letters',
        '`option = root {" "} yy mm dd ("C" | "P") strike`, `root` being 1 to 6 letters and digits, `strike` eight digits: the price times 1000',
        '`future = root month digit`, `month` being one of the letters below',
        '`name = 1 to 32 signs`',
      ],
    },
    {
      heading: 'Months of futures',
      table: {
        head: ['letter', 'month'],
        rows: [...'FGHJKMNQUVXZ'].map((letter, index) => ({
          cells: [`\`${letter}\``, String(index + 1).padStart(2, '0')],
        })),
      },
    },
    {
      heading: 'Where a word has two meanings',
      text: [
        'A stock whose name looks like a future or a pair is meant with `secType=STK`. Where IB knows several contracts, the answer is 422 `IB_UNKNOWN_CONTRACT`: name it more closely, or by `conId`. `GET /contract/search` finds contracts by the beginning of their symbol or name.',
      ],
    },
  ],
}
