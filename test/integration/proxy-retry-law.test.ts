import t from 'tap'
import { type Proxied, proxied } from '../rig/proxied.ts'
import { reset } from '../rig/reset.ts'
import { type StubInstance, sendJson } from '../rig/stub-instance.ts'

/** The one who is asked first of two: the steward, client 0, comes last. */
const FIRST = 1

interface Moment {
  readonly fails: (first: StubInstance) => unknown
  /** nothing was done: whoever is not bound to this client is served by the other */
  readonly again: boolean
  /** what a caller is told where nobody else may serve him */
  readonly status: number
  readonly code: string
  /** whether he may send the same again: a read, anything else */
  readonly retryable: { readonly read: boolean; readonly other: boolean }
  /** the code where it waited for a slot of this client, if it is another */
  readonly ofSlot?: string
  readonly deadlineMs?: number
}

const any = { read: true, other: true }
const onlyReads = { read: true, other: false }
const turnsAway = (code: string, ofSlot: string): Moment => ({
  fails: (first) => {
    first.answer = (_, response) => sendJson(response, 503, { code, retryable: true })
  },
  again: true,
  ...{ status: 503, code, ofSlot, retryable: any, deadlineMs: 500 },
})

const moments: Readonly<Record<string, Moment>> = {
  'its connection refused': {
    fails: (first) => first.stop(),
    again: true,
    ...{ status: 503, code: 'PROXY_OWNER_DOWN', retryable: any },
  },
  'turned away as busy': turnsAway('INSTANCE_BUSY', 'PROXY_POOL_BUSY'),
  'turned away as not logged in': turnsAway('INSTANCE_NOT_READY', 'PROXY_OWNER_DOWN'),
  'turned away as shutting down': turnsAway('INSTANCE_SHUTTING_DOWN', 'PROXY_OWNER_DOWN'),
  'reset before the first byte of the answer': {
    fails: (first) => {
      first.answer = (_, response) => response.socket && reset(response.socket)
    },
    again: false,
    ...{ status: 502, code: 'PROXY_INSTANCE_LOST', retryable: onlyReads },
  },
  'reset in the middle of the answer': {
    fails: (first) => {
      first.answer = (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 })
        response.write('{"half":', () => response.socket && reset(response.socket))
      }
    },
    again: false,
    ...{ status: 502, code: 'PROXY_INSTANCE_LOST', retryable: onlyReads },
  },
  'not answered by the deadline': {
    fails: (first) => {
      first.answer = () => undefined
    },
    again: false,
    ...{ status: 504, code: 'PROXY_DEADLINE', retryable: onlyReads, deadlineMs: 150 },
  },
}

/** Calls of each method; those that name an order of the first client are bound to it. */
const calls = [
  { method: 'GET', path: '/account/positions', bound: false, leased: true },
  { method: 'POST', path: '/order', bound: false, leased: true },
  { method: 'GET', path: `/order/${FIRST}.7`, bound: true, leased: false },
  { method: 'PUT', path: `/order/${FIRST}.7`, bound: true, leased: false },
  { method: 'DELETE', path: `/order/${FIRST}.7`, bound: true, leased: false },
  { method: 'POST', path: `/clients/${FIRST}/order`, bound: true, leased: true },
] as const

const isKnocking = ({ code }: Moment, bound: boolean, { status }: Response) =>
  code === 'INSTANCE_BUSY' && bound && status === 504

const seenBy = (it: Proxied) => it.stubs.map((stub) => stub.calls.length)

for (const [name, moment] of Object.entries(moments)) {
  t.test(`a call ${name}`, async (t) => {
    for (const { method, path, bound, leased } of calls) {
      const what = `${method} ${path}`
      // the probe is not to notice before the call does
      const it = await proxied(t, 2, { PROBE_INTERVAL_MS: '60000' })
      const [other, first] = it.stubs as [StubInstance, StubInstance]
      other.answer = (_, response) => sendJson(response, 200, { served: 'by the other' })
      await moment.fails(first)
      const hasBody = method === 'POST' || method === 'PUT'
      const ask = async () => {
        const answer = await fetch(`${it.url}${path}`, {
          method,
          headers: {
            'content-type': 'application/json',
            'x-deadline-ms': String(moment.deadlineMs ?? 20_000),
          },
          ...(hasBody && { body: '{}' }),
        })
        const body = (await answer.json()) as { code?: string; retryable?: boolean }
        return { answer, body }
      }
      let { answer, body } = await ask()
      // who is turned away as busy knocks again and again: his time may be up while he stands at the door once more
      for (let more = 0; isKnocking(moment, bound, answer) && more < 10; more += 1) {
        t.match(body, { code: 'PROXY_DEADLINE', retryable: onlyReads.other })
        ;({ answer, body } = await ask())
      }
      const reached = name === 'its connection refused' ? 0 : 1
      if (moment.again && !bound) {
        t.same(body, { served: 'by the other' }, what)
        t.same(seenBy(it), [1, reached], `${what}: each instance has it once at most`)
        continue
      }
      t.equal(answer.status, moment.status, what)
      t.equal(body.code, (leased && moment.ofSlot) || moment.code, what)
      t.equal(body.retryable, moment.retryable[method === 'GET' ? 'read' : 'other'], what)
      const [byOther, byFirst = 0] = seenBy(it)
      t.equal(byOther, 0, `${what}: nobody else has it`)
      // who is turned away as busy may knock again
      const knocks = leased && moment.code === 'INSTANCE_BUSY'
      t.ok(knocks ? byFirst >= reached : byFirst === reached, `${what}: it was sent once`)
    }
  })
}
