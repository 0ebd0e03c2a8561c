import { operations } from '../../../shared/api/index.ts'
import type { Recorder } from './recorder.ts'

/** What lists of something in particular are asked with. */
const QUERIES: Readonly<Record<string, string>> = {
  getContract: '/contract?symbol=AAPL',
  searchContracts: '/contract/search?symbol=AA',
  getHistory: '/history/AAPL?durationStr=1800%20S&barSizeSetting=5%20mins',
  getTicks: '/history/AAPL/ticks?numberOfTicks=3',
  getHeadlines: '/news/headlines?symbol=AAPL&totalResults=3',
  getOptionChain: '/contract/265598/options?exchange=SMART',
  getAccountSummary: '/account/summary?tags=NetLiquidation,TotalCashValue',
}
/** Bars that no longer change. */
const CLOSED =
  '/history/AAPL?endDateTime=20260901-20:00:00&durationStr=1800%20S&barSizeSetting=5%20mins'
const BEYOND = 'page=9999'

/** What is the same of many operations: parts of lists, answers that are known, representations there are none of. */
export async function recordParts(recorder: Recorder): Promise<void> {
  const record = recorder.record.bind(recorder)
  for (const { operationId, method, list, schema } of operations) {
    if (method !== 'GET' || list === undefined) continue
    const path = QUERIES[operationId] ?? ''
    if (206 in schema.response) await record(operationId, path, { headers: { range: 'page=1' } })
    if (416 in schema.response) await record(operationId, path, { headers: { range: BEYOND } })
    if (!(304 in schema.response)) continue
    const tagged = operationId === 'getHistory' ? CLOSED : path
    const { headers } = await record(operationId, tagged)
    const known = { 'if-none-match': headers.get('etag') ?? '' }
    await record(operationId, tagged, { headers: known })
  }
  await record('getAccounts', '', { headers: { accept: 'application/vnd.ibrest.v2+json' } })
  await record('getDocsPage', '/docs/nosuch')
  await record('getStatusPageFile', '/status/nosuch.css')
  await record('getStatusPage', '', { headers: { accept: 'image/png' } })
  await record('listOrderEvents', '', { headers: { range: 'page=0' } })
}
