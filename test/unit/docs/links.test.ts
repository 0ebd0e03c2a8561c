import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import t from 'tap'
import { anchorsOf, isServed, linksOf, pages, pathsInTables } from '../../handbook/pages.ts'

const root = join(import.meta.dirname, '../../..')

t.test('every link inside the project leads somewhere', async (t) => {
  const dead = pages().flatMap((page) =>
    linksOf(page).filter((link) => {
      const [target = '', anchor] = link.split('#')
      const file = target === '' ? page.path : normalize(join(dirname(page.path), target))
      if (!existsSync(join(root, file))) return true
      return anchor !== undefined && !anchorsOf(readFileSync(join(root, file), 'utf8')).has(anchor)
    }),
  )
  t.same(dead, [])
})

t.test('every path that a table names is one of the API', async (t) => {
  for (const page of pages().filter(({ path }) => /^(README|docs\/[\w-]+)\.md$/.test(path))) {
    const unserved = pathsInTables(page).filter(({ path, method }) => !isServed(path, method))
    t.same(unserved, [], page.path)
  }
})

t.test('a path that is not served is found out', async (t) => {
  t.notOk(isServed('/orders/all', null))
  t.notOk(isServed('/beacon', 'DELETE'))
  t.ok(isServed('/clients/3/account/positions', 'GET'))
  t.ok(isServed('/order/{id}', 'PUT'))
})
