import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { operations, urlsOf } from '../../shared/api/index.ts'

const root = join(import.meta.dirname, '../..')

/** One page of the project's own documentation. */
export interface Page {
  /** from the root of the project */
  readonly path: string
  readonly text: string
}

/** Every page, wherever it stands. */
export function pages(): readonly Page[] {
  const listed = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'],
    { cwd: root, encoding: 'utf8' },
  )
  return listed
    .trim()
    .split('\n')
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

/** What stands in fences is not prose: no links are there, nor headings. */
function proseOf(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '')
}

/** Where a page points to inside the project, as it is written: `docs/faq.md#orders`. */
export function linksOf({ text }: Page): readonly string[] {
  const targets = [...proseOf(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? '')
  return targets.filter((target) => !/^[a-z]+:/.test(target))
}

/** The anchors of a page: of its headings, as they are made of their words, and those it sets itself. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...proseOf(text).matchAll(/^#{1,6} (.+)$/gm)].map(
    ([, heading]) => heading ?? '',
  )
  const own = [...text.matchAll(/<a id="([\w-]+)"><\/a>/g)].map(([, id]) => id ?? '')
  return new Set([
    ...own,
    ...headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replace(/ /g, '-'),
    ),
  ])
}

const PATH = /^\/[\w/{}…%.,+-]*$/

/** The paths of the API named in the tables of a page, with the methods where they stand before them. */
export function pathsInTables({ text }: Page): readonly { path: string; method: string | null }[] {
  const rows = proseOf(text)
    .split('\n')
    .filter((line) => line.startsWith('|'))
  return rows.flatMap((row) =>
    [...row.matchAll(/`([^`]+)`/g)].flatMap(([, quoted = '']) => {
      const [, method = null, path = ''] =
        /^(?:(GET|POST|PUT|DELETE) )?(\/[^?\s]*)/.exec(quoted) ?? []
      return PATH.test(path) ? [{ path, method }] : []
    }),
  )
}

const PLACE = String.raw`(?:\{[\w]+\}|[^/]+)`

function patternOf(url: string): RegExp {
  return new RegExp(`^${url.replace(/:\w+/g, PLACE).replace(/\/$/, '/?')}$`)
}

/** Whether the API has an operation there; `/clients/3/…` is the whole API at one client. */
export function isServed(path: string, method: string | null): boolean {
  const own = path.replace(/^\/clients\/(?:\{\w+\}|\d+)(?=\/|$)/, '') || '/clients'
  if (own === '/…') return true
  return [path, own].some((asked) =>
    operations.some(
      (operation) =>
        (method === null || operation.method === method) &&
        urlsOf(operation).some((url) => patternOf(url).test(asked)),
    ),
  )
}
