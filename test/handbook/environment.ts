import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig as readLocalConfig } from '../../deploy/local/config.ts'
import { instanceEnvironment } from '../../instance/config.ts'
import { proxyEnvironment } from '../../proxy/config.ts'
import { settings } from '../../simulator/config.ts'

/** Where the table is kept. */
export const ENVIRONMENT_PAGE = join(import.meta.dirname, '../../docs/environment.md')

/** One variable as its reader declares it. */
export interface Variable {
  readonly name: string
  readonly reader: 'start' | 'proxy' | 'instance' | 'simulator'
  /** empty: unset */
  readonly usual: string
  /** what it takes; empty: any text */
  readonly bounds: string
  readonly meaning: string
}

/** What a declaration says of itself, as far as the table shows it. */
interface Declared {
  readonly type?: string
  readonly default?: unknown
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
}

function boundsOf({ enum: words, minimum, maximum, exclusiveMinimum }: Declared): string {
  if (words !== undefined) return words.join(', ')
  if (exclusiveMinimum !== undefined)
    return `above ${exclusiveMinimum}${maximum === undefined ? '' : ` to ${maximum}`}`
  return minimum === undefined ? '' : `${minimum} to ${maximum}`
}

function declaredBy(reader: Variable['reader'], declarations: object): Variable[] {
  return Object.entries(declarations as Record<string, Declared>).map(([name, declared]) => ({
    name,
    reader,
    usual: declared.default === undefined ? '' : String(declared.default),
    bounds: boundsOf(declared),
    meaning: declared.description ?? '',
  }))
}

/** What `npm start` reads for itself; all else it hands on as it is. */
function ofStart(): Variable[] {
  const usual = readLocalConfig({})
  const ports = '1 to 65535'
  const rows: readonly (readonly [string, string | number, string, string])[] = [
    [
      'IBREST_HOST',
      usual.host,
      '',
      'address the proxy listens on; the instances keep to 127.0.0.1',
    ],
    ['IBREST_PORT', usual.port, ports, 'port of the proxy'],
    [
      'IBREST_TLS',
      'auto',
      'on, off, auto',
      '`auto`: TLS is spoken beyond this machine, and not on it',
    ],
    ['INSTANCE_BASE_PORT', usual.instanceBasePort, ports, 'instance *n* listens on this + *n*'],
    ['POOL_SIZE', usual.poolSize, '1 to 32', 'instances, client ids 0 to `POOL_SIZE` − 1'],
    [
      'DATA_DIR',
      usual.dataDir,
      '',
      'folder of logs and ledgers; those of the simulator stand apart',
    ],
    ['IBGW_HOST', '', '', 'a real gateway; unset, with `IBGW_PORT`: the simulator is started'],
    ['IBGW_PORT', '', ports, 'its API port; 4002 where only the host is set'],
    ['SIMULATOR_PORT', usual.simulatorPort, ports, 'port of the simulated gateway'],
    ['SIMULATOR_CONTROL_PORT', usual.simulatorControlPort, ports, 'port of its HTTP side door'],
  ]
  return rows.map(([name, value, bounds, meaning]) => ({
    name,
    reader: 'start',
    usual: String(value),
    bounds,
    meaning,
  }))
}

/** Every variable that `npm start`, proxy, instance and simulator read. */
export function variables(): readonly Variable[] {
  return [
    ...ofStart(),
    ...declaredBy('proxy', proxyEnvironment),
    ...declaredBy('instance', instanceEnvironment),
    ...settings().map((setting) => ({ ...setting, reader: 'simulator' as const })),
  ]
}

/** Variables that mean the same to several readers are one row; of the others each reader has its own. */
export function environmentTable(): string {
  const rows = new Map<string, Variable & { readers: string[] }>()
  for (const variable of variables()) {
    const { name, usual, bounds, meaning, reader } = variable
    const key = [name, usual, bounds, meaning].join('\n')
    const known = rows.get(key)
    if (known === undefined) rows.set(key, { ...variable, readers: [reader] })
    else known.readers.push(reader)
  }
  const sorted = [...rows.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
  const cell = (text: string) => (text === '' ? '–' : text)
  const lines = sorted.map(
    ({ name, usual, bounds, meaning, readers }) =>
      `| \`${name}\` | ${cell(usual)} | ${cell(bounds)} | ${meaning} | ${readers.join(', ')} |`,
  )
  return [
    '| name | default | takes | what it means | read by |',
    '|---|---|---|---|---|',
    ...lines,
  ].join('\n')
}

const [BEGIN, END] = ['<!-- made by `npm run docs:environment` -->', '<!-- end -->'] as const

/** The page with the table as it is now in the place of the one it has. @throws Error where it has no place for one */
export function withTable(page: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`the page has no ${BEGIN} … ${END}`)
  return `${page.slice(0, from + BEGIN.length)}\n${environmentTable()}\n${page.slice(to)}`
}

if (import.meta.main) {
  writeFileSync(ENVIRONMENT_PAGE, withTable(readFileSync(ENVIRONMENT_PAGE, 'utf8')))
}
