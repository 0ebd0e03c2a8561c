import t, { type Test } from 'tap'
import { Control } from '../../simulator/control.ts'
import { Gateway } from '../../simulator/gateway.ts'
import { TwsClient } from '../rig/tws-client.ts'
import { until } from '../rig/until.ts'

const APPLE = ['265598', 'AAPL', 'STK', '', '', '', '', 'SMART', '', 'USD', '', ''] as const
const EURUSD = ['', 'EUR', 'CASH', '', '', '', '', 'IDEALPRO', '', 'USD', '', ''] as const

interface Rig {
  readonly gateway: Gateway
  readonly client: TwsClient
  /** another client of the same gateway */
  join(clientId: number): Promise<TwsClient>
}

async function rigFor(t: Test, more: { isAdviser?: boolean } = {}): Promise<Rig> {
  const gateway = new Gateway({ port: 0, serverVersion: 178, beatMs: 20, ...more })
  await gateway.listen()
  const join = async (clientId: number) => {
    const client = await TwsClient.login({ port: gateway.port, clientId })
    t.teardown(() => client.close())
    return client
  }
  t.teardown(() => gateway.close())
  return { gateway, client: await join(5), join }
}

t.test('news of the past is told the latest first, and each article can be read', async (t) => {
  const { client } = await rigFor(t)
  client.send(85)
  const providers = await client.find(85)
  t.same(providers.slice(1, 4), ['7', 'BRFG', 'Briefing.com General Market Columns'])
  client.send(86, 1, 265598, 'BRFG+DJ-N', '', '', 5, '')
  t.same(await client.find(87), ['87', '1', '1'], 'there is more')
  const headlines = client.all(86)
  t.equal(headlines.length, 5)
  const times = headlines.map(([, , time]) => time ?? '')
  t.same(times, times.toSorted().reverse())
  for (const fields of headlines) {
    t.equal(fields.length, 6)
    t.match(fields[2], /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.0$/)
    t.ok(['BRFG', 'DJ-N'].includes(fields[3] ?? ''))
  }
  const [, , time = '', provider = '', articleId = '', headline = ''] = headlines[2] ?? []
  client.send(84, 2, provider, articleId, '')
  const article = await client.find(83)
  t.same(article.slice(1, 3), ['2', '0'])
  t.ok(article[3]?.includes(headline))
  client.send(86, 3, 265598, 'BRFG+DJ-N', time, time, 300, '')
  t.same(await client.find(87), ['87', '3', '0'], 'one, and no more')
  client.send(84, 4, provider, 'BRFG$0', '')
  t.equal((await client.error(4)).code, 10172)
  client.send(86, 5, 265598, 'NOSUCH', '', '', 5, '')
  t.equal((await client.error(5)).code, 321)
  client.send(86, 6, 1, 'BRFG', '', '', 5, '')
  t.equal((await client.error(6)).code, 321)
  client.send(86, 7, 265598, 'BRFG', 'yesterday', '', 5, '')
  t.equal((await client.error(7)).code, 321)
})

t.test('news is told with market data, or by provider, until it is cancelled', async (t) => {
  const { gateway, client } = await rigFor(t)
  client.send(1, 11, 1, ...APPLE, 0, 'mdoff,292:BRFG+DJ-N', 0, 0, '')
  await client.settle()
  const first = client.all(84)
  t.ok(first.length <= 3)
  t.ok(first.every(([, reqId, , code]) => reqId === '1' && ['BRFG', 'DJ-N'].includes(code ?? '')))
  t.same(client.all(1), [], 'no prices with mdoff')
  const feed = ['', 'BRFG:BRFG_ALL', 'NEWS', '', '', '', '', 'BRFG', '', '', '', '']
  client.send(1, 11, 2, ...feed, 0, 'mdoff,292', 0, 0, '')
  const [, reqId, millis, provider] = await client.find(84, ([, reqId]) => reqId === '2')
  t.same([reqId, provider], ['2', 'BRFG'])
  t.ok(Number(millis) <= Date.now())
  client.send(2, 2, 1)
  client.send(2, 2, 2)
  await client.settle()
  t.equal(gateway.world.beat.listening, 0)
  client.send(9, 8, 3, ...feed, 0, '', '', '')
  t.same((await client.find(10)).slice(1, 4), ['3', 'BRFG:BRFG_ALL', 'NEWS'])
  client.send(1, 11, 4, '', 'X:X_ALL', 'NEWS', '', '', '', '', 'X', '', '', '', '', 0, '', 0, 0, '')
  t.equal((await client.error(4)).code, 200)
  client.send(1, 11, 5, ...APPLE, 0, 'mdoff,292:NOSUCH', 0, 0, '')
  t.equal((await client.error(5)).code, 10276)
})

