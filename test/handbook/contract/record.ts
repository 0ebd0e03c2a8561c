import type { Test } from 'tap'
import { pooled } from '../../rig/pooled.ts'
import { serveProxy } from '../../rig/served-proxy.ts'
import { until } from '../../rig/until.ts'
import { recordCallers } from './record-callers.ts'
import { recordFeeds } from './record-feeds.ts'
import { recordParts } from './record-parts.ts'
import { recordReference } from './record-reference.ts'
import { Recorder } from './recorder.ts'

/** What follows is made of a running system: `npm run docs:examples`. */
const ends: (() => Promise<void> | void)[] = []
const rig = { teardown: (end: () => Promise<void>) => ends.unshift(end) } as unknown as Test

const it = await pooled(rig, 3)
const recorder = new Recorder(it.url)
const record = recorder.record.bind(recorder)

const deadline = (ms: number) => ({ 'x-deadline-ms': String(ms) })
const bought = { symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'MKT' }
const resting = { ...bought, orderType: 'LMT', lmtPrice: 100 }
const faults = it.simulator.faults
/** The next such message of any client is not heard. */
const deaf = (message: string) => faults.add({ fault: 'silent', match: { message }, count: 1 })

// the system itself
for (const id of [
  'getRoot',
  'getBeacon',
  'getClients',
  'echoRequest',
  'getMetrics',
  'getStatusPage',
])
  await record(id, '', { headers: { accept: 'application/json, text/plain' } })
const alone = await serveProxy({ INSTANCES: 'http://127.0.0.1:9' })
ends.push(() => alone.proxy.stop())
await record('getClients', '', { at: alone.url })
await record('getAccounts', '', { at: alone.url })
await record('getPositions', '', { at: alone.url, headers: deadline(500) })
await record('openEventSocket')
await record('pauseOrders', '', { body: { reason: 'fat finger' } })
await record('placeOrder', '', { body: bought })
await record('resumeOrders', '', { body: {} })
await record('pauseOrders', '', { body: { why: 'fat finger' } })
await record('drainClient', '/clients/2/drain')
await record('drainClient', '/clients/9/drain')
await record('resumeClient', '/clients/2/resume')
await record('pauseClients')
await record('resumeClients')
deaf('reqContractDetails')
const unanswered = fetch(`${it.url}/contract?symbol=AAPL`, { headers: deadline(1500) })
await until(() => it.proxy.pool.status().busy === 1, 'a call under way')
await record('pauseClients', '', { headers: deadline(200) })
await record('resumeClients')
await unanswered

// markets
await record('getContract', '?symbol=AAPL')
await record('getContract', '?symbol=NOSUCH')
await record('getContract')
await record('searchContracts', '?symbol=AAP')
await record('getHistory', '/history/AAPL?durationStr=1800%20S&barSizeSetting=5%20mins')
await record('getHistory', '/history/AAPL?barSizeSetting=7%20mins')
await record('getQuote', '/market/AAPL')
await record('getQuote', '/market/NOSUCH')

