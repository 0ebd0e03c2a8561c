import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Suites from lightest to heaviest. Faults wait more than they work, so that two of them share a machine. */
const suites: Record<string, readonly string[]> = {
  unit: [],
  integration: ['--jobs=2'],
  e2e: ['--jobs=1'],
  faults: ['--jobs=2'],
}

/** So much is shown of each failure. */
const FAILURE_LINES = 25

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !(name in suites))
if (unknown.length > 0) {
  console.error(`No such suite: ${unknown.join(', ')}; there are ${Object.keys(suites).join(', ')}`)
  process.exit(2)
}

const results = mkdtempSync(join(tmpdir(), 'ibrest-test-'))

/** Every process of a run, tests and what they start, is spared compiling what another has compiled. */
const env = { NODE_COMPILE_CACHE: join(results, 'compiled'), ...process.env }

function tap(args: readonly string[]): number {
  return spawnSync('tap', args, { stdio: 'inherit', env }).status ?? 1
}

/** What went wrong and where, out of a suite's results: the reporter says how many, and not always which. */
function failuresIn(told: string): string[] {
  const lines = told.split('\n')
  return lines.flatMap((line, at) => {
    if (!/^\s*not ok /.test(line) || / # (TODO|SKIP)/.test(line)) return []
    const end = lines.findIndex((later, n) => n > at && /^\s*\.\.\.$/.test(later))
    return lines.slice(at, Math.min(end < 0 ? at + 1 : end, at + FAILURE_LINES))
  })
}

/** Runs one suite; how many assertions passed and failed. */
function run(name: string, options: readonly string[]): { passed: number; failed: number } {
  const files = globSync(`test/${name}/**/*.test.ts`)
  if (files.length === 0) return { passed: 0, failed: 0 }
  const output = join(results, `${name}.tap`)
  console.log(`\n# ${name}: ${files.length} files`)
  const status = tap([...options, '--reporter=terse', `--output-file=${output}`, ...files.sort()])
  const told = existsSync(output) ? readFileSync(output, 'utf8') : ''
  const counts = [...told.matchAll(/^# \{ (total: .*) \}$/gm)].at(-1)?.[1] ?? ''
  const count = (word: string) => Number(new RegExp(`${word}: (\\d+)`).exec(counts)?.[1] ?? 0)
  const failed = count('fail')
  if (status !== 0) console.log(failuresIn(told).join('\n'))
  return { passed: count('pass'), failed: status !== 0 && failed === 0 ? 1 : failed }
}

// tap bakes its plugins into the library once: ours leave TypeScript to Node
if (tap(['build']) !== 0) process.exit(1)
const totals = { passed: 0, failed: 0 }
for (const name of asked.length > 0 ? asked : Object.keys(suites)) {
  const { passed, failed } = run(name, suites[name] ?? [])
  totals.passed += passed
  totals.failed += failed
}
rmSync(results, { recursive: true, force: true })
console.log(`\n${totals.passed} passed, ${totals.failed} failed`)
process.exit(totals.failed === 0 && totals.passed > 0 ? 0 : 1)