t.test('bulletins of today are told to who asks for all, new ones to all who ask', async (t) => {
  const { gateway, client, join } = await rigFor(t)
  const control = new Control(gateway)
  await control.listen('127.0.0.1', 0)
  t.teardown(() => control.close())
  const issue = async (body: object) => {
    const url = `http://127.0.0.1:${control.port}/bulletins`
    return (await fetch(url, { method: 'POST', body: JSON.stringify(body) })).status
  }
  t.equal(await issue({ type: 1, text: 'Early close', exchange: 'NYSE' }), 201)
  client.send(12, 1, 1)
  t.same(await client.find(14), ['14', '1', '1', '1', 'Early close', 'NYSE'])
  const other = await join(6)
  other.send(12, 1, 0)
  await other.settle()
  t.same(other.all(14), [])
  t.equal(await issue({ type: 2, text: 'Closed', exchange: 'ARCA' }), 201)
  const second = ['14', '1', '2', '2', 'Closed', 'ARCA']
  t.same(await client.find(14), second)
  t.same(await other.find(14), second)
  other.send(13, 1)
  await other.settle()
  t.equal(await issue({ type: 3, text: 'Open again', exchange: 'ARCA' }), 201)
  await client.find(14)
  await other.settle()
  t.equal(other.all(14).length, 1)
  t.equal(await issue({ type: 4, text: 'x' }), 400)
  t.equal(await issue({ type: 1 }), 400)
})

const scan = (...fields: readonly (string | number)[]) => [
  ...fields,
  ...Array.from({ length: 24 - fields.length }, () => ''),
]

t.test('a scan is told, refused where it makes no sense, and ended', async (t) => {
  const { gateway, client } = await rigFor(t)
  client.send(24, 1)
  t.match((await client.find(19))[2], /^<\?xml[\s\S]+<ScanParameterResponse>[\s\S]+MOST_ACTIVE/)
  client.send(22, ...scan(1, 10, 'STK', 'STK.US', 'MOST_ACTIVE', 100))
  const found = await client.find(20)
  t.same(found.slice(0, 4), ['20', '3', '1', '10'])
  t.equal(found.length, 4 + 10 * 16)
  t.same([found[4], found[20], found[36]], ['0', '1', '2'], 'ranks begin at 0')
  const refused = async (reqId: number, ...fields: string[]) => {
    client.send(22, ...scan(reqId, 10, ...fields))
    return client.error(reqId)
  }
  t.match(await refused(2, 'STK', 'STK.US', 'NONSENSE'), { code: 162, text: /disabled/ })
  t.match(await refused(3, 'STK', 'STK.MARS', 'MOST_ACTIVE'), { code: 162, text: /locations/ })
  t.equal((await refused(4, 'STK', 'STK.US', '')).code, 321)
  t.equal((await refused(1, 'STK', 'STK.US', 'MOST_ACTIVE')).code, 322, 'the id is taken')
  client.send(22, ...scan(5, 10, 'STK', 'STK.US', 'MOST_ACTIVE', 1_000_000))
  t.equal((await client.error(5)).code, 165)
  t.same(await client.find(20), ['20', '3', '5', '0'])
  for (let reqId = 6; reqId <= 13; reqId += 1) {
    client.send(22, ...scan(reqId, 1, 'STK', 'STK.US', 'TOP_PERC_GAIN'))
  }
  t.match(await refused(14, 'STK', 'STK.US', 'MOST_ACTIVE'), { code: 322, text: /Only 10/ })
  client.send(23, 1, 1)
  t.match(await client.error(1), { code: 162, text: /scanner subscription cancelled: 1/ })
  client.send(23, 1, 1)
  t.equal((await client.error(1)).code, 365)
  for (let reqId = 5; reqId <= 13; reqId += 1) client.send(23, 1, reqId)
  await client.settle()
  t.equal(gateway.world.beat.listening, 0)
})

t.test('reports are told on companies, and on nothing else', async (t) => {
  const { client } = await rigFor(t)
  const report = (reqId: number, type: string, ...contract: string[]) =>
    client.send(52, 2, reqId, ...contract, type, '')
  const apple = ['265598', 'AAPL', 'STK', 'SMART', '', 'USD', '']
  report(1, 'ReportSnapshot', ...apple)
  const [, , reqId, xml = ''] = await client.find(51)
  t.equal(reqId, '1')
  t.match(xml, /<IssueID Type="Ticker">AAPL<\/IssueID>/)
  report(2, 'NoSuchReport', ...apple)
  t.equal((await client.error(2)).code, 321)
  report(3, 'ReportSnapshot', '0', 'SPY', 'STK', 'SMART', '', 'USD', '')
  t.equal((await client.error(3)).code, 430)
  report(4, 'ReportSnapshot', '0', 'EUR', 'CASH', 'IDEALPRO', '', 'USD', '')
  t.equal((await client.error(4)).code, 430)
  report(5, 'ReportSnapshot', '0', 'NOSUCH', 'STK', 'SMART', '', 'USD', '')
  t.equal((await client.error(5)).code, 200)
})