// orders
const filled = await record('placeOrder', '', { body: bought })
await until(async () => {
  const commissions = await (await fetch(`${it.url}/executions/commissions`)).json()
  return (commissions as unknown[]).length > 0
}, 'the commission of the fill')
await record('placeOrder', '', { body: { symbol: 'AAPL', action: 'BUY', orderType: 'LMT' } })
await record('placeOrder', '', { body: { ...resting, symbol: 'NOSUCH' } })
const order = await record('placeOrder', '', { body: resting })
const changing = await record('placeOrder', '', { body: { orderId: order.body.id, lmtPrice: 101 } })
await record('listOrders')
await record('getOrder', `/order/${changing.body.id}`)
await record('getOrder', '/order/1.9999')
await record('changeOrder', `/order/${order.body.id}`, { body: { lmtPrice: 102 } })
await record('changeOrder', `/order/${order.body.id}`, {
  body: { lmtPrice: 103 },
  headers: { 'if-match': '"no longer"' },
})
await record('changeOrder', '/order/1.9999', { body: { lmtPrice: 103 } })
deaf('placeOrder')
await record('changeOrder', `/order/${order.body.id}`, {
  body: { lmtPrice: 104 },
  headers: deadline(500),
})
deaf('cancelOrder')
await record('cancelOrder', `/order/${order.body.id}`, { headers: deadline(500) })
await record('cancelOrder', `/order/${order.body.id}`)
await record('cancelOrder', `/order/${filled.body.id}`)
await record('cancelOrder', '/order/1.9999')
const minimal = await record('placeOrder', '', { body: resting })
await record('cancelOrder', `/order/${minimal.body.id}`, { headers: { prefer: 'return=minimal' } })
const named = await record('placeOrder', '', { body: resting })
deaf('cancelOrder')
await record('cancelOrders', `?orderId=${named.body.id}`, { headers: deadline(1500) })
await record('cancelOrders', `?orderId=${named.body.id}`)
await record('cancelOrders', '?all=true')
await record('cancelOrders')
deaf('placeOrder')
await record('placeOrder', '', { body: resting, headers: deadline(500) })
await record('placeOrder', '', { body: bought, headers: { 'idempotency-key': 'k1' } })
await record('listFilledOrders')
await record('listCompletedOrders')
await record('previewOrder', '', { body: resting })
await record('smartOrder', '', { body: { symbol: 'MSFT', targetPosition: 5, orderType: 'MKT' } })
await record('smartOrder', '', { body: { symbol: 'MSFT', targetPosition: 5, orderType: 'MKT' } })
deaf('placeOrder')
await record('smartOrder', '', {
  body: { symbol: 'MSFT', targetPosition: 7, orderType: 'MKT' },
  headers: deadline(900),
})
await record('listOrderEvents', '?limit=2')
await record('listOrderEvents', '', { headers: { accept: 'image/png' } })
await record('listTraffic', '?maxRows=2')
await record('listTraffic', '', { headers: { range: 'page=1' } })
await record('listLatency', '?operation=placeOrder')
await record('listLatency', '', { headers: { range: 'page=1' } })

// what follows orders
const takeProfit = { ...bought, action: 'SELL', orderType: 'LMT', lmtPrice: 400 }
const stop = { ...bought, action: 'SELL', orderType: 'STP', auxPrice: 100 }
await record('placeOca', '', { body: [bought, takeProfit, stop] })
const oca = await record('placeOca', '', {
  body: [resting, takeProfit, stop],
  headers: deadline(900),
})
await record('placeOca', '', { body: [resting, takeProfit, stop], headers: { 'x-analyze': '1' } })
await record('listOca')
await record('getOca', `/order/oca/${oca.body.id}`)
await record('getOca', '/order/oca/1.9999')
deaf('cancelOrder')
await record('cancelOca', `/order/oca/${oca.body.id}`, { headers: deadline(500) })
const second = await record('placeOca', '', {
  body: [resting, takeProfit, stop],
  headers: deadline(900),
})
await record('cancelOca', `/order/oca/${second.body.id}`)
await record('cancelOca', '/order/oca/1.9999')
await record('placeSplit', '', { body: { ...bought, totalQuantity: 20, slices: 2 } })
const large = { ...bought, totalQuantity: 100, splitSize: 20, intervalSeconds: 60 }
const split = await record('placeSplit', '', { body: large })
await record('placeSplit', '', { body: large, headers: { 'x-analyze': '1' } })
await record('listSplits')
await record('getSplit', `/order/split/${split.body.id}`)
await record('getSplit', '/order/split/1.9999')
await record('cancelSplit', `/order/split/${split.body.id}`)
const slow = await record('placeSplit', '', { body: { ...large, orderType: 'LMT', lmtPrice: 100 } })
deaf('cancelOrder')
await record('cancelSplit', `/order/split/${slow.body.id}`, { headers: deadline(500) })
await record('cancelSplit', '/order/split/1.9999')
await record('placeSplit', '', { body: large })
await record('endPlans')

// the account
await record('getAccounts')
await record('getPositions')
await record('getAccountSummary', '?tags=NetLiquidation,TotalCashValue')
await record('getAccountUpdate', '?acctCode=DU1')
await record('getAccountUpdate')
await record('getProfitAndLoss')
await record('listExecutions')
await record('listCommissions')
await record('closePosition', '/account/positions/265598')
await record('placeOrder', '', { body: bought })
deaf('placeOrder')
await record('closePosition', '/account/positions/265598', { headers: deadline(1500) })
await record('closePosition', '/account/positions/1')

await recordReference(recorder, rig, it)
await recordFeeds(recorder, rig, it)
await recordParts(recorder)
await recordCallers(recorder, rig, it)

recorder.write()
for (const end of ends) await end()
