import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** What was asked for, by the ids of the requirements. */
export const acceptanceIds = JSON.parse(
  readFileSync(join(root, 'test/acceptance-ids.json'), 'utf8'),
) as readonly string[]

/** The ids that no test names; `npm run acceptance` prints them. It is to be none. */
export function unnamedIds(): readonly string[] {
  const tests = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', 'test/**/*.test.ts'],
    { cwd: root, encoding: 'utf8' },
  )
  const named = new Set(
    tests
      .trim()
      .split('\n')
      .flatMap(
        (path) => readFileSync(join(root, path), 'utf8').match(/\bS\d\.[A-Zs]?\d+\b/g) ?? [],
      ),
  )
  return acceptanceIds.filter((id) => !named.has(id))
}

if (import.meta.main) {
  const unnamed = unnamedIds()
  process.stdout.write(`requirements without a test: ${unnamed.length}\n${unnamed.join(' ')}\n`)
}
