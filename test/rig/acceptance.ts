import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** What was asked for, by the ids of the requirements. */
export const acceptanceIds = JSON.parse(
  readFileSync(join(root, 'test/acceptance-ids.json'), 'utf8'),
) as readonly string[]

/**
 * What no test speaks of yet. It only ever gets shorter, and is to be empty; `node test/rig/acceptance.ts` prints what
 * is left.
 */
export const OWED: ReadonlySet<string> = new Set(
  `S1.1 S1.5 S1.6 S1.7 S1.12 S1.14 S1.15 S1.N1 S1.N3 S1.N12 S3.1
    S3.2 S3.3 S3.4 S3.5 S3.7 S3.8 S3.9 S3.10 S3.11 S3.12 S3.13 S3.14 S3.15 S3.16 S3.17 S3.18
    S3.19 S3.20 S3.21 S3.22 S3.23 S3.24 S3.25 S4.1 S4.2 S4.3 S4.4 S4.5 S4.6 S4.7 S4.8 S4.9
    S4.11 S4.12 S4.14 S4.15 S4.16 S4.17 S4.22 S4.23 S4.24 S4.25 S4.26 S4.27 S4.39`.split(/\s+/),
)

/** The ids that no test names. */
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
