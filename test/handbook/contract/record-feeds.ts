import type { Test } from 'tap'
import { operations } from '../../../shared/api/index.ts'
import { type Pooled, pooled } from '../../rig/pooled.ts'
import type { Recorder } from './recorder.ts'

/** What each feed is asked here; of one instrument unless told. */
const QUESTIONS: Readonly<Record<string, string>> = {
  marketData: '?symbol=AAPL&genericTickList=233,236',
  marketDepth: '?symbol=AAPL&numRows=2',
  marketTicks: '?symbol=AAPL&numberOfTicks=2',
  bars: '?symbol=AAPL&barSize=1%20min&durationStr=1800%20S',
  scanners: '?scanCode=TOP_PERC_GAIN&numberOfRows=2',
  news: '?source=bulletins',
  displayGroups: '',
  accountUpdates: '?acctCode=DU1',
  profitAndLoss: '?account=DU1',
  positions: '',
  executions: '',
}

/** What IB has no answer to. */
const WRONG: Readonly<Record<string, string>> = {
  marketData: '?symbol=NOSUCH',
  marketDepth: '?symbol=NOSUCH',
  marketTicks: '?symbol=NOSUCH',
  bars: '?symbol=NOSUCH',
  scanners: '',
  news: '?symbol=NOSUCH',
  accountUpdates: '',
  profitAndLoss: '?account=DU9',
  positions: '?acct=DU1',
  executions: '?acct=DU1',
}

/** The four operations of every feed, and what there is about all. */
export async function recordFeeds(recorder: Recorder, rig: Test, it: Pooled): Promise<void> {
  const record = recorder.record.bind(recorder)
  const { world } = it.simulator
  world.bulletins.issue({ messageType: 1, text: 'The gateway restarts at night', exchange: '' })
  world.displayGroups.show(1, '265598@SMART')
  // a Gateway has no window
  const windowless = await pooled(rig, 1)
  windowless.simulator.faults.add({ fault: 'silent', match: { message: 'queryDisplayGroups' } })
  await record('subscribeDisplayGroups', '', { at: windowless.url })
  for (const { feed, operationId, method } of operations) {
    if (feed === undefined || method !== 'POST') continue
    const question = QUESTIONS[feed.name]
    if (question === undefined) throw new Error(`what is to be asked of ${feed.name}?`)
    const [ask, Name] = [operationId, operationId.slice('subscribe'.length)]
    const sourceRef = `${feed.name}-1`
    const headers = { 'source-ref': sourceRef }
    const mine = { 'source-ref': 'grid-1' }
    const wrong = WRONG[feed.name]
    if (wrong !== undefined) await record(ask, wrong, { headers: mine })
    await record(ask, question, { headers })
    await record(ask, question, { headers })
    await record('getSubscription', `/subscriptions/${sourceRef}`)
    await record('listFeeds', '?feed=marketData')
    await record(`read${Name}`, '', { headers })
    await record(`read${Name}`, '', { headers: mine })
    await record(`read${Name}`, '', { headers: { ...headers, accept: 'image/png' } })
    const change = { 'source-ref': `${sourceRef}-more`, 'subscription-ref': sourceRef }
    await record(`change${Name}`, '', { headers: change, body: { viewNumber: 1 } })
    await record(`change${Name}`, '', {
      headers: { ...change, 'subscription-ref': 'grid-1' },
      body: { viewNumber: 1 },
    })
    await record(`end${Name}`, '', { headers })
    await record(`read${Name}`, '', { headers })
    await record(`end${Name}`, '', { headers: mine })
  }
  await record('getSubscription', '/subscriptions/nobody')
  await record('endIdleFeeds')
}
