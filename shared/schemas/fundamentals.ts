import { type Static, Type } from 'typebox'
import { Contract } from './contract.ts'
import { OneOf } from './value.ts'

/** IB's reports on companies, as it names them. */
export const REPORT_TYPES = [
  'ReportSnapshot',
  'ReportsFinSummary',
  'ReportRatios',
  'ReportsFinStatements',
  'RESC',
  'CalendarReport',
] as const
export type ReportType = (typeof REPORT_TYPES)[number]

/** A report on a company (reqFundamentalData). */
export const Fundamentals = Type.Object({
  contract: Contract,
  reportType: OneOf(REPORT_TYPES),
  parsed: Type.Unsafe<object | null>({
    type: ['object', 'null'],
    additionalProperties: true,
    description: 'what is simple to read of the report; null where it has nothing simple',
  }),
  xml: Type.String({ description: 'the report as IB wrote it' }),
})
export type Fundamentals = Static<typeof Fundamentals>
