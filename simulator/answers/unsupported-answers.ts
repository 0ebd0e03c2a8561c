import type { Layout } from '../wire/column.ts'
import { messages } from '../wire/messages.ts'
import { requests } from '../wire/requests.ts'
import { type Answer, answer, validating } from './answer.ts'

function refusing<Row extends { reqId?: number }>(
  request: Layout<Row>,
  code: number,
  text: string,
): Answer {
  return answer(request, (client, row) => client.error(row.reqId ?? -1, code, text))
}

const notServed = validating('the simulator does not serve this request yet')
const noWallStreetHorizon = 'Wall Street Horizon is not subscribed'

/** Requests that are read to the end and refused in so many words. */
export const unsupportedAnswers: readonly Answer[] = [
  refusing(requests.exerciseOptions, 321, notServed),
  refusing(requests.reqScannerSubscription, 321, notServed),
  refusing(requests.reqScannerParameters, 321, notServed),
  answer(requests.requestFA, (client) =>
    client.error(-1, 321, validating('FA data operations ignored for non FA customers')),
  ),
  refusing(requests.replaceFA, 321, validating('FA data operations ignored for non FA customers')),
  refusing(
    requests.reqFundamentalData,
    430,
    'The fundamentals data for the security specified is not available.',
  ),
  refusing(requests.reqNewsArticle, 321, notServed),
  refusing(requests.reqHistogramData, 321, notServed),
  refusing(requests.reqWshMetaData, 10279, noWallStreetHorizon),
  refusing(requests.reqWshEventData, 10283, noWallStreetHorizon),
  answer(requests.reqHistoricalNews, (client, { reqId }) =>
    client.send(messages.historicalNewsEnd, { reqId, hasMore: false }),
  ),
  // there is nothing to cancel: IB says nothing either
  ...[
    requests.cancelScannerSubscription,
    requests.cancelFundamentalData,
    requests.cancelHistogramData,
    requests.cancelWshMetaData,
    requests.cancelWshEventData,
    requests.cancelCalculateImpliedVolatility,
    requests.cancelCalculateOptionPrice,
    requests.cancelHeadTimestamp,
  ].map((request) => answer(request, () => undefined)),
]
