import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readConfig } from '../../../deploy/local/config.ts'
import { ENVIRONMENT_PAGE, variables, withTable } from '../../handbook/environment.ts'

const root = join(import.meta.dirname, '../../..')
const page = readFileSync(ENVIRONMENT_PAGE, 'utf8')

t.test('the table of the environment is the one its readers declare', async (t) => {
  t.equal(page, withTable(page), 'npm run docs:environment writes it anew')
})

t.test('every variable says what it means', async (t) => {
  const silent = variables().filter(({ meaning }) => meaning.trim() === '')
  t.same(silent, [])
})

t.test('what npm start reads is all there, with the bounds it has', async (t) => {
  const source = readFileSync(join(root, 'deploy/local/config.ts'), 'utf8')
  const read = [...source.matchAll(/^ {2}([A-Z_]+): /gm)].map(([, name]) => name)
  const rows = variables().filter(({ reader }) => reader === 'start')
  t.same(rows.map(({ name }) => name).sort(), read.sort())
  for (const { name, bounds } of rows) {
    const [low, high] = bounds.split(' to ')
    if (low === undefined || high === undefined) continue
    t.throws(() => readConfig({ [name]: String(Number(low) - 1) }), { name: 'ConfigError' }, name)
    t.throws(() => readConfig({ [name]: String(Number(high) + 1) }), { name: 'ConfigError' }, name)
    t.doesNotThrow(() => readConfig({ [name]: low }), name)
  }
})

t.test('no variable is told of that nobody reads', async (t) => {
  const known = new Set(variables().map(({ name }) => name))
  const told = [...page.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, name]) => name)
  t.same(
    told.filter((name) => name !== undefined && !known.has(name)),
    [],
  )
})
