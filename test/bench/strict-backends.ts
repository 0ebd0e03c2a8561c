import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** What the backends have seen since they were last asked. */
export interface Stats {
  /** calls that reached one while it was at work */
  readonly overlaps: number
  readonly calls: number
  /** the service time that calls really took there */
  readonly meanMs: number
  /** share of the time between the first call and the last at each in which it worked */
  readonly utilisation: number
  /** calls at work or waiting there now */
  readonly unfinished: number
}

/** Backends that work on one call at a time, all in one process. */
export interface Backends extends AsyncDisposable {
  readonly origins: readonly string[]
  /** How long a call takes from now on. */
  serve(serviceMs: number): Promise<void>
  /** Tells and resets what all of them have seen. */
  stats(): Promise<Stats>
  /** Resolves when nothing has come for a while and nothing is under way; forgets what was seen until then. */
  settled(): Promise<void>
}

/** Some proxies go on sending what callers who have left had asked; so long without a call means they are through, ms. */
const QUIET_MS = 100
const PACKAGES = 'gcc libc6-dev wrk haproxy nginx'
const PROGRAMS = ['cc', 'wrk', 'haproxy', 'nginx'] as const

/** What the benchmark needs and this machine has not, as a sentence; undefined when all is there. */
export function lacking(): string | undefined {
  const missing = PROGRAMS.filter(
    (program) => spawnSync('which', [program], { stdio: 'ignore' }).status !== 0,
  )
  if (missing.length === 0) return undefined
  return `Not measured, for want of ${missing.join(', ')}: apt-get install ${PACKAGES}`
}

let program: string | undefined

/** Compiles them once for this process, into a folder that goes with it. */
function compiled(): string {
  if (program !== undefined) return program
  const folder = mkdtempSync(join(tmpdir(), 'ibrest-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  program = join(folder, 'backends')
  const source = join(import.meta.dirname, 'backends.c')
  execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-o', program, source], { stdio: 'inherit' })
  return program
}

/** Starts so many of them, each with one call at a time for so long (backends.c). */
export async function startBackends(count: number, serviceMs: number): Promise<Backends> {
  const inMicroseconds = (ms: number) => String(Math.round(ms * 1000))
  const child = spawn(compiled(), [String(count), inMicroseconds(serviceMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const origins = JSON.parse(line) as string[]
  const ask = async (path: string) => (await fetch(`${origins[0]}${path}`)).json()
  const stats = async () => (await ask('/stats')) as Stats
  return {
    origins,
    stats,
    async serve(ms) {
      await ask(`/service/${inMicroseconds(ms)}`)
    },
    async settled() {
      // between two calls they look quiet, too: what is told at once says nothing
      await stats()
      for (;;) {
        await new Promise((look) => setTimeout(look, QUIET_MS))
        const { calls, unfinished } = await stats()
        if (calls === 0 && unfinished === 0) return
      }
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
    },
  }
}
