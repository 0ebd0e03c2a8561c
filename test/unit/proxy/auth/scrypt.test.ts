import { createHook } from 'node:async_hooks'
import t from 'tap'
import { FOR_KEYS, hashed, ScryptDesk } from '../../../../proxy/auth/scrypt.ts'

const CHEAP = { N: 1024, r: 8, p: 1 }

t.test('a secret is known again, and no other one', async (t) => {
  const desk = new ScryptDesk()
  const kept = await hashed('hush', CHEAP)
  t.equal(await desk.matches('hush', kept, FOR_KEYS, 'known'), true)
  t.equal(await desk.matches('hush ', kept, FOR_KEYS, 'known'), false)
  t.not((await hashed('hush', CHEAP)).hash, kept.hash, 'each has a salt of its own')
})

/** How often scrypt is reckoned while something is done. */
async function reckonings(what: () => Promise<unknown>): Promise<number> {
  let count = 0
  const hook = createHook({
    init: (_, type) => {
      if (type === 'SCRYPTREQUEST') count += 1
    },
  }).enable()
  await what().finally(() => hook.disable())
  return count
}

t.test('where nothing is kept nothing matches, after the same work', async (t) => {
  const desk = new ScryptDesk()
  const kept = await hashed('hush', CHEAP)
  const cases = [
    ['right', kept, 'known', true],
    ['wrong', kept, 'known', false],
    ['nothing is kept', undefined, 'unknown', false],
    ['what is kept is broken', { ...kept, hash: '' }, 'known', false],
  ] as const
  for (const [what, record, lane, matches] of cases) {
    const secret = what === 'wrong' ? 'loud' : 'hush'
    const work = await reckonings(async () =>
      t.equal(await desk.matches(secret, record, CHEAP, lane), matches, what),
    )
    t.equal(work, 1, `${what}: scrypt is reckoned once`)
  }
})

t.test('a flood of strangers waits for callers, and is refused at last', async (t) => {
  const desk = new ScryptDesk()
  const kept = await hashed('hush', CHEAP)
  const order: string[] = []
  const strangers = Array.from({ length: 66 }, (_, index) =>
    desk.matches(`wrong ${index}`, undefined, CHEAP, 'unknown').then(() => order.push('stranger')),
  )
  await t.rejects(desk.matches('one more', undefined, CHEAP, 'unknown'), {
    code: 'PROXY_AUTH_BUSY',
    status: 503,
  })
  t.equal(
    await desk.matches('hush', kept, CHEAP, 'known').finally(() => order.push('caller')),
    true,
  )
  t.ok(order.indexOf('caller') <= 4, `as the ${order.indexOf('caller') + 1}. of ${order.length}`)
  await Promise.all(strangers)
  t.equal(await desk.matches('hush', kept, CHEAP, 'known'), true, 'and the places are free again')
})
