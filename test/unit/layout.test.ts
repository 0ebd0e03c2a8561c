import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '../..')
const sources = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts'],
  { cwd: root, encoding: 'utf8' },
)
  .trim()
  .split('\n')
const lines = (file: string) => readFileSync(join(root, file), 'utf8').split('\n')

function importsOf(file: string): string[] {
  return lines(file)
    .flatMap((line) => /(?:from|import) '(\.[^']+\.ts)'/.exec(line)?.[1] ?? [])
    .map((path) => normalize(join(dirname(file), path)))
}

/** Every file reachable by imports from one. */
function reachable(from: string, seen = new Set<string>()): Set<string> {
  if (seen.has(from)) return seen
  seen.add(from)
  for (const next of importsOf(from)) reachable(next, seen)
  return seen
}

t.test('no source file is longer than 400 lines', async (t) => {
  const long = sources.filter((file) => lines(file).length > 401)
  t.same(long, [])
})

t.test('no file has a name that says nothing', async (t) => {
  const banned =
    /^(utils?|helpers?|common|misc|manager|handler|processor|service|data|info|base|types)\.ts$/
  const named = sources.filter(
    (file) => banned.test(basename(file)) && file !== 'shared/service.ts',
  )
  t.same(named, [])
})

t.test('what stands in shared/ is used by both services', async (t) => {
  const [byProxy, byInstance] = [reachable('proxy/main.ts'), reachable('instance/main.ts')]
  const shared = sources.filter((file) => file.startsWith('shared/'))
  t.same(
    shared.filter((file) => !byProxy.has(file)),
    [],
    'by the proxy',
  )
  t.same(
    shared.filter((file) => !byInstance.has(file)),
    [],
    'by the instances',
  )
})

t.test('the simulator shares no code with what it tests', async (t) => {
  const foreign = sources
    .filter((file) => file.startsWith('simulator/'))
    .flatMap(importsOf)
    .filter((file) => !file.startsWith('simulator/'))
  t.same(foreign, [])
})
