import t, { type Test } from 'tap'
import { Gateway } from '../../simulator/gateway.ts'
import { TwsClient } from '../rig/tws-client.ts'

const APPLE = ['265598', 'AAPL', 'STK', '', '', '', '', 'SMART', '', 'USD', '', ''] as const

async function rigFor(t: Test, highest = 178): Promise<{ client: TwsClient }> {
  const gateway = new Gateway({ port: 0, beatMs: 20 })
  await gateway.listen()
  const client = await TwsClient.login({ port: gateway.port, clientId: 5, highest })
  t.teardown(async () => {
    await client.close()
    await gateway.close()
  })
  return { client }
}

t.test(
  'a contract is found by its security ids, by part of its terms, or in all its matches',
  async (t) => {
    const { client } = await rigFor(t)
    const nothing = Array.from({ length: 12 }, () => '')
    const details = async (reqId: number, spec: readonly string[], ...more: string[]) => {
      client.send(9, 8, reqId, ...spec, 0, ...(more.length > 0 ? more : ['', '', '']))
      await client.find(52, ([, , of]) => of === String(reqId))
      return client.all(10).filter(([, of]) => of === String(reqId))
    }
    const [byIsin] = await details(1, nothing, 'ISIN', 'US0378331005', '')
    t.equal(byIsin?.[12], '265598')
    t.ok(byIsin?.includes('US0378331005'))
    const [byCusip] = await details(
      2,
      ['', '', 'STK', ...nothing.slice(3)],
      'CUSIP',
      '037833100',
      '',
    )
    t.equal(byCusip?.[12], '265598')
    const figi = byIsin?.[(byIsin.indexOf('FIGI') ?? 0) + 1] ?? ''
    t.equal((await details(3, nothing, 'FIGI', figi, ''))[0]?.[12], '265598')
    const month = (await details(4, ['', 'AAPL', 'OPT', ...nothing.slice(3)]))[0]?.[4]?.slice(0, 6)
    const spec = ['', 'AAPL', 'OPT', month ?? '', ...nothing.slice(4)]
    const chain = await details(5, spec)
    t.ok(chain.length > 20)
    t.ok(chain.every(([, , , , expiry]) => expiry?.startsWith(month ?? '-')))
    t.equal((await details(6, ['', 'ES', 'FUT', ...nothing.slice(3)])).length, 4)
    client.send(9, 8, 7, ...nothing, 0, 'ISIN', 'US0000000000', '')
    t.equal((await client.error(7)).code, 200)
    client.send(9, 8, 8, ...nothing, 0, 'RUNES', 'X', '')
    t.equal((await client.error(8)).code, 321)
  },
)

t.test('bonds and funds are described in their own ways', async (t) => {
  const { client } = await rigFor(t)
  const nothing = Array.from({ length: 12 }, () => '')
  const details = (reqId: number, spec: readonly string[], ...more: string[]) => {
    client.send(9, 8, reqId, ...spec, 0, ...(more.length > 0 ? more : ['', '', '']))
    return client.find(52)
  }
  await details(1, ['', 'IBM', 'BOND', ...nothing.slice(3)])
  const bonds = client.all(18)
  t.equal(bonds.length, 2)
  const [bond = []] = bonds
  t.same(bond.slice(0, 4), ['18', '1', 'IBM', 'BOND'])
  const cusip = bond[4] ?? ''
  await details(2, ['', cusip, 'BOND', '', '', '', '', 'SMART', '', 'USD', '', ''])
  t.same(client.all(18)[2]?.slice(2), bond.slice(2))
  client.send(81, 3, 'IBM')
  const samples = await client.find(79)
  const issuerId = samples.at(-1) ?? ''
  t.match(issuerId, /^e1\d{6}$/)
  await details(4, ['', '', 'BOND', ...nothing.slice(3)], '', '', issuerId)
  t.equal(client.all(18).length, 5, 'both bonds of the issuer')
  await details(5, ['', 'VFIAX', 'FUND', ...nothing.slice(3)])
  t.same(client.all(10)[0]?.slice(2, 4), ['VFIAX', 'FUND'])
  await details(6, ['', 'IBM', 'STK', ...nothing.slice(3)])
  t.equal(client.all(18).length, 5, 'a stock is no bond')
})

t.test('venues are told under the name that quotes bear', async (t) => {
  const { client } = await rigFor(t)
  client.send(1, 11, 1, ...APPLE, 0, '', 0, 0, '')
  const [, , , bbo = ''] = await client.find(81)
  client.send(83, 2, bbo)
  const told = await client.find(82)
  t.equal(told.length, 3 + 3 * Number(told[2]))
  const letters = told.slice(3).filter((_, place) => place % 3 === 2)
  const bidVenue = client.all(46).find(([, , , type]) => type === '32')?.[4] ?? ''
  const lastVenue = client.all(46).find(([, , , type]) => type === '84')?.[4] ?? ''
  t.ok(letters.includes(bidVenue) && letters.includes(lastVenue))
  client.send(83, 3, 'constructor')
  t.equal((await client.error(3)).code, 321)
  client.send(91, 110)
  t.same(await client.find(93), ['93', '110', '2', '0', '0.01', '3', '0.05'])
  client.send(82)
  const depth = await client.find(80)
  t.equal(depth.length, 2 + 5 * Number(depth[1]))
})

/** How many fields contractDetails has at that version, read from what it says of itself (facts §1.3, §1.7). */
function lengthOf(fields: readonly string[], version: number): number {
  const dated = version >= 182 ? 1 : 0
  const securityIds = 2 * Number(fields[30 + dated])
  const fund = fields[3] === 'FUND' && version >= 179 ? 17 : 0
  return 40 + dated + securityIds + fund + (version >= 186 ? 1 : 0)
}

const KINDS = [
  ['AAPL', 'STK'],
  ['AAPL', 'OPT'],
  ['ES', 'FUT'],
  ['VFIAX', 'FUND'],
  ['EUR', 'CASH'],
  ['SPX', 'IND'],
  ['BRFG:BRFG_ALL', 'NEWS'],
] as const

for (let version = 178; version <= 193; version += 1) {
  t.test(`a client that speaks ${version} can read contracts of every kind`, async (t) => {
    const { client } = await rigFor(t, version)
    t.equal(client.version, version)
    const inquire = (reqId: number, symbol: string, secType: string) =>
      client.send(9, 8, reqId, '', symbol, secType, ...Array.from({ length: 13 }, () => ''))
    for (const [reqId, [symbol, secType]] of KINDS.entries()) {
      inquire(reqId, symbol, secType)
      await client.find(52, ([, , of]) => of === String(reqId))
      const told = client.all(10).filter(([, of]) => of === String(reqId))
      t.ok(told.length > 0, secType)
      t.ok(
        told.every((fields) => fields.length === lengthOf(fields, version)),
        `${secType} to the last field`,
      )
    }
    inquire(99, 'IBM', 'BOND')
    t.equal((await client.find(18)).length, version >= 188 ? 45 : 42)
  })
}
