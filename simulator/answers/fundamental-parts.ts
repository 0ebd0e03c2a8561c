import { type Element, element } from '../wire/xml.ts'
import { type Company, summed } from '../world/fundamentals.ts'

/** A company at one moment and price. */
export interface Subject {
  readonly company: Company
  readonly now: number
  /** `2026-11-20` */
  readonly today: string
  readonly price: number
  /** highest and lowest of a year */
  readonly high: number
  readonly low: number
}

/** Periods that are told: years, and quarters. */
export const YEARS = 5
export const QUARTERS = 6
/** Version of the documents. */
export const VERSION = { Major: '1', Minor: '0', Revision: '1' }

const EXCHANGE_CODES: Readonly<Record<string, string>> = {
  NASDAQ: 'NASD',
  NYSE: 'NYSE',
  ARCA: 'ARCX',
  AMEX: 'AMEX',
  BATS: 'BATS',
}

/** Who the company is, and what it has issued: the beginning of most reports. */
export function companyHead({ company, today, now }: Subject): Element[] {
  const { instrument, shares, employees, cik } = company
  const { symbol, longName, primaryExch } = instrument
  const [year] = company.years(now, 1)
  const [quarter] = company.quarters(now, 1)
  const coIds = [
    ['RepNo', `A${instrument.conId}`],
    ['CompanyName', longName],
    ['IRSNo', cik.slice(1)],
    ['CIKNo', cik],
  ] as const
  const issueIds = [
    ['Name', 'Ordinary Shares'],
    ['Ticker', symbol],
    ['RIC', `${symbol}.${primaryExch === 'NASDAQ' ? 'OQ' : 'N'}`],
    ['DisplayRIC', `${symbol}.${primaryExch === 'NASDAQ' ? 'O' : 'N'}`],
    ['InstrumentPI', String(instrument.conId)],
  ] as const
  return [
    element('CoIDs', {}, ...coIds.map(([Type, text]) => element('CoID', { Type }, text))),
    element(
      'Issues',
      {},
      element(
        'Issue',
        { ID: '1', Type: 'C', Desc: 'Common Stock', Order: '1' },
        ...issueIds.map(([Type, text]) => element('IssueID', { Type }, text)),
        element(
          'Exchange',
          { Code: EXCHANGE_CODES[primaryExch] ?? primaryExch, Country: 'USA' },
          primaryExch,
        ),
        element('MostRecentSplit', { Date: '2014-06-09' }, '1.0'),
      ),
    ),
    element(
      'CoGeneralInfo',
      {},
      element('CoStatus', { Code: '1' }, 'Active'),
      element('CoType', { Code: 'EQU' }, 'Equity Issue'),
      element('LastModified', {}, quarter?.reported ?? today),
      element('LatestAvailableAnnual', {}, year?.end ?? today),
      element('LatestAvailableInterim', {}, quarter?.end ?? today),
      element('Employees', { LastUpdated: year?.end ?? today }, employees),
      element(
        'SharesOut',
        { Date: quarter?.end ?? today, TotalFloat: `${shares}.0` },
        `${shares}.0`,
      ),
      element('ReportingCurrency', { Code: 'USD' }, 'U.S. Dollars'),
      element('MostRecentExchange', { Date: today }, '1.0'),
    ),
  ]
}

type Rows = readonly (readonly [name: string, value: number | string])[]

function group(ID: string, rows: Rows): Element {
  return element(
    'Group',
    { ID },
    ...rows.map(([FieldName, value]) =>
      typeof value === 'string'
        ? element('Ratio', { FieldName, Type: 'D' }, value)
        : element('Ratio', { FieldName, Type: 'N' }, value.toFixed(5)),
    ),
  )
}

