import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What a load generator saw. Latencies in ms. */
export interface Seen {
  readonly rate: number
  readonly p50: number
  readonly p99: number
  readonly failed: number
}

/** Whether a program of that name is there. */
export function isInstalled(program: string): boolean {
  return spawnSync('which', [program], { stdio: 'ignore' }).status === 0
}

const UNITS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 }

function ms(text: string | undefined): number {
  const match = /([\d.]+)(us|ms|s|m)$/.exec(text ?? '')
  return Number(match?.[1]) * (UNITS[match?.[2] ?? ''] ?? Number.NaN)
}

/** Keeps so many callers busy for so long, each on a connection of its own, each wanting an answer of its own. */
export async function wrk(url: string, callers: number, seconds: number): Promise<Seen> {
  const { stdout } = await run('wrk', [
    '--threads=1',
    `--connections=${callers}`,
    `--duration=${seconds}s`,
    '--timeout=30s',
    '--latency',
    '--header=cache-control: no-cache',
    url,
  ])
  const line = (pattern: RegExp) => pattern.exec(stdout)?.[1]
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout)
  const lost = errors?.slice(1).reduce((sum, count) => sum + Number(count), 0) ?? 0
  return {
    rate: Number(line(/Requests\/sec:\s+([\d.]+)/)),
    p50: ms(line(/50%\s+(\S+)/)),
    p99: ms(line(/99%\s+(\S+)/)),
    failed: lost + Number(line(/Non-2xx or 3xx responses: (\d+)/) ?? 0),
  }
}
