import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { CUT_OFF_HINT, hints } from '../../../instance/ib/endings.ts'

const root = join(import.meta.dirname, '../../..')
const page = readFileSync(join(root, 'docs/your-own-tws.md'), 'utf8')

t.test('every hint of /clients has a row in the handbook', async (t) => {
  const told = page
    .split('\n')
    .flatMap((line) => (line.startsWith('| ') ? [line.split(' | ')[1]] : []))
  for (const hint of [...Object.values(hints), CUT_OFF_HINT]) t.ok(told.includes(hint), hint)
  const proxy = readFileSync(join(root, 'proxy/probe.ts'), 'utf8')
  const asked = [...proxy.matchAll(/'(Is [^']+\?)'/g)].map(([, hint]) => hint ?? '')
  t.equal(asked.length, 2)
  for (const hint of asked) t.ok(told.includes(hint), hint)
})
