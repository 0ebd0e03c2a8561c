import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import {
  createKey,
  isAlive,
  type KeyWish,
  readKeys,
  readKeyText,
  revokeKey,
} from '../../../../proxy/auth/key-file.ts'
import { tempDir } from '../../../rig/temp-dir.ts'

const WISH: KeyWish = {
  ...{ name: 'desk1', scope: 'trade', expiresAt: null },
  ...{ accounts: ['DU1'], symbols: ['AAPL', 'MSFT*'], limits: { ordersPerMinute: 3 } },
}

const fileOf = (t: Test) => join(tempDir(t), 'keys.json')

t.test('a key is told once and kept only as a hash, in a file for its owner alone', async (t) => {
  const path = fileOf(t)
  const { text, id } = await createKey(path, WISH)
  const read = readKeyText(text)
  t.equal(read?.id, id)
  t.ok(Buffer.from(read?.secret ?? '', 'base64url').length * 8 >= 160, 'random bits')
  t.notOk(readFileSync(path, 'utf8').includes(read?.secret ?? '?'))
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.same(readdirSync(dirname(path)), ['keys.json'], 'nothing is left beside it')
  const { secret, ...key } = readKeys(path)[0] ?? {}
  t.match(secret, { algorithm: 'scrypt', N: 16_384 })
  t.match(key, { id, ...WISH, revokedAt: null })
})

t.test('a file that others could read is for its owner alone after a change', async (t) => {
  const path = fileOf(t)
  await createKey(path, WISH)
  chmodSync(path, 0o644)
  await createKey(path, { ...WISH, name: 'desk2' })
  t.equal(statSync(path).mode & 0o777, 0o600)
})

t.test('a name belongs to one living key', async (t) => {
  const path = fileOf(t)
  await createKey(path, WISH)
  await t.rejects(createKey(path, WISH), /there is a key desk1 already/)
  await t.rejects(createKey(path, { ...WISH, name: 'anonymous' }), /callers without a key/)
  await revokeKey(path, 'desk1')
  await createKey(path, WISH)
  t.same(
    readKeys(path).map((key) => isAlive(key)),
    [false, true],
  )
})

t.test('a key is revoked by its id too, and only once', async (t) => {
  const path = fileOf(t)
  const { id } = await createKey(path, WISH)
  t.match(await revokeKey(path, id), { name: 'desk1' })
  await t.rejects(revokeKey(path, id), /no key .* to revoke/)
  await t.rejects(revokeKey(path, 'desk9'), /no key desk9 to revoke/)
})

t.test('a key ends at its moment', async (t) => {
  const path = fileOf(t)
  await createKey(path, { ...WISH, expiresAt: new Date('2030-01-01T00:00:00Z') })
  const [key] = readKeys(path)
  if (key === undefined) throw new Error('no key')
  t.equal(isAlive(key, Date.parse('2029-12-31T23:59:59Z')), true)
  t.equal(isAlive(key, Date.parse('2030-01-01T00:00:00Z')), false)
})

t.test('two do not change the file at once, and what is wrong is not written', async (t) => {
  const path = fileOf(t)
  await createKey(path, WISH)
  const before = readFileSync(path, 'utf8')
  writeFileSync(`${path}.new`, '')
  await t.rejects(createKey(path, { ...WISH, name: 'desk2' }), /somebody else changes the file/)
  const other = fileOf(t)
  await t.rejects(createKey(other, { ...WISH, accounts: ['DU 1\n'] }), /accounts/)
  t.equal(readFileSync(path, 'utf8'), before)
  t.same(readdirSync(dirname(other)), [])
})

t.test('what is wrong with a file is told without what stands in it', async (t) => {
  const path = fileOf(t)
  t.throws(() => readKeys(path), /KEYS_FILE is ".*": it cannot be read \(ENOENT\)/)
  writeFileSync(path, 'hush-hush')
  t.throws(() => readKeys(path), { message: /^(?!.*hush).*it is no JSON/ })
  const { text } = await createKey(join(tempDir(t), 'other.json'), WISH)
  writeFileSync(path, JSON.stringify({ version: 1, keys: [{ id: text }] }))
  t.throws(() => readKeys(path), { message: new RegExp(`^(?!.*${text.slice(20)})KEYS_FILE is`) })
  for (const N of [2 ** 30, 2])
    t.throws(() => {
      writeFileSync(path, JSON.stringify({ version: 1, keys: [{ secret: { N } }] }))
      readKeys(path)
    }, 'nobody makes it reckon for ever, or for nothing')
})

t.test('what only looks like a key is none', async (t) => {
  for (const text of ['', 'ibk_', 'ibk_abc_def', `ibk_${'a'.repeat(12)}_${'b'.repeat(31)}`])
    t.equal(readKeyText(text), undefined, text)
})
