import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { isPermissive, LICENCES_PAGE, licencesPage, packages } from '../../handbook/licences.ts'

const root = join(import.meta.dirname, '../../..')

t.test('every package that runs in production may be used, and is listed', async (t) => {
  t.ok(packages().length > 20)
  for (const each of packages()) t.ok(isPermissive(each), `${each.name}: ${each.licence}`)
  t.equal(
    readFileSync(LICENCES_PAGE, 'utf8'),
    licencesPage(),
    'npm run docs:licences writes what it should be',
  )
})

t.test('every package we name is pinned, and has its reason', async (t) => {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  const reasons = readFileSync(join(root, 'docs/decisions/0006-dependencies.md'), 'utf8')
    .split('\n')
    .flatMap((line) => (line.startsWith('| ') ? [line.split(' | ')[0] ?? ''] : []))
    .join(', ')
  const isNamed = (name: string) =>
    reasons
      .replace(/^\| /gm, '')
      .split(/[ ,|()]+/)
      .includes(name)
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    t.match(version, /^\d+\.\d+\.\d+$/, name)
    t.ok(isNamed(name), `${name} has a row in 0006`)
  }
})

t.test('the README counts what we stand on, and says for what', async (t) => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const [, count, table = ''] =
    /It stands on (\w+) packages[\s\S]*?\n\n(\| packages[\s\S]*?)\n(?:\n|$)/.exec(readme) ?? []
  const listed = table
    .split('\n')
    .slice(2)
    .flatMap((line) => (line.split(' | ')[0] ?? '').replace(/^\| /, '').split(', '))
  t.same(listed.sort(), Object.keys(dependencies).sort())
  t.equal(count, 'nineteen')
  t.equal(listed.length, 19)
})