/** Ratios of the last twelve months (`TTM…`) and of the last year (`A…`), at the price of the moment. */
export function ratios({ company, now, today, price, high, low }: Subject): Element {
  const { shares, instrument, employees } = company
  const ttm = summed(company.quarters(now, 4))
  const [year = ttm] = company.years(now, 1)
  const millions = shares / 1e6
  const marketCap = company.marketCap(price) / 1e6
  const of = (period: typeof ttm) => ({
    revenue: period.revenue,
    ebitda: period.operatingIncome * 1.15,
    perShare: (amount: number) => amount / millions,
  })
  const { perShare } = of(ttm)
  return element(
    'Ratios',
    {
      ...{ PriceCurrency: 'USD', ReportingCurrency: 'USD', ExchangeRate: '1.00000' },
      LatestAvailableDate: ttm.end,
    },
    group('Price and Volume', [
      ['NPRICE', price],
      ['NHIG', high],
      ['NLOW', low],
      ['PDATE', `${today}T00:00:00`],
      ['VOL10DAVG', instrument.path.dailyVolume / 1e6],
      ['EV', marketCap + ttm.debt - ttm.cash],
      ['MKTCAP', marketCap],
    ]),
    group('Income Statement', [
      ['TTMREV', ttm.revenue],
      ['TTMEBITD', of(ttm).ebitda],
      ['TTMNIAC', ttm.netIncome],
      ['AREV', year.revenue],
      ['AEBITD', of(year).ebitda],
      ['ANIAC', year.netIncome],
    ]),
    group('Per share data', [
      ['TTMEPSXCLX', ttm.eps],
      ['TTMREVPS', perShare(ttm.revenue)],
      ['QBVPS', perShare(ttm.equity)],
      ['QCSHPS', perShare(ttm.cash)],
      ['TTMCFSHR', perShare(ttm.operatingCash)],
      ['TTMDIVSHR', ttm.dividend],
      ['AEPSXCLXOR', year.eps],
      ['ADIVSHR', year.dividend],
    ]),
    group('Other Ratios', [
      ['TTMGROSMGN', (ttm.grossProfit / ttm.revenue) * 100],
      ['TTMROEPCT', (ttm.netIncome / ttm.equity) * 100],
      ['TTMPR2REV', marketCap / ttm.revenue],
      ['PEEXCLXOR', price / ttm.eps],
      ['PRICE2BK', marketCap / ttm.equity],
      ['Employees', employees],
    ]),
  )
}

/** What analysts expect on the whole. */
export function forecast({ company, now, price }: Subject): Element {
  const coming = company.year((company.years(now, 1)[0]?.year ?? 0) + 1)
  const quarter = company.quarter(company.lastQuarter(now) + 1)
  const rows: Rows = [
    ['ConsRecom', 2],
    ['TargetPrice', price * 1.12],
    ['ProjLTGrowthRate', company.growth * 100],
    ['ProjPE', price / coming.eps],
    ['ProjSales', coming.revenue],
    ['ProjSalesQ', quarter.revenue],
    ['ProjEPS', coming.eps],
    ['ProjEPSQ', quarter.eps],
    ['ProjProfit', coming.pretaxIncome],
    ['ProjDPS', coming.dividend],
  ]
  return element(
    'ForecastData',
    {
      ...{ ConsensusType: 'Mean', CurFiscalYear: coming.year, CurFiscalYearEndMonth: 12 },
      ...{ CurInterimEndCalYear: quarter.year, CurInterimEndMonth: quarter.number * 3 },
      EarningsBasis: 'PRX',
    },
    ...rows.map(([FieldName, value]) =>
      element(
        'Ratio',
        { FieldName, Type: 'N' },
        element('Value', { PeriodType: 'CURR' }, (value as number).toFixed(4)),
      ),
    ),
  )
}

/** How many analysts say buy, hold, or sell. */
export function recommendationTrend(): Element {
  const opinions = [
    ['1', 'BUY', 9],
    ['2', 'OUTPERFORM', 14],
    ['3', 'HOLD', 8],
    ['4', 'UNDERPERFORM', 2],
    ['5', 'SELL', 1],
  ] as const
  return element(
    'ConsRecommendationTrend',
    {},
    element(
      'RatingTrend',
      {},
      ...opinions.map(([rating, desc, count]) => element('Rating', { rating, desc }, count)),
    ),
  )
}
