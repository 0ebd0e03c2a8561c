import { type Element, element, xmlText } from '../wire/xml.ts'
import { type Company, type Quarter, summed } from '../world/fundamentals.ts'
import { securityIdsOf } from '../world/security-ids.ts'
import {
  companyHead,
  forecast,
  QUARTERS,
  ratios,
  recommendationTrend,
  type Subject,
  VERSION,
  YEARS,
} from './fundamental-parts.ts'
import { statements } from './fundamental-statements.ts'

/** Estimates are told for so many years to come. */
const YEARS_AHEAD = 3

function snapshot(subject: Subject): Element {
  const { company } = subject
  const { longName, industry } = company.instrument
  return element(
    'ReportSnapshot',
    VERSION,
    ...companyHead(subject),
    element(
      'TextInfo',
      {},
      element(
        'Text',
        { Type: 'Business Summary', lastModified: `${subject.today}T00:00:00` },
        `${longName} is a company of the ${industry} sector.`,
      ),
    ),
    element(
      'peerInfo',
      { lastUpdated: `${subject.today}T00:00:00` },
      element(
        'IndustryInfo',
        {},
        element('Industry', { type: 'TRBC', order: '1', reported: '0' }, industry),
      ),
    ),
    ratios(subject),
    forecast(subject),
  )
}

function ratioReport(subject: Subject): Element {
  return element(
    'ReportRatios',
    VERSION,
    ...companyHead(subject),
    ratios(subject),
    forecast(subject),
    recommendationTrend(),
  )
}

/** One figure of many periods: of whole years, of twelve months up to a quarter, and of quarters. */
function series(
  { company, now }: Subject,
  [list, one]: readonly [string, string],
  read: (of: Quarter) => number,
): Element {
  const told = (of: Quarter, reportType: string, period: string) =>
    element(one, { asofDate: of.end, reportType, period }, read(of).toFixed(5))
  const quarters = company.quarters(now, QUARTERS + 3)
  return element(
    list,
    { currency: 'USD' },
    ...company.years(now, YEARS).map((year) => told(year, 'A', '12M')),
    ...quarters
      .slice(3)
      .map((_, place) => told(summed(quarters.slice(place, place + 4)), 'TTM', '12M')),
    ...quarters.slice(3).map((quarter) => told(quarter, 'A', '3M')),
  )
}

function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10)
}

function summary(subject: Subject): Element {
  const { company, now } = subject
  const paid = company.quarters(now, QUARTERS).filter(({ dividend }) => dividend > 0)
  return element(
    'FinancialSummary',
    {},
    series(subject, ['EPSs', 'EPS'], ({ eps }) => eps),
    series(subject, ['DividendPerShares', 'DividendPerShare'], ({ dividend }) => dividend),
    series(subject, ['TotalRevenues', 'TotalRevenue'], ({ revenue }) => revenue * 1e6),
    element(
      'Dividends',
      { currency: 'USD' },
      ...paid.map(({ end, dividend }) =>
        element(
          'Dividend',
          {
            ...{ type: 'CD', exDate: dayAfter(end, 12), recordDate: dayAfter(end, 13) },
            ...{ payDate: dayAfter(end, 25), declarationDate: dayAfter(end, -10) },
          },
          dividend.toFixed(5),
        ),
      ),
    ),
  )
}

/** What analysts estimate: name, unit (`U` one, `M` a million), and where the figure comes from. */
const ESTIMATED: readonly (readonly [string, 'U' | 'M', (of: Quarter) => number])[] = [
  ['REVENUE', 'M', ({ revenue }) => revenue],
  ['NETPROFIT', 'M', ({ netIncome }) => netIncome],
  ['EPS', 'U', ({ eps }) => eps],
  ['DPS', 'U', ({ dividend }) => dividend],
]
/** Estimates lie around the figure that will come. */
const SPREAD = [
  ['High', 1.06],
  ['Low', 0.93],
  ['Mean', 1],
  ['Median', 1.002],
] as const

