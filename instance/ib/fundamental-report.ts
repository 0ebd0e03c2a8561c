import type { ReportType } from '../../shared/schemas/fundamentals.ts'
import { numberOf } from './absent.ts'
import { childOf, childrenOf, insideOf, textIn, type XmlElement } from './xml.ts'

/** A number as IB's reports write it, or `null`: -99999.99 stands for "not available" there. */
function figureOf(text: string | null): number | null {
  if (text === null || !/^-?\d+(\.\d+)?$/.test(text)) return null
  const value = Number(text)
  return value === -99_999.99 || value === -99_999.999 ? null : numberOf(value)
}

/** Who the company is: by its ids, the name among them. */
function companyOf(root: XmlElement): object {
  const ids = [...insideOf(root, 'CoID')].flatMap(({ attributes: { Type }, text }) =>
    Type === undefined ? [] : [[Type, text] as const],
  )
  return Object.fromEntries(ids)
}

/** Ratios and forecasts by IB's names of them; days stay texts. */
function ratiosOf(root: XmlElement): object {
  const ratios = [...insideOf(root, 'Ratio')].flatMap((ratio) => {
    const { FieldName, Type } = ratio.attributes
    if (FieldName === undefined) return []
    const text = textIn(ratio, 'Value') ?? (ratio.text === '' ? null : ratio.text)
    return [[FieldName, Type === 'D' ? text : figureOf(text)] as const]
  })
  return Object.fromEntries(ratios)
}

function seriesOf(root: XmlElement, list: string, one: string): object[] {
  return childrenOf(childOf(root, list), one).map(({ attributes, text }) => ({
    asOfDate: attributes.asofDate ?? null,
    reportType: attributes.reportType ?? null,
    period: attributes.period ?? null,
    value: figureOf(text),
  }))
}

function summaryOf(root: XmlElement): object {
  const dividends = childrenOf(childOf(root, 'Dividends'), 'Dividend')
  return {
    eps: seriesOf(root, 'EPSs', 'EPS'),
    dividendsPerShare: seriesOf(root, 'DividendPerShares', 'DividendPerShare'),
    totalRevenues: seriesOf(root, 'TotalRevenues', 'TotalRevenue'),
    dividends: dividends.map(({ attributes, text }) => ({
      type: attributes.type ?? null,
      exDate: attributes.exDate ?? null,
      recordDate: attributes.recordDate ?? null,
      payDate: attributes.payDate ?? null,
      declarationDate: attributes.declarationDate ?? null,
      value: figureOf(text),
    })),
  }
}

function statementsOf(root: XmlElement): object {
  const items = [...insideOf(root, 'mapItem')].flatMap(({ attributes: { coaItem }, text }) =>
    coaItem === undefined ? [] : [[coaItem, text] as const],
  )
  const statements = [...insideOf(root, 'FiscalPeriod')].flatMap((period) =>
    childrenOf(period, 'Statement').map((statement) => ({
      type: statement.attributes.Type ?? null,
      period: period.attributes.Type ?? null,
      fiscalYear: figureOf(period.attributes.FiscalYear ?? null),
      fiscalPeriod: figureOf(period.attributes.FiscalPeriodNumber ?? null),
      endDate: period.attributes.EndDate ?? null,
      items: Object.fromEntries(
        childrenOf(statement, 'lineItem').flatMap(({ attributes: { coaCode }, text }) =>
          coaCode === undefined ? [] : [[coaCode, figureOf(text)] as const],
        ),
      ),
    })),
  )
  return { company: companyOf(root), items: Object.fromEntries(items), statements }
}

function calendarOf(root: XmlElement): object {
  return {
    earnings: [...insideOf(root, 'Earnings')].map((earnings) => ({
      period: textIn(earnings, 'Period'),
      type: textIn(earnings, 'Etype'),
      date: textIn(earnings, 'Date'),
      timeZone: textIn(earnings, 'TimeZone'),
    })),
  }
}

const rated = (root: XmlElement): object => ({ company: companyOf(root), ratios: ratiosOf(root) })

const readers: Readonly<Record<ReportType, ((root: XmlElement) => object) | null>> = {
  ReportSnapshot: rated,
  ReportRatios: rated,
  ReportsFinSummary: summaryOf,
  ReportsFinStatements: statementsOf,
  CalendarReport: calendarOf,
  RESC: null,
}

/** What is simple to read of a report; null of one that has nothing simple. */
export function reportOf(reportType: ReportType, root: XmlElement): object | null {
  return readers[reportType]?.(root) ?? null
}
