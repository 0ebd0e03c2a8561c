import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const script = join(import.meta.dirname, 'wrk.lua')

/** Latencies, ms. */
export interface Latencies {
  readonly p50: number
  readonly p75: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
}

/** What a load generator saw. */
export interface Seen extends Latencies {
  /** answered calls per second */
  readonly rate: number
  readonly calls: number
  readonly failed: number
}

export interface Wish {
  readonly callers: number
  /** whole ones */
  readonly seconds: number
  /** asked in turn instead of the path of the address; one that ends in '=' gets a number of its own each time */
  readonly paths?: readonly string[]
  /** `name: value`; by default each caller wants an answer of its own */
  readonly headers?: readonly string[]
}

/** Joined calls would measure nothing. */
const ALONE = ['cache-control: no-cache']

/** Keeps so many callers busy for so long, each on a connection of its own. */
export async function wrk(url: string, wish: Wish): Promise<Seen> {
  const { callers, seconds, paths = [], headers = ALONE } = wish
  const { stdout } = await run('wrk', [
    '--threads=1',
    `--connections=${callers}`,
    `--duration=${seconds}s`,
    '--timeout=30s',
    `--script=${script}`,
    ...headers.map((header) => `--header=${header}`),
    url,
    ...(paths.length > 0 ? ['--', ...paths] : []),
  ])
  const told = stdout.trimEnd().split('\n').at(-1) ?? ''
  const seen = JSON.parse(told) as Omit<Seen, 'rate'> & { seconds: number }
  return { ...seen, rate: seen.calls / seen.seconds }
}