function estimates({ company, today, now }: Subject): Element {
  const years = company.years(now, YEARS)
  const next = (years.at(-1)?.year ?? 0) + 1
  const period = (of: Quarter, ...inside: readonly Element[]) =>
    element(
      'FYPeriod',
      { periodType: 'A', fYear: of.year, endMonth: 12, endCalYear: of.year },
      ...inside,
    )
  const actuals = ESTIMATED.map(([type, unit, read]) =>
    element(
      'FYActual',
      { type, unit },
      ...years.map((year) =>
        period(
          year,
          element('ActValue', { updated: `${year.reported}T00:00:00` }, read(year).toFixed(4)),
        ),
      ),
    ),
  )
  const ahead = Array.from({ length: YEARS_AHEAD }, (_, place) => company.year(next + place))
  const expected = ESTIMATED.map(([type, unit, read]) =>
    element(
      'FYEstimate',
      { type, unit },
      ...ahead.map((year) =>
        period(
          year,
          ...SPREAD.map(([kind, times]) =>
            element(
              'ConsEstimate',
              { type: kind },
              element('ConsValue', { dateType: 'CURR' }, (read(year) * times).toFixed(4)),
            ),
          ),
        ),
      ),
    ),
  )
  return element(
    'REarnEstCons',
    { ...VERSION, date: `${today}T00:00:00` },
    element(
      'Company',
      { ...companyAttributes(company) },
      element('CoName', {}, element('Name', { set: 'true' }, company.instrument.longName)),
      element('Actuals', {}, element('FYActuals', {}, ...actuals)),
      element('ConsEstimates', {}, element('FYEstimates', {}, ...expected)),
    ),
  )
}

function companyAttributes({ instrument }: Company): Record<string, string> {
  return { ticker: instrument.symbol, currency: 'USD', code: String(instrument.conId) }
}

function calendar({ company, now }: Subject): Element {
  const last = company.lastQuarter(now)
  const coming = [last, last + 1, last + 2].map((quarter) => company.quarter(quarter))
  return element(
    'WallStreetHorizon',
    {},
    element(
      'Company',
      companyAttributes(company),
      element('Name', {}, company.instrument.longName),
      element(
        'EarningsList',
        {},
        ...coming.map(({ year, number, reported }) =>
          element(
            'Earnings',
            {},
            element('Period', {}, `Q${number}-${year}`),
            element('Etype', {}, reported <= new Date(now).toISOString().slice(0, 10) ? 'V' : 'U'),
            element('Date', {}, reported),
            element('TimeZone', {}, 'EST'),
          ),
        ),
      ),
    ),
  )
}

function ownership({ company, today }: Subject): Element {
  const asofDate = { asofDate: today }
  const owners = [0.08, 0.07, 0.04, 0.02, 0.01].map((share, place) =>
    element(
      'Owner',
      { ownerId: `O${company.instrument.conId}${place}` },
      element('type', {}, '1'),
      element('name', {}, `Institution ${place + 1}`),
      element('quantity', asofDate, Math.round(company.shares * share)),
    ),
  )
  return element(
    'OwnershipDetails',
    {},
    element('ISIN', {}, securityIdsOf(company.instrument).ISIN ?? ''),
    element('floatShares', asofDate, Math.round(company.shares * 0.99)),
    ...owners,
  )
}

const REPORTS: Readonly<Record<string, (subject: Subject) => Element>> = {
  ReportSnapshot: snapshot,
  ReportsFinSummary: summary,
  ReportRatios: ratioReport,
  ReportsFinStatements: statements,
  ReportsOwnership: ownership,
  RESC: estimates,
  CalendarReport: calendar,
}

/** Whether there is a report of that name. */
export function isReport(type: string): boolean {
  return Object.hasOwn(REPORTS, type)
}

/** One report on a company, as XML. */
export function reportOn(subject: Subject, type: string): string {
  return xmlText((REPORTS[type] as (subject: Subject) => Element)(subject))
}
