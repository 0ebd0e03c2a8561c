import type { FastifyBaseLogger } from 'fastify'
import t, { type Test } from 'tap'
import { revokeKey } from '../../../../proxy/auth/key-file.ts'
import { KeyRing } from '../../../../proxy/auth/key-ring.ts'
import { type Hashed, type Lane, ScryptDesk } from '../../../../proxy/auth/scrypt.ts'
import { keyFile } from '../../../rig/keyed.ts'
import { until } from '../../../rig/until.ts'

/** Tells how often it had to reckon, and for whom. */
class CountingDesk extends ScryptDesk {
  readonly lanes: Lane[] = []

  override matches(...asked: Parameters<ScryptDesk['matches']>): Promise<boolean> {
    const [, kept, , lane]: [string, Hashed | undefined, unknown, Lane] = asked
    if ((kept === undefined) !== (lane === 'unknown')) throw new Error('the lane is wrong')
    this.lanes.push(lane)
    return super.matches(...asked)
  }
}

async function ringed(t: Test) {
  const keys = await keyFile(t)
  const desk = new CountingDesk()
  const ring = new KeyRing(keys.path, desk, {} as FastifyBaseLogger)
  return { keys, desk, ring }
}

t.test('what is wrong takes the same work, whatever is wrong about it', async (t) => {
  const { keys, desk, ring } = await ringed(t)
  const wrong = [
    `${keys.read.slice(0, -4)}AAAA`,
    `ibk_${'a'.repeat(12)}_${'b'.repeat(32)}`,
    'hello',
    '',
  ]
  for (const text of wrong) t.same(await ring.judge(text, '::1'), { why: 'wrong' })
  t.same(desk.lanes, ['known', 'unknown', 'unknown', 'unknown'], 'once each')
})

t.test('a key is reckoned once, however many call with it at first', async (t) => {
  const { keys, desk, ring } = await ringed(t)
  t.equal(ring.known(keys.trade), undefined)
  const verdicts = await Promise.all(
    Array.from({ length: 50 }, () => ring.judge(keys.trade, '::1')),
  )
  for (const verdict of verdicts)
    t.match(verdict, { caller: { name: 'trade', scope: 'trade', sees: 'all accounts' } })
  t.match(ring.known(keys.trade), { caller: { name: 'trade' } })
  t.equal(desk.lanes.length, 1)
})

t.test('a wrong text is remembered too, and costs nothing the next time', async (t) => {
  const { desk, ring } = await ringed(t)
  await ring.judge('hello', '::1')
  t.same(ring.known('hello'), { why: 'wrong' })
  t.equal(desk.lanes.length, 1)
})

t.test('who tries secrets of one key keeps nobody else out', async (t) => {
  const { keys, ring } = await ringed(t)
  const tries = Array.from({ length: 10 }, (_, n) => `${keys.read.slice(0, -4)}AAA${n}`)
  for (const text of tries) t.same(await ring.judge(text, '::1'), { why: 'wrong' })
  t.match(await ring.judge(`${keys.read.slice(0, -4)}BBBB`, '::1'), {
    why: 'locked-out',
    limit: 10,
  })
  t.match(await ring.judge(keys.trade, '::1'), { caller: {} }, 'another key from there')
  t.match(await ring.judge(keys.read, '::2'), { caller: {} }, 'the same from elsewhere')
})

t.test('a key revoked between the reading of the file and the watching is revoked', async (t) => {
  const keys = await keyFile(t)
  const log = { info: () => undefined } as unknown as FastifyBaseLogger
  const ring = new KeyRing(keys.path, new CountingDesk(), log)
  t.match(await ring.judge(keys.trade, '::1'), { caller: { name: 'trade' } })
  await revokeKey(keys.path, 'trade')
  ring.watch()
  t.teardown(() => ring.stop())
  await until(() => ring.known(keys.trade) === undefined, 'nothing is known of it')
  t.match(await ring.judge(keys.trade, '::1'), { why: 'revoked' })
})
