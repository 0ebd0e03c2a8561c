import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** Where the list is kept. */
export const LICENCES_PAGE = join(root, 'docs/licences.md')

/** What may be used without asking anybody; `OR` gives the choice. */
const PERMISSIVE: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
])

/** A package that runs in production, as the lock file has it. */
export interface Package {
  readonly name: string
  readonly version: string
  readonly licence: string
  /** we name it ourselves */
  readonly isDirect: boolean
}

interface Locked {
  readonly version?: string
  readonly license?: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly devOptional?: boolean
}

/** Every package that is installed with `npm ci --omit=dev`, by name. */
export function packages(): readonly Package[] {
  const read = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8'))
  const direct = Object.keys(read('package.json').dependencies)
  const locked: Record<string, Locked> = read('package-lock.json').packages
  return Object.entries(locked)
    .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
    .map(([path, { version = '', license = '' }]) => {
      const name = path.replace(/^.*node_modules\//, '')
      return { name, version, licence: license, isDirect: direct.includes(name) }
    })
    .sort((one, other) =>
      `${one.name} ${one.version}` < `${other.name} ${other.version}` ? -1 : 1,
    )
}

/** Whether one of the licences it may be taken under is permissive. */
export function isPermissive({ licence }: Package): boolean {
  return licence
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((each) => PERMISSIVE.has(each)))
}

/** The page as it should be. */
export function licencesPage(): string {
  const all = packages()
  const direct = all.filter(({ isDirect }) => isDirect).length
  const rows = all.map(
    ({ name, version, licence, isDirect }) =>
      `| ${isDirect ? `**${name}**` : name} | ${version} | ${licence} |`,
  )
  return `# Licences

IBREST is under the MIT licence. In production it runs ${all.length} packages of others: the ${direct} in bold are chosen by us, for the reasons in
[0006](decisions/0006-dependencies.md), the rest are theirs. All licences are permissive; where there is a choice (\`OR\`) the permissive one is taken. Made by \`npm run docs:licences\`.

| package | version | licence |
|---|---|---|
${rows.join('\n')}
`
}

if (import.meta.main) writeFileSync(LICENCES_PAGE, licencesPage())
