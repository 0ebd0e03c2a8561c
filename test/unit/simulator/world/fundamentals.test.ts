import t from 'tap'
import { isReport, reportOn } from '../../../../simulator/answers/fundamental-documents.ts'
import { type Element, parseXml } from '../../../../simulator/wire/xml.ts'
import { Catalogue } from '../../../../simulator/world/catalogue.ts'
import { type Company, Fundamentals } from '../../../../simulator/world/fundamentals.ts'
import { ManualClock } from '../manual-clock.ts'

const clock = new ManualClock()
const catalogue = new Catalogue(clock.now)
const fundamentals = new Fundamentals(1)

function companyOf(symbol: string): Company | undefined {
  const [stock] = catalogue.find({ symbol, secType: 'STK' })
  return stock && fundamentals.of(stock)
}

function* all(root: Element, name: string): Generator<Element> {
  if (root.name === name) yield root
  for (const child of root.children) yield* all(child, name)
}

const apple = companyOf('AAPL') as Company
const subject = {
  ...{ company: apple, now: clock.now(), today: '2026-11-20' },
  ...{ price: 230, high: 250, low: 180 },
}

t.test('companies have figures; funds and currencies have none', (t) => {
  t.ok(companyOf('IBM'))
  t.equal(companyOf('SPY'), undefined)
  const [pair] = catalogue.find({ symbol: 'EUR', secType: 'CASH', currency: 'USD' })
  t.ok(pair)
  if (pair !== undefined) t.equal(fundamentals.of(pair), undefined)
  t.equal(companyOf('IBM')?.shares, companyOf('IBM')?.shares)
  t.end()
})

t.test('the figures of quarters agree with each other and with the year', (t) => {
  for (const symbol of ['AAPL', 'KO', 'XOM', 'TSLA']) {
    const company = companyOf(symbol) as Company
    const year = company.year(2025)
    const quarters = [0, 1, 2, 3].map((place) => company.quarter(2025 * 4 + place))
    const revenue = quarters.reduce((sum, quarter) => sum + quarter.revenue, 0)
    t.ok(Math.abs(year.revenue - revenue) < 1e-6 * revenue)
    for (const { eps, netIncome, revenue, grossProfit, operatingIncome, end } of quarters) {
      t.ok(Math.abs(eps - netIncome / (company.shares / 1e6)) < 1e-9)
      t.ok(netIncome < operatingIncome && operatingIncome < grossProfit && grossProfit < revenue)
      t.match(end, /^2025-(03-31|06-30|09-30|12-31)$/)
    }
  }
  t.end()
})

t.test('a quarter is told when it has been reported, forty days after its end', (t) => {
  t.equal(apple.quarters(Date.UTC(2026, 10, 8), 1)[0]?.end, '2026-06-30')
  t.equal(apple.quarters(Date.UTC(2026, 10, 10), 1)[0]?.end, '2026-09-30')
  t.equal(apple.years(Date.UTC(2026, 10, 10), 1)[0]?.end, '2025-12-31')
  t.end()
})

t.test('every report is a well-formed document', (t) => {
  const roots = {
    ReportSnapshot: 'ReportSnapshot',
    ReportsFinSummary: 'FinancialSummary',
    ReportRatios: 'ReportRatios',
    ReportsFinStatements: 'ReportFinancialStatements',
    ReportsOwnership: 'OwnershipDetails',
    RESC: 'REarnEstCons',
    CalendarReport: 'WallStreetHorizon',
  }
  for (const [type, root] of Object.entries(roots)) {
    t.ok(isReport(type))
    t.equal(parseXml(reportOn(subject, type)).name, root)
  }
  t.notOk(isReport('toString'))
  t.end()
})

t.test('the snapshot agrees with the price and with the summary', (t) => {
  const snapshot = parseXml(reportOn(subject, 'ReportSnapshot'))
  const figure = (name: string) =>
    Number([...all(snapshot, 'Ratio')].find((one) => one.attributes.FieldName === name)?.text)
  t.equal(figure('NPRICE'), 230)
  t.ok(Math.abs(figure('MKTCAP') * 1e6 - 230 * apple.shares) < 1000)
  t.ok(Math.abs(figure('PEEXCLXOR') - 230 / figure('TTMEPSXCLX')) < 0.001)
  t.ok(Math.abs(figure('TTMREV') / (apple.shares / 1e6) - figure('TTMREVPS')) < 0.001)
  const summary = parseXml(reportOn(subject, 'ReportsFinSummary'))
  const lastEps = [...all(summary, 'EPS')].filter((one) => one.attributes.reportType === 'TTM')
  t.equal(Number(lastEps.at(-1)?.text), figure('TTMEPSXCLX'))
  t.end()
})

t.test('the balance sheet balances in every period', (t) => {
  const root = parseXml(reportOn(subject, 'ReportsFinStatements'))
  const periods = [...all(root, 'FiscalPeriod')]
  t.equal(periods.filter(({ attributes }) => attributes.Type === 'Annual').length, 5)
  t.equal(periods.filter(({ attributes }) => attributes.FiscalPeriodNumber).length, 6)
  for (const period of periods) {
    const line = (code: string) =>
      Number([...all(period, 'lineItem')].find((one) => one.attributes.coaCode === code)?.text)
    t.ok(Math.abs(line('ATOT') - line('LTLL') - line('QTLE')) < 0.001)
    t.ok(line('SREV') > line('NINC'))
  }
  t.end()
})
