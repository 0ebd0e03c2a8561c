import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readSessionKey, TokenSeal } from '../../../../proxy/auth/session-token.ts'
import { tempDir } from '../../../rig/temp-dir.ts'

const CLAIMS = { user: 'alice', family: 'f', turn: 1, issued: 1, expires: 2 }

t.test('a token is known to whoever has the key it was signed with', async (t) => {
  const key = Buffer.from('k'.repeat(32))
  const token = new TokenSeal(key).write('access', CLAIMS)
  t.same(new TokenSeal(key).read('access', token), CLAIMS)
  t.equal(new TokenSeal().read('access', token), undefined)
})

t.test('neither kind passes for the other, nor any other text for either', async (t) => {
  const seal = new TokenSeal()
  const token = seal.write('refresh', CLAIMS)
  t.equal(seal.read('access', token), undefined)
  t.equal(seal.read('access', token.replace('ibr_', 'ibs_')), undefined, 'the kind is signed too')
  t.equal(seal.read('refresh', `${token.slice(0, -2)}xx`), undefined)
  const [head, mac] = token.split('.')
  const forged = Buffer.from(JSON.stringify({ ...CLAIMS, user: 'bob' })).toString('base64url')
  t.equal(seal.read('refresh', `ibr_${forged}.${mac}`), undefined)
  t.equal(seal.read('refresh', `${head}.`), undefined)
  t.equal(seal.read('refresh', ''), undefined)
})

t.test('a key file must have enough to guess at', async (t) => {
  const path = join(tempDir(t), 'session.key')
  t.throws(() => readSessionKey(path), /cannot be read \(ENOENT\)/)
  writeFileSync(path, 'short\n')
  t.throws(() => readSessionKey(path), { message: /^(?!.*short).*has 5 characters/s })
  writeFileSync(path, `${'k'.repeat(32)}\n`)
  t.equal(readSessionKey(path).toString(), 'k'.repeat(32))
})
