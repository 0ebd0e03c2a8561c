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

t.test('where nothing is kept nothing matches, after the same work', async (t) => {
  const desk = new ScryptDesk()
  t.equal(await desk.matches('', undefined, CHEAP, 'unknown'), false)
  const broken = { ...(await hashed('hush', CHEAP)), hash: '' }
  t.equal(await desk.matches('hush', broken, CHEAP, 'known'), false)
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
