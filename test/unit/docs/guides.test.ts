import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '../../..')
const textOf = (path: string) => readFileSync(join(root, path), 'utf8')

t.test(
  'S1.N12 each way to install has its guide, so have upgrades, and changes are kept',
  async (t) => {
    const start = textOf('README.md')
    for (const path of ['docs/docker.md', 'docs/kubernetes.md', 'docs/your-own-tws.md']) {
      t.ok(existsSync(join(root, path)), path)
      t.ok(start.includes(path), `README leads to ${path}`)
    }
    t.match(start, /npm start/)
    t.match(textOf('docs/migration.md'), /upgrade/i)
    t.match(textOf('CHANGELOG.md'), /^## /m)
  },
)