t.test('an adviser keeps groups and names; nobody else has any', async (t) => {
  const { client } = await rigFor(t, { isAdviser: true })
  client.send(18, 1, 1)
  t.same((await client.find(16)).slice(0, 3), ['16', '1', '1'])
  const xml =
    '<ListOfGroups><Group><name>One</name><defaultMethod>NetLiq</defaultMethod><ListOfAccts varName="list"><Account><acct>DU1000002</acct></Account></ListOfAccts></Group></ListOfGroups>'
  client.send(19, 1, 1, xml, 7)
  t.same((await client.find(103)).slice(0, 2), ['103', '7'])
  client.send(18, 1, 1)
  t.match((await client.find(16))[3], /<name>One<\/name>/)
  client.send(62, 1, 8, 'One', 'NetLiquidation')
  await client.find(64)
  t.same(
    client.all(63).map(([, , , account]) => account),
    ['DU1000002'],
  )
  client.send(19, 1, 1, '<ListOfGroups>', 9)
  t.equal((await client.error(9)).code, 321)
  client.send(19, 1, 2, '<x/>', 10)
  t.match(await client.error(10), { code: 321, text: /Profile is not supported/ })
  client.send(18, 1, 3)
  t.match((await client.find(16))[3], /<account>DU1000001<\/account>/)
  client.send(80)
  t.same((await client.find(78)).slice(1, 3), ['2', 'DU1000001'])

  const { client: plain } = await rigFor(t)
  plain.send(18, 1, 1)
  t.equal((await plain.error(-1)).code, 2104, 'a notice of the login')
  await plain.find(4, ([, , , code, text]) => code === '321' && /non FA/.test(text ?? ''))
  plain.send(19, 1, 1, xml, 7)
  t.equal((await plain.error(7)).code, 321)
})

t.test('what one client shows in a group, all who follow the group see', async (t) => {
  const { client, join } = await rigFor(t)
  const other = await join(6)
  client.send(67, 1, 1)
  t.same(await client.find(67), ['67', '1', '1', '1|2|3|4|5|6|7'])
  client.send(68, 1, 2, 4)
  t.same(await client.find(68), ['68', '1', '2', 'none'])
  other.send(68, 1, 3, 4)
  other.send(68, 1, 4, 5)
  await other.settle()
  other.send(69, 1, 3, '265598@SMART')
  t.same(await client.find(68), ['68', '1', '2', '265598@SMART'])
  await other.settle()
  t.same(
    other.all(68).map(([, , reqId, contract]) => `${reqId} ${contract}`),
    ['3 none', '4 none', '3 265598@SMART'],
  )
  client.send(70, 1, 2)
  client.send(68, 1, 5, 4)
  t.same(await client.find(68), ['68', '1', '5', '265598@SMART'], 'what is shown is told at once')
  client.send(68, 1, 6, 8)
  t.equal((await client.error(6)).code, 321)
  client.send(69, 1, 7, '265598@SMART')
  t.equal((await client.error(7)).code, 321)
  client.send(69, 1, 5, 'nonsense')
  t.equal((await client.error(5)).code, 321)
  client.send(68, 1, 5, 4)
  t.equal((await client.error(5)).code, 102)
})

t.test('a histogram is told where there are trades', async (t) => {
  const { client } = await rigFor(t)
  client.send(88, 1, ...APPLE, 0, 1, '3 days')
  const told = await client.find(89)
  t.equal(told.length, 3 + 2 * Number(told[2]))
  t.ok(told.slice(3).every((field, place) => place % 2 === 0 || /^\d+$/.test(field)))
  client.send(88, 2, ...APPLE, 0, 1, 'long')
  t.equal((await client.error(2)).code, 321)
  client.send(88, 3, ...EURUSD, 0, 1, '3 days')
  t.equal((await client.error(3)).code, 162)
  client.send(89, 1)
  await client.settle()
})

t.test('everything of this kind ends with its client', async (t) => {
  const { gateway, client } = await rigFor(t)
  client.send(1, 11, 1, ...APPLE, 0, '292', 0, 0, '')
  client.send(22, ...scan(2, 10, 'STK', 'STK.US', 'MOST_ACTIVE'))
  client.send(12, 1, 1)
  client.send(68, 1, 3, 1)
  await client.settle()
  t.ok(gateway.world.beat.listening >= 2)
  await client.close()
  await until(() => gateway.connections.length === 0, 'the client is gone')
  t.equal(gateway.world.beat.listening, 0)
})
