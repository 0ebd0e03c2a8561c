import { getHistoryHead, getIntervals, getTicks } from '../../shared/api/ticks.ts'
import { secondsOf } from '../../shared/bars.ts'
import { BAR_SIZES, WHAT_TO_SHOW } from '../../shared/schemas/market.ts'
import { MAX_TICKS, type PastTick, TICKS_TO_SHOW } from '../../shared/schemas/past-ticks.ts'
import type { Service } from '../../shared/service.ts'
import { refuseFields } from '../fields.ts'
import { writeGatewayTime } from '../ib/instants.ts'
import type { Terms } from '../ib/query.ts'
import { headTimestamp, historicalTicks, type TicksQuestion } from '../ib/tick-queries.ts'
import { toIbContract } from '../ib/translate-contract.ts'
import { headOf } from '../ib/translate-ticks.ts'
import { emptyWithoutData, MAX_BARS, routedContract, withoutListing } from './history.ts'
import { spanOf } from './moments.ts'
import { type Parts, serve } from './serve.ts'

const INTERVALS = {
  barSizes: BAR_SIZES.map((barSizeSetting) => ({
    barSizeSetting,
    seconds: secondsOf(barSizeSetting),
  })),
  durations: [
    { unit: 'S', meaning: 'seconds', example: '1800 S' },
    { unit: 'D', meaning: 'days', example: '1 D' },
    { unit: 'W', meaning: 'weeks', example: '2 W' },
    { unit: 'M', meaning: 'months', example: '6 M' },
    { unit: 'Y', meaning: 'years', example: '1 Y' },
  ],
  whatToShow: WHAT_TO_SHOW.filter((shown) => shown !== 'SCHEDULE'),
  maxBars: MAX_BARS,
  ticks: { whatToShow: [...TICKS_TO_SHOW], maxTicks: MAX_TICKS },
}

/** `/history/…` beside the bars: single ticks, where history begins, what can be asked for. */
export function routeTicks(app: Service, parts: Parts): void {
  const { link, contracts } = parts

  serve(app, parts, getIntervals, () => INTERVALS)

  const ticksFor = (question: TicksQuestion, terms: Terms): Promise<PastTick[]> =>
    emptyWithoutData(() => link.query(historicalTicks, question, terms))

  serve(app, parts, getTicks, async ({ params, query, path, terms }) => {
    const { startDateTime, endDateTime, numberOfTicks, whatToShow, useRth, ignoreSize, ...named } =
      withoutListing(query)
    if (startDateTime !== undefined && endDateTime !== undefined) {
      const detail = 'IB takes startDateTime or endDateTime, not both'
      throw refuseFields(path, [{ field: 'endDateTime', code: 'not_allowed', detail }])
    }
    const { start, end } = spanOf({ startDateTime, endDateTime }, path)
    const until = start === undefined ? (end ?? new Date()) : undefined
    const contract = await routedContract(
      contracts,
      { symbol: params.symbol, ...named },
      { terms, path },
    )
    const ticks = await ticksFor(
      {
        contract: toIbContract(contract),
        startDateTime: start === undefined ? '' : writeGatewayTime(start),
        endDateTime: until === undefined ? '' : writeGatewayTime(until),
        ...{ numberOfTicks, whatToShow, useRth, ignoreSize },
      },
      terms,
    )
    return {
      symbol: params.symbol,
      contract,
      whatToShow,
      useRth,
      startDateTime: start?.toISOString() ?? null,
      endDateTime: until?.toISOString() ?? null,
      ticks,
    }
  })

  serve(app, parts, getHistoryHead, async ({ params, query, path, terms }) => {
    const { whatToShow, useRTH, ...named } = query
    if (whatToShow === 'SCHEDULE') {
      const detail = 'whatToShow SCHEDULE has no beginning'
      throw refuseFields(path, [{ field: 'whatToShow', code: 'not_allowed', detail }])
    }
    const contract = await routedContract(
      contracts,
      { symbol: params.symbol, ...named },
      { terms, path },
    )
    const question = { contract: toIbContract(contract), whatToShow, useRTH }
    const text = await link.query(headTimestamp, question, terms)
    const { datetime = null, timestamp = null } = headOf(text) ?? {}
    const { symbol } = params
    return { symbol, contract, whatToShow, useRTH, headTimestamp: text, datetime, timestamp }
  })
}
