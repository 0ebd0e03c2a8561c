import { type Element, element } from '../wire/xml.ts'
import type { Quarter } from '../world/fundamentals.ts'
import { companyHead, QUARTERS, type Subject, VERSION, YEARS } from './fundamental-parts.ts'

type Statement = 'INC' | 'BAL' | 'CAS'

/** Lines of the statements: code, statement, place, name, and where its amount comes from, millions of USD. */
const LINES: readonly (readonly [
  code: string,
  of: Statement,
  place: number,
  name: string,
  read: (of: Quarter) => number,
])[] = [
  ['SREV', 'INC', 100, 'Revenue', ({ revenue }) => revenue],
  ['RTLR', 'INC', 310, 'Total Revenue', ({ revenue }) => revenue],
  ['SCOR', 'INC', 360, 'Cost of Revenue, Total', (of) => of.revenue - of.grossProfit],
  ['SGRP', 'INC', 370, 'Gross Profit', ({ grossProfit }) => grossProfit],
  ['SOPI', 'INC', 580, 'Operating Income', ({ operatingIncome }) => operatingIncome],
  ['EIBT', 'INC', 670, 'Net Income Before Taxes', ({ pretaxIncome }) => pretaxIncome],
  ['TTAX', 'INC', 680, 'Provision for Income Taxes', (of) => of.pretaxIncome - of.netIncome],
  ['NINC', 'INC', 780, 'Net Income', ({ netIncome }) => netIncome],
  ['SDBF', 'INC', 840, 'Diluted EPS Excluding ExtraOrd Items', ({ eps }) => eps],
  ['DDPS1', 'INC', 850, 'DPS - Common Stock Primary Issue', ({ dividend }) => dividend],
  ['SCSI', 'BAL', 120, 'Cash and Short Term Investments', ({ cash }) => cash],
  ['ATOT', 'BAL', 300, 'Total Assets', ({ assets }) => assets],
  ['STLD', 'BAL', 400, 'Total Debt', ({ debt }) => debt],
  ['LTLL', 'BAL', 470, 'Total Liabilities', (of) => of.assets - of.equity],
  ['QTLE', 'BAL', 570, 'Total Equity', ({ equity }) => equity],
  ['QTEL', 'BAL', 580, "Total Liabilities & Shareholders' Equity", ({ assets }) => assets],
  ['ONET', 'CAS', 100, 'Net Income/Starting Line', ({ netIncome }) => netIncome],
  ['OTLO', 'CAS', 200, 'Cash from Operating Activities', ({ operatingCash }) => operatingCash],
  ['SCEX', 'CAS', 210, 'Capital Expenditures', ({ capitalSpent }) => capitalSpent],
  ['FCDP', 'CAS', 260, 'Total Cash Dividends Paid', ({ dividendsPaid }) => dividendsPaid],
]

function statement(of: Quarter, type: Statement, months: number, form: string): Element {
  const lines = LINES.filter(([, statement]) => statement === type)
  return element(
    'Statement',
    { Type: type },
    element(
      'FPHeader',
      {},
      element('PeriodLength', {}, months),
      element('periodType', { Code: 'M' }, 'Months'),
      element('UpdateType', { Code: 'UPD' }, 'Updated Normal'),
      element('StatementDate', {}, of.end),
      element('Source', { Date: of.reported }, form),
    ),
    ...lines.map(([coaCode, , , , read]) =>
      element('lineItem', { coaCode }, read(of).toFixed(coaCode.startsWith('D') ? 5 : 4)),
    ),
  )
}

function fiscalPeriod(of: Quarter, type: 'Annual' | 'Interim'): Element {
  const [months, form] = type === 'Annual' ? [12, '10-K'] : [3, '10-Q']
  return element(
    'FiscalPeriod',
    {
      ...{ Type: type, EndDate: of.end, FiscalYear: of.year },
      ...(type === 'Interim' ? { FiscalPeriodNumber: of.number } : {}),
    },
    ...(['INC', 'BAL', 'CAS'] as const).map((one) =>
      statement(of, one, months as number, form as string),
    ),
  )
}

/** ReportsFinStatements: income, balance and cash of years and quarters, the latest first. */
export function statements(subject: Subject): Element {
  const { company, now } = subject
  const map = LINES.map(([coaItem, statementType, lineID, name]) =>
    element('mapItem', { coaItem, statementType, lineID, precision: 1 }, name),
  )
  const years = company.years(now, YEARS).reverse()
  const quarters = company.quarters(now, QUARTERS).reverse()
  return element(
    'ReportFinancialStatements',
    VERSION,
    ...companyHead(subject),
    element(
      'StatementInfo',
      {},
      element('COAType', { Code: 'IND' }, 'Industry'),
      element('BalanceSheetDisplay', { Code: 'DIF' }, 'Differentiated'),
      element('CashFlowMethod', { Code: 'IND' }, 'Indirect'),
    ),
    element(
      'FinancialStatements',
      {},
      element('COAMap', {}, ...map),
      element('AnnualPeriods', {}, ...years.map((year) => fiscalPeriod(year, 'Annual'))),
      element('InterimPeriods', {}, ...quarters.map((quarter) => fiscalPeriod(quarter, 'Interim'))),
    ),
  )
}
