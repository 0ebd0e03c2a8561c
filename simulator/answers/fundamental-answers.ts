import { messages } from '../wire/messages.ts'
import { requests } from '../wire/requests.ts'
import { type Answer, answer, theInstrument, validating } from './answer.ts'
import { isReport, reportOn } from './fundamental-documents.ts'

const YEAR_MS = 365 * 86_400_000

/** Fundamentals: reports on companies, as XML. */
export const fundamentalAnswers: readonly Answer[] = [
  answer(requests.reqFundamentalData, (client, row) => {
    const { reqId, reportType } = row
    if (!isReport(reportType)) {
      client.error(reqId, 321, validating(`Report type ${reportType} is not known`))
      return
    }
    const instrument = theInstrument(client, reqId, {
      ...row,
      ...{ lastTradeDateOrContractMonth: '', strike: undefined, right: '', multiplier: '' },
      tradingClass: '',
    })
    if (instrument === undefined) return
    const { world } = client
    const company = world.fundamentals.of(instrument)
    if (company === undefined) {
      const text =
        'We are sorry, but fundamentals data for the security specified is not available.'
      client.error(reqId, 430, text)
      return
    }
    const now = world.now()
    const price = world.market.last(instrument, now)
    const year = world.market.span(instrument, now - YEAR_MS, now)
    const today = new Date(now).toISOString().slice(0, 10)
    const high = Math.max(price, year?.high ?? price)
    const low = Math.min(price, year?.low ?? price)
    const subject = { company, now, today, price, high, low }
    client.send(messages.fundamentalData, { reqId, xml: reportOn(subject, reportType) })
  }),
  // the answer is told at once: there is nothing left to cancel
  answer(requests.cancelFundamentalData, () => undefined),
]
