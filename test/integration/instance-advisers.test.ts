import t from 'tap'
import { IN } from '../rig/fake-gateway.ts'
import { instanced, type Reached, simulated } from '../rig/instanced.ts'
import { until } from '../rig/until.ts'

const soon = { 'x-deadline-ms': '150' }
const adviser = { simulator: { isAdviser: true } }
const groups = [
  { name: 'Pairs & Co', defaultMethod: 'Equal', accounts: [{ acct: 'DU1' }, { acct: 'DU2' }] },
  { name: 'One', defaultMethod: 'Percent', accounts: [{ acct: 'DU1', amount: '100' }] },
]
const told = groups.map(({ accounts, ...group }) => ({
  ...group,
  accounts: accounts.map((account) => ({ amount: null, ...account })),
}))

function put({ call }: Reached, body: unknown, headers: Record<string, string> = {}) {
  return call('/financial', {
    method: 'PUT',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

t.test('an adviser reads groups and aliases', async (t) => {
  const it = await simulated(t, adviser)
  const { answer, body } = await it.call('/financial')
  t.equal(answer.status, 200)
  t.equal(answer.headers.get('cache-control'), 'no-store')
  t.match(body, {
    faDataType: 1,
    groups: [{ name: 'Everybody', defaultMethod: 'NetLiq', accounts: [{ acct: 'DU1' }, {}] }],
    aliases: null,
    xml: /<ListOfGroups>/,
  })
  const aliases = await it.call('/financial?faDataType=3')
  t.match(aliases.body, { groups: null, aliases: [{ account: 'DU1', alias: 'DU1' }, {}] })
})

t.test('groups are put in the place of all there were', async (t) => {
  const it = await simulated(t, adviser)
  const { answer, body } = await put(it, { groups })
  t.equal(answer.status, 200)
  t.strictSame(body.groups, told)
  t.equal(body.text, 'success')
  t.strictSame((await it.call('/financial')).body.groups, told)
  const none = await put(it, { faDataType: 1, groups: [] })
  t.equal(none.answer.status, 200)
  t.strictSame((await it.call('/financial')).body.groups, [])
})

t.test('what is wrong with groups is named, and IB is not told', async (t) => {
  const { call, gateway, ...it } = await instanced(t)
  const [pairs, one] = groups
  const wrong: readonly (readonly [body: unknown, field: string, code: string])[] = [
    [{}, 'groups', 'missing'],
    [{ groups: [{ ...pairs, name: '' }] }, 'groups.0.name', 'too_small'],
    [{ groups: [{ ...pairs, name: ' A' }] }, 'groups.0.name', 'bad_format'],
    [{ groups: [{ ...one, name: 'A\u0001' }] }, 'groups.0.name', 'bad_format'],
    [{ groups: [{ ...one, name: 'A\0' }] }, 'groups.0.name', 'bad_format'],
    [{ groups: [one, one] }, 'groups.1.name', 'not_allowed'],
    [{ groups: [{ ...one, accounts: [] }] }, 'groups.0.accounts', 'too_small'],
    [{ groups: [pairs] }, 'groups.0.accounts.1.acct', 'not_found'],
    [{ groups: [{ ...one, defaultMethod: '<x>' }] }, 'groups.0.defaultMethod', 'bad_format'],
    [{ groups: [{ ...one, method: 'Equal' }] }, 'groups.0.method', 'not_allowed'],
    [
      { groups: [{ ...one, accounts: [{ acct: 'DU1', amount: 'much' }] }] },
      'groups.0.accounts.0.amount',
      'bad_format',
    ],
    [{ faDataType: 3, groups: [] }, 'faDataType', 'not_allowed'],
  ]
  for (const [body, field, code] of wrong) {
    const { answer, body: said } = await put({ call, ...it }, body)
    t.equal(answer.status, 422, JSON.stringify(body))
    t.match(said.errors, [{ field, code }], JSON.stringify(body))
  }
  t.equal((await call('/financial?faDataType=4')).answer.status, 422)
  t.equal(gateway.count(IN.REPLACE_FA) + gateway.count(IN.REQ_FA), 0)
})

t.test('who is no adviser is told so, and so is who asks for profiles', async (t) => {
  const it = await simulated(t)
  const read = await it.call('/financial')
  t.equal(read.answer.status, 403)
  t.match(read.body, { code: 'IB_NO_ADVISER', errorCode: 321, retryable: false })
  const written = await put(it, { groups })
  t.equal(written.answer.status, 403)
  t.match(written.body, { code: 'IB_NO_ADVISER' })
  const profiles = await it.call('/financial?faDataType=2')
  t.equal(profiles.answer.status, 501)
  t.match(profiles.body, { code: 'INSTANCE_NO_PROFILES', detail: /nothing was sent/ })
  const replaced = await put(it, { faDataType: 2, groups: [] })
  t.match(replaced.body, { status: 501, code: 'INSTANCE_NO_PROFILES' })
})

t.test('that there is no adviser is told to nobody who asks for something else', async (t) => {
  const { call, gateway } = await instanced(t, { environment: { SLOTS_PER_INSTANCE: '2' } })
  const providers = call('/news/providers')
  await until(() => gateway.count(IN.REQ_NEWS_PROVIDERS) === 1, 'somebody else waits')
  gateway.on(IN.REQ_FA, (api) => {
    const text =
      'Error validating request.-: cause - FA data operations ignored for non FA customers'
    api.sayAll([4, 2, -1, 321, text, ''], [85, 1, 'BRFG', 'Briefing'])
  })
  t.match((await call('/financial')).body, { code: 'IB_NO_ADVISER' })
  t.match((await providers).body, [{ providerCode: 'BRFG' }])
})

t.test('what IB refuses changes nothing, and a gateway that only reads is 403', async (t) => {
  const it = await simulated(t, adviser)
  const refused = await put(it, { groups: [{ ...groups[0], defaultMethod: 'Luck' }] })
  t.equal(refused.answer.status, 400)
  t.match(refused.body, { code: 'IB_REQUEST_INVALID', errorMsg: /Luck/ })
  t.match((await it.call('/financial')).body.groups, [{ name: 'Everybody' }])
  const { gateway, ...reading } = await instanced(t)
  gateway.on(IN.REPLACE_FA, (api, fields) => {
    const text = 'Error validating request.-: cause - The API interface is in Read-Only mode.'
    api.say(4, 2, fields.at(-1) ?? '', 321, text, '')
  })
  const closed = await put(reading, { groups: [groups[1]] })
  t.match(closed.body, { status: 403, code: 'IB_READ_ONLY' })
})

t.test('under a key groups are replaced once, and the answer is given again', async (t) => {
  const it = await simulated(t, adviser)
  const key = { 'idempotency-key': 'groups-1' }
  const first = await put(it, { groups }, key)
  t.equal(first.answer.status, 200)
  await put(it, { groups: [groups[1]] })
  const again = await put(it, { groups }, key)
  t.equal(again.answer.headers.get('idempotency-replayed'), 'true')
  t.strictSame(again.body, first.body)
  t.strictSame((await it.call('/financial')).body.groups, [told[1]], 'it was not sent again')
  const other = await put(it, { groups: [] }, key)
  t.match(other.body, { status: 422, code: 'REQUEST_KEY_REUSED' })
})

t.test('an unconfirmed replacement is sent once, and not called safe to repeat', async (t) => {
  const { gateway, ...it } = await instanced(t)
  const silent = await put(it, { groups: [groups[1]] }, soon)
  t.equal(silent.answer.status, 504)
  t.match(silent.body, {
    code: 'INSTANCE_QUERY_TIMEOUT',
    retryable: false,
    detail: /GET \/financial/,
  })
  t.equal(gateway.count(IN.REPLACE_FA), 1)
  gateway.on(IN.REPLACE_FA, () => gateway.drop())
  const lost = await put(it, { groups: [groups[1]] })
  t.match(lost.body, { status: 502, code: 'INSTANCE_SESSION_LOST', retryable: false })
  await until(() => it.instance.link.isUsable, 'logged in again')
  t.equal(gateway.count(IN.REPLACE_FA), 2, 'nothing went again after the new login')
})

t.test('lists that never come are 504, another list is not taken for this one', async (t) => {
  const { call, gateway } = await instanced(t)
  gateway.on(IN.REQ_FA, (api) => {
    api.sayAll([16, 1, 3, '<ListOfAccountAliases/>'], [16, 1, 1, '<ListOfGroups/>'])
  })
  t.match((await call('/financial')).body, { faDataType: 1, groups: [] })
  gateway.on(IN.REQ_FA, (api) => api.say(16, 1, 1, '<ListOfGroups>'))
  const torn = await call('/financial')
  t.match(torn.body, { status: 502, code: 'INSTANCE_DOCUMENT_UNREADABLE' })
  gateway.on(IN.REQ_FA, () => undefined)
  const silent = await call('/financial', { headers: soon })
  t.equal(silent.answer.status, 504)
  t.match(silent.body.detail, /adviserList/)
})
