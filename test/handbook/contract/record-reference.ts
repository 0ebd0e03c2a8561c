import type { Test } from 'tap'
import { type Pooled, pooled } from '../../rig/pooled.ts'
import type { Recorder } from './recorder.ts'

const soon = { 'x-deadline-ms': '500' }

/** What is asked for once beside quotes and bars: the past, reference data, news, advisers. */
export async function recordReference(recorder: Recorder, rig: Test, it: Pooled): Promise<void> {
  const record = recorder.record.bind(recorder)
  const { faults } = it.simulator
  await record('getConfig')
  await record('getConfig', '?clients=all')
  const { headers } = await record('getContractConfig', '/config/AAPL')
  const known = { 'if-none-match': headers.get('etag') ?? '' }
  await record('getContractConfig', '/config/AAPL', { headers: known })
  await record('getContractConfig', '/config/NOSUCH')

  await record('getIntervals')
  await record('getTicks', '/history/AAPL/ticks?numberOfTicks=2&whatToShow=BID_ASK')
  await record('getTicks', '/history/AAPL/ticks?numberOfTicks=2000')
  await record('getHistoryHead', '/history/AAPL/head')
  await record('getHistoryHead', '/history/NOSUCH/head')
  await record('getDepthExchanges')

  await record('getScannerParameters')
  await record('getFundamentals', '/fundamental/AAPL')
  await record('getFundamentals', '/fundamental/EUR.USD')
  await record('getFundamentals', '/fundamental/AAPL?reportType=Everything')
  await record('getOptionChain', '/contract/265598/options?exchange=SMART')
  await record('getOptionChain', '/contract/1/options')

  await record('getNewsProviders')
  const news = await record('getHeadlines', '?symbol=AAPL&totalResults=2')
  await record('getHeadlines')
  const [{ articleId, providerCode }] = news.body.headlines
  const article = `/news/articles/${encodeURIComponent(articleId)}`
  await record('getNewsArticle', `${article}?providerCode=${providerCode}`)
  await record('getNewsArticle', article)
  await record('getNewsArticle', '/news/articles/BRFG$nosuch?providerCode=BRFG')

  await record('getAdviserLists')
  faults.add({ fault: 'silent', match: { message: 'reqNewsProviders' }, count: 1 })
  await record('getNewsProviders', '', { headers: soon })

  const advised = await pooled(rig, 1, {}, ['DU1', 'DU2'], { isAdviser: true })
  const at = advised.url
  await record('getAdviserLists', '', { at })
  await record('getAdviserLists', '?faDataType=2', { at })
  const groups = [{ name: 'Pairs', defaultMethod: 'Equal', accounts: [{ acct: 'DU1' }] }]
  await record('replaceGroups', '', { body: { groups }, at })
  const foreign = [{ ...groups[0], accounts: [{ acct: 'DU9' }] }]
  await record('replaceGroups', '', { body: { groups: foreign }, at })
}
