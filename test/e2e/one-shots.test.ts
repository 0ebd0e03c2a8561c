import t from 'tap'
import { callerOf, type Send } from '../rig/caller.ts'
import { type System, startSystem } from '../rig/system.ts'

t.setTimeout(60_000)

const POOL = 2
let system: System
let send: Send
t.before(async () => {
  system = await startSystem(t, { poolSize: POOL, env: { SIMULATOR_ADVISER: 'yes' } })
  send = callerOf(() => system.url)
})

/** How often all clients together have sent the simulated gateway such a message. */
async function sent(message: string): Promise<number> {
  const counts = await Promise.all(
    Array.from({ length: POOL }, (_, clientId) => system.sent(message, clientId)),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

t.test('every one-shot read is carried to an instance and back', async (t) => {
  const answers: Readonly<Record<string, object>> = {
    '/market/scanners/parameters': { scanCodes: Array, locations: Array },
    '/news/providers': [{ providerCode: String }],
    '/news/headlines?symbol=AAPL&providerCodes=BRFG+DJNL': { providerCodes: ['BRFG', 'DJNL'] },
    '/fundamental/AAPL?reportType=CalendarReport': { parsed: { earnings: Array } },
    '/financial': { groups: [{ name: 'Everybody' }] },
    '/history/intervals': { maxBars: 60_000 },
    '/history/AAPL/ticks?numberOfTicks=5': { ticks: Array },
    '/history/AAPL/head': { datetime: String },
    '/contract/265598/options': [{ exchange: 'SMART', strikes: Array }],
  }
  for (const [path, expected] of Object.entries(answers)) {
    const { status, body } = await send('GET', path)
    t.equal(status, 200, path)
    t.match(body, expected, path)
  }
  const [{ articleId, providerCode }] = (await send('GET', '/news/headlines?symbol=AAPL')).body
    .headlines
  const article = `/news/articles/${encodeURIComponent(articleId)}?providerCode=${providerCode}`
  t.match(await send('GET', article), { status: 200, body: { articleId, articleType: 'html' } })
})

t.test('a ticker of the same name as a fixed word stays reachable beside it', async (t) => {
  t.match(await send('GET', '/history/AAPL?durationStr=1 D'), { status: 200 })
  t.match((await send('GET', '/history/INTERVALS')).body, { code: 'IB_UNKNOWN_CONTRACT' })
})

t.test(
  'a document is asked for once by each client, comes as XML, and is not sent twice',
  async (t) => {
    const path = '/market/scanners/parameters'
    const etags = new Set<string | null>()
    for (let call = 0; call < 3 * POOL; call += 1)
      etags.add((await send('GET', path)).headers.get('etag'))
    t.equal(etags.size, 1, 'the same content has the same name at every client')
    t.ok((await sent('reqScannerParameters')) <= POOL)
    const accept = 'application/xml'
    const xml = await fetch(system.url + path, { headers: { accept } })
    t.match(xml.headers.get('content-type'), /^application\/xml/)
    t.match(await xml.text(), /<ScanParameterResponse>/)
    const headers = { accept, 'if-none-match': xml.headers.get('etag') ?? '' }
    const known = await fetch(system.url + path, { headers })
    t.equal(known.status, 304)
    t.equal(await known.text(), '')
    t.match(await send('GET', path, undefined, { accept: 'image/png' }), { status: 406 })
  },
)

t.test('groups are replaced once under a key, whichever client a call would go to', async (t) => {
  const accounts = (await send('GET', '/account')).body.accounts as string[]
  const body = {
    groups: [{ name: 'All', defaultMethod: 'Equal', accounts: accounts.map((acct) => ({ acct })) }],
  }
  const key = { 'idempotency-key': 'e2e-groups' }
  for (let call = 0; call < 2 * POOL; call += 1) {
    const { status, headers } = await send('PUT', '/financial', body, key)
    t.equal(status, 200)
    t.equal(headers.get('idempotency-replayed'), call === 0 ? null : 'true')
  }
  t.equal(await sent('replaceFA'), 1)
  t.match((await send('GET', '/financial')).body, { groups: [{ name: 'All' }] })
  t.match(await send('PUT', '/financial', { groups: 'none' }), { status: 422 })
})
