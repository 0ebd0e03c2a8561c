import t from 'tap'
import { reportOf } from '../../../../instance/ib/fundamental-report.ts'
import { readXml } from '../../../../instance/ib/xml.ts'
import type { ReportType } from '../../../../shared/schemas/fundamentals.ts'

async function read(reportType: ReportType, xml: string): Promise<unknown> {
  return JSON.parse(JSON.stringify(reportOf(reportType, await readXml(xml))))
}

t.test(
  'ratios go by their names, forecasts with them; what is not available is null',
  async (t) => {
    const xml = `<ReportSnapshot><CoIDs><CoID Type="CompanyName">A &amp; B</CoID></CoIDs>
    <Ratios><Group ID="Price and Volume"><Ratio FieldName="NPRICE" Type="N">217.46000</Ratio>
    <Ratio FieldName="PDATE" Type="D">2026-11-20T00:00:00</Ratio><Ratio FieldName="BETA" Type="N">-99999.99000</Ratio></Group></Ratios>
    <ForecastData><Ratio FieldName="ProjEPS" Type="N"><Value PeriodType="CURR">8.1</Value></Ratio></ForecastData></ReportSnapshot>`
    const ratios = { NPRICE: 217.46, PDATE: '2026-11-20T00:00:00', BETA: null, ProjEPS: 8.1 }
    const parsed = { company: { CompanyName: 'A & B' }, ratios }
    t.strictSame(await read('ReportSnapshot', xml), parsed)
    t.strictSame(
      await read('ReportRatios', xml.replaceAll('ReportSnapshot', 'ReportRatios')),
      parsed,
    )
  },
)

t.test('the summary is series of figures', async (t) => {
  const xml = `<FinancialSummary><EPSs currency="USD"><EPS asofDate="2025-12-31" reportType="A" period="12M">8.06</EPS></EPSs>
    <Dividends currency="USD"><Dividend type="CD" exDate="2026-01-12" recordDate="2026-01-13" payDate="2026-01-25" declarationDate="2025-12-20">0.24</Dividend></Dividends></FinancialSummary>`
  t.strictSame(await read('ReportsFinSummary', xml), {
    eps: [{ asOfDate: '2025-12-31', reportType: 'A', period: '12M', value: 8.06 }],
    dividendsPerShare: [],
    totalRevenues: [],
    dividends: [
      {
        ...{ type: 'CD', exDate: '2026-01-12', recordDate: '2026-01-13' },
        ...{ payDate: '2026-01-25', declarationDate: '2025-12-20', value: 0.24 },
      },
    ],
  })
})

t.test('statements are told by period, their lines by code', async (t) => {
  const xml = `<ReportFinancialStatements><FinancialStatements><COAMap><mapItem coaItem="SREV">Revenue</mapItem></COAMap>
    <AnnualPeriods><FiscalPeriod Type="Annual" EndDate="2025-12-31" FiscalYear="2025"><Statement Type="INC"><lineItem coaCode="SREV">10.5</lineItem></Statement></FiscalPeriod></AnnualPeriods>
    </FinancialStatements></ReportFinancialStatements>`
  t.strictSame(await read('ReportsFinStatements', xml), {
    company: {},
    items: { SREV: 'Revenue' },
    statements: [
      {
        ...{ type: 'INC', period: 'Annual', fiscalYear: 2025, fiscalPeriod: null },
        ...{ endDate: '2025-12-31', items: { SREV: 10.5 } },
      },
    ],
  })
})

t.test('the calendar tells when earnings come; estimates are left to their XML', async (t) => {
  const xml = `<WallStreetHorizon><Company><EarningsList><Earnings><Period>Q3-2026</Period><Etype>V</Etype><Date>2026-11-09</Date><TimeZone>EST</TimeZone></Earnings></EarningsList></Company></WallStreetHorizon>`
  t.strictSame(await read('CalendarReport', xml), {
    earnings: [{ period: 'Q3-2026', type: 'V', date: '2026-11-09', timeZone: 'EST' }],
  })
  t.equal(await read('RESC', '<REarnEstCons/>'), null)
})
