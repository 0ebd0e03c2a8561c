import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Type } from 'typebox'
import { readEnvironment, refuseOpenListen, secret } from '../../../shared/env.ts'
import { tempDir } from '../../rig/temp-dir.ts'

const schema = {
  PORT: Type.Integer({ default: 8080, minimum: 0 }),
  NAME: Type.String({ minLength: 1 }),
}

t.test('values are typed, defaulted and frozen; empty means unset', async (t) => {
  const values = readEnvironment(schema, { NAME: 'x', PORT: '', OTHER: 'ignored' })
  t.same(values, { NAME: 'x', PORT: 8080 })
  t.ok(Object.isFrozen(values))
  t.equal(readEnvironment(schema, { NAME: 'x', PORT: '7' }).PORT, 7)
})

t.test('all mistakes are told at once, a line each', async (t) => {
  t.throws(() => readEnvironment(schema, { PORT: '1.5' }), {
    name: 'ConfigError',
    message: /NAME is not set[\s\S]*PORT is "1.5"|PORT is "1.5"[\s\S]*NAME is not set/,
  })
})

t.test('only loopback may be listened on without asking', async (t) => {
  for (const host of ['127.0.0.1', '127.8.8.8', 'localhost', '::1']) {
    t.doesNotThrow(() => refuseOpenListen(host, undefined), host)
  }
  for (const host of ['0.0.0.0', '::', '10.0.0.5', 'example.org']) {
    t.throws(() => refuseOpenListen(host, 'no'), { name: 'ConfigError' }, host)
    t.doesNotThrow(() => refuseOpenListen(host, 'yes'), host)
  }
})

t.test('a secret stands in its variable or in a file, and no mistake shows it', async (t) => {
  const path = join(tempDir(t), 'word')
  writeFileSync(path, 'long-enough\n')
  const secrets = secret('WORD', { description: 'a word', pattern: '^[a-z-]{8,}$' })
  const read = (environment: Record<string, string>) => readEnvironment(secrets, environment)
  t.equal(read({ WORD: 'long-enough' }).WORD, 'long-enough')
  t.equal(read({ WORD_FILE: path }).WORD, 'long-enough')
  t.equal(read({ WORD: '', WORD_FILE: '' }).WORD, undefined)
  t.throws(() => read({ WORD: 'long-enough', WORD_FILE: path }), {
    message: 'WORD and WORD_FILE are both set; one of them must go',
  })
  t.throws(() => read({ WORD_FILE: '/no/such/file' }), { message: /^WORD_FILE cannot be read/ })
  writeFileSync(path, 'Sesame')
  for (const environment of [{ WORD: 'Sesame' }, { WORD_FILE: path }]) {
    const error = t.throws(() => read(environment), { name: 'ConfigError', message: /WORD is not/ })
    t.notMatch(String(error), /Sesame/)
  }
})
