import { getHistory } from '../../shared/api/market.ts'
import { barsOf } from '../../shared/bars.ts'
import { tagAnswer } from '../../shared/finish.ts'
import { Problem } from '../../shared/problem.ts'
import type { ContractQuery } from '../../shared/schemas/contract.ts'
import type { Listing } from '../../shared/schemas/listing.ts'
import type { Bar } from '../../shared/schemas/market.ts'
import type { Service } from '../../shared/service.ts'
import { refuseFields } from '../fields.ts'
import type { Contracts } from '../ib/contracts.ts'
import { readCallerTime, writeGatewayTime } from '../ib/instants.ts'
import { type HistoryQuestion, historicalData } from '../ib/market-queries.ts'
import type { Terms } from '../ib/query.ts'
import { completed, toIbContract } from '../ib/translate-contract.ts'
import { type Parts, serve } from './serve.ts'

/** More bars than this would make one answer too heavy for everybody (design §7). */
export const MAX_BARS = 60_000

function endOf(text: string | undefined, endpoint: string): Date | undefined {
  if (text === undefined || text === '') return undefined
  const end = readCallerTime(text)
  if (end !== undefined) return end
  const detail = `endDateTime ${text} is no moment; write yyyymmdd-hh:mm:ss (UTC) or ISO 8601`
  throw refuseFields(endpoint, [{ field: 'endDateTime', code: 'bad_format', detail }])
}

function refuseHeavy(durationStr: string, barSizeSetting: string, endpoint: string): void {
  const bars = barsOf(durationStr, barSizeSetting)
  if (bars <= MAX_BARS) return
  const detail = `durationStr ${durationStr} of ${barSizeSetting} may be ${bars} bars; at most ${MAX_BARS} at once`
  throw refuseFields(endpoint, [{ field: 'durationStr', code: 'too_large', detail }])
}

/** IB's word for "nothing there" is an error; an empty list says it better (D.1). */
export async function emptyWithoutData<Row>(ask: () => Promise<Row[]>): Promise<Row[]> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof Problem && error.code === 'IB_NO_DATA') return []
    throw error
  }
}

/** A query without what says which rows of the answer are wanted. */
export function withoutListing<Query extends Listing>(query: Query): Omit<Query, keyof Listing> {
  const { from: _f, to: _t, page: _p, pageSize: _s, maxRows: _m, view: _v, ...asked } = query
  return asked
}

/** The contract a caller names, with where it is traded: what SMART does not route must be asked for at its own exchange. */
export async function routedContract(
  contracts: Contracts,
  named: ContractQuery,
  { terms, path }: { readonly terms: Terms; readonly path: string },
): Promise<ContractQuery> {
  const described = completed(named)
  const exchange = described.exchange ?? (await contracts.only(described, terms, path)).exchange
  return { ...described, ...(exchange !== null && { exchange }) }
}
/** What ended so long ago changes only by late corrections, ms. */
const CLOSED_MS = 86_400_000
/** As long as the proxy lets its own copy stand for such an answer. */
const CLOSED_CACHE = 'private, max-age=600'

/** `/history/…` */
export function routeHistory(app: Service, parts: Parts): void {
  const { link, contracts } = parts

  const barsFor = (question: HistoryQuestion, terms: Terms): Promise<Bar[]> =>
    emptyWithoutData(() => link.query(historicalData, question, terms))

  serve(app, parts, getHistory, async ({ params, query, path, terms, request, reply }) => {
    const { endDateTime, durationStr, barSizeSetting, whatToShow, useRTH, formatDate, ...named } =
      withoutListing(query)
    if (whatToShow === 'SCHEDULE') {
      const detail = 'whatToShow SCHEDULE has no bars'
      throw refuseFields(path, [{ field: 'whatToShow', code: 'not_allowed', detail }])
    }
    refuseHeavy(durationStr, barSizeSetting, path)
    const end = endOf(endDateTime, path)
    const contract = await routedContract(
      contracts,
      { symbol: params.symbol, ...named },
      { terms, path },
    )
    const bars = await barsFor(
      {
        contract: toIbContract(contract),
        endDateTime: end === undefined ? '' : writeGatewayTime(end),
        durationStr,
        barSizeSetting,
        whatToShow,
        useRTH,
        formatDate,
      },
      terms,
    )
    const isClosed = end !== undefined && end.getTime() < Date.now() - CLOSED_MS
    if (isClosed) tagAnswer(request)
    reply.header('cache-control', isClosed ? CLOSED_CACHE : 'no-store')
    return {
      symbol: params.symbol,
      contract,
      barSizeSetting,
      durationStr,
      whatToShow,
      useRTH,
      endDateTime: (end ?? new Date()).toISOString(),
      bars,
    }
  })
}
