import t from 'tap'
import { operations } from '../../../../shared/api/index.ts'
import { covers, SCOPES, scopeOf } from '../../../../shared/api/scope.ts'

/** Every operation by what its caller must be allowed: who adds one says here what it takes. */
const EXPECTED: Readonly<Record<(typeof SCOPES)[number], readonly string[]>> = {
  open: [
    'getRoot',
    'getBeacon',
    'getClients',
    'getStatusPageFile',
    'getContractJson',
    'getContractYaml',
    'getDocs',
    'getDocsPage',
    'createSession',
    'refreshSession',
  ],
  read: [
    'echoRequest',
    'getMetrics',
    'getStatusPage',
    'endSession',
    'listFilledOrders',
    'listCompletedOrders',
    'listOrders',
    'getOrder',
    'previewOrder',
    'listOrderEvents',
    'openEventSocket',
    'listOca',
    'getOca',
    'listSplits',
    'getSplit',
    'getAccounts',
    'getPositions',
    'getAccountSummary',
    'getAccountUpdate',
    'getProfitAndLoss',
    'listExecutions',
    'listCommissions',
    'getContract',
    'searchContracts',
    'getHistory',
    'getQuote',
    'getSubscription',
    'getConfig',
    'getContractConfig',
    'getDepthExchanges',
    'getFundamentals',
    'getScannerParameters',
    'getOptionChain',
    'getHeadlines',
    'getNewsArticle',
    'getNewsProviders',
    'getHistoryHead',
    'getIntervals',
    'getTicks',
    'getAdviserLists',
  ],
  trade: [
    'placeOrder',
    'changeOrder',
    'cancelOrder',
    'cancelOrders',
    'placeOca',
    'cancelOca',
    'placeSplit',
    'cancelSplit',
    'endPlans',
    'smartOrder',
    'closePosition',
    'replaceGroups',
  ],
  admin: [
    'listFeeds',
    'listTraffic',
    'listLatency',
    'pauseOrders',
    'resumeOrders',
    'pauseClients',
    'resumeClients',
    'drainClient',
    'resumeClient',
    'endIdleFeeds',
  ],
}

t.test('every operation needs the scope that is written down for it', async (t) => {
  for (const scope of SCOPES) {
    const needing = operations
      .filter((operation) => operation.feed === undefined && scopeOf(operation) === scope)
      .map(({ operationId }) => operationId)
    t.same(needing.sort(), [...EXPECTED[scope]].sort(), scope)
  }
  const feeds = operations.filter(({ feed }) => feed !== undefined)
  t.ok(feeds.length > 0)
  for (const feed of feeds) t.equal(scopeOf(feed), 'read', feed.operationId)
})

t.test('what is new is the more dangerous the less is known of it', async (t) => {
  const scope = (method: 'GET' | 'POST', url: string) =>
    scopeOf({ operationId: 'somethingNew', method, url })
  t.equal(scope('POST', '/something'), 'trade')
  t.equal(scope('GET', '/something'), 'read')
  t.equal(scope('GET', '/clients/traffic'), 'admin')
  t.equal(scope('GET', '/docs/problems'), 'open')
  t.equal(scope('GET', '/openapi.json'), 'open')
  t.equal(scope('GET', '/docsomething'), 'read')
})

t.test('each scope includes those before it', async (t) => {
  t.ok(covers('admin', 'trade'))
  t.ok(covers('trade', 'read'))
  t.ok(covers('read', 'open'))
  t.notOk(covers('read', 'trade'))
  t.notOk(covers('trade', 'admin'))
})
