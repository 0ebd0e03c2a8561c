import type { IncomingHttpHeaders } from 'node:http'
import t from 'tap'
import { callerIn, callerNamed } from '../../../../proxy/auth/caller.ts'
import { Admission, type AdmissionRules } from '../../../../proxy/fast-path/admission.ts'
import { RateLimits } from '../../../../proxy/limits/rate-limits.ts'
import { standingFields } from '../../../../proxy/limits/standings.ts'

const HERE = '127.0.0.1'
const FAR = '192.0.2.7'
const URL = '/account/positions'
const refused: string[] = []
const rates = () =>
  new RateLimits({
    settings: {
      anonymous: { quota: 2, windowMs: 3_600_000 },
      read: { quota: 2, windowMs: 1000 },
      ...{ order: undefined, login: undefined },
    },
    onRefused: (code) => refused.push(code),
    now: () => 0,
  })
const OPEN: AdmissionRules = {
  gate: { isClosed: false, reader: () => undefined },
  rates: rates(),
  passes: () => true,
  ...{ hosts: undefined, requestTimeoutMs: 20_000 },
}
const judge = (headers: IncomingHttpHeaders, rules: Partial<AdmissionRules> = {}) =>
  new Admission({ ...OPEN, ...rules }).judge({ host: 'ibrest', ...headers }, HERE)

t.test('what a hook would judge is left to the hooks', async (t) => {
  t.ok(judge({}))
  t.ok(judge({ accept: '*/*' }))
  t.ok(judge({ accept: 'application/json' }))
  t.notOk(judge({}, { passes: () => false }), 'not from there')
  t.notOk(judge({ host: undefined }), 'Host is missing')
  t.notOk(judge({}, { hosts: (host) => host === 'another' }), 'nobody here is called that')
  t.ok(judge({}, { hosts: (host) => host === 'ibrest' }))
  t.notOk(judge({ origin: 'http://page' }), 'a page calls')
  t.notOk(judge({ accept: 'text/csv' }), 'another representation')
  t.notOk(judge({ 'x-deadline-ms': 'soon' }), 'a deadline that is none is refused by name')
})

t.test('what is found holds for every call with these fields', async (t) => {
  t.match(judge({}), { id: undefined, timeoutMs: 20_000, linesOn: '' })
  t.match(judge({ 'x-request-id': 'my.own' }), { id: 'my.own' })
  t.match(judge({ 'x-request-id': 'not one' }), { id: undefined })
  t.match(judge({ 'x-deadline-ms': '250' }), { timeoutMs: 250 })
  t.match(judge({ prefer: 'wait=3' }), { timeoutMs: 3000, linesOn: 'prefer: wait=3\r\n' })
  t.match(judge({ 'user-agent': 'x', connection: 'keep-alive', 'ibrest-owned': '1' }), {
    linesOn: 'user-agent: x\r\n',
  })
})

t.test('strangers from elsewhere are counted, and who has none left meets the hooks', async (t) => {
  const admission = new Admission({ ...OPEN, rates: rates() })
  const found = admission.judge({ host: 'ibrest' }, FAR)
  if (found === undefined) throw new Error('not found')
  t.equal(admission.admit(found, URL, HERE), found.headers, 'this machine is not counted')
  const lefts = [1, 2].map(() => {
    const headers = admission.admit(found, URL, FAR)
    return headers && standingFields(headers)['ratelimit-remaining']
  })
  t.same(lefts, ['1', '0'])
  t.equal(admission.admit(found, URL, FAR), undefined)
  t.same(refused, [], 'refusing is for the hooks')
  t.same(standingFields(found.headers), {}, 'nothing of one call is told in another')
})

t.test(
  'a caller is who his key says at every call, and what proves him goes no further',
  async (t) => {
    const rights = { scope: 'read', accounts: null, symbols: null, limits: {} } as const
    const callers = ['one', 'two'].map((name) => callerNamed(name, rights, () => true))
    let now: (typeof callers)[number] | undefined = callers[0]
    const gate = { isClosed: true, reader: () => now }
    const admission = new Admission({ ...OPEN, gate, rates: rates() })
    const found = admission.judge({ host: 'ibrest', authorization: 'Bearer ibk', 'x-a': 'b' }, HERE)
    if (found === undefined) throw new Error('not found')
    const first = admission.admit(found, URL, HERE)
    t.equal(first && callerIn(first), callers[0])
    t.match(found.linesOn, /^ibrest-caller: .*one.*\r\nx-a: b\r\n$/)
    now = callers[1]
    const second = admission.admit(found, URL, HERE)
    t.equal(second && callerIn(second), callers[1])
    t.match(found.linesOn, /two/)
    t.equal(first && callerIn(first), callers[0], 'a call that is under way stays his')
    now = undefined
    t.equal(admission.admit(found, URL, HERE), undefined, 'revoked: the hooks say so')
  },
)
