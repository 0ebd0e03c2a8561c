import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { System } from './system.ts'
import { tempDir } from './temp-dir.ts'
import { until } from './until.ts'

/** What Prometheus is given in earnest. */
export const PROMETHEUS_DIR = join(import.meta.dirname, '../../deploy/monitoring/prometheus')

/** Targets are read and rules evaluated this often, instead of every 15 s. */
const INTERVAL = '1s'

/** One series at one moment, as /api/v1/query tells it. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: number
}

/** An alert rule as Prometheus has read it. */
export interface AlertRule {
  readonly name: string
  readonly query: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

interface Answer<Data> {
  readonly status: 'success' | 'error'
  readonly error?: string
  readonly data: Data
}

/** Whether Debian's package `prometheus` is here; `.ci/run` installs it. */
export function hasPrometheus(): boolean {
  try {
    execFileSync('promtool', ['--version'], { stdio: 'ignore' })
    execFileSync('prometheus', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** A real Prometheus that reads a running system, with the rules and jobs of `deploy/`; it has seen nothing before. */
export class Prometheus {
  readonly #url: string
  readonly #process: ChildProcess
  #output = ''

  constructor(port: number, dir: string) {
    this.#url = `http://127.0.0.1:${port}`
    this.#process = spawn(
      'prometheus',
      [
        `--config.file=${join(dir, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(dir, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=warn',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    this.#process.once('error', (error) => {
      this.#output += String(error)
    })
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text
    })
  }

  /** Resolves when every target of both jobs has been read. */
  async reads(targets: number): Promise<void> {
    await until(
      async () => {
        if (this.#process.exitCode !== null) throw new Error(`it ended:\n${this.#output}`)
        return (await this.query('sum(up)'))[0]?.value === targets
      },
      `Prometheus reads ${targets} targets`,
      60_000,
    )
  }

  stop(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#process.once('exit', () => resolve()))
    if (this.#process.exitCode !== null) return Promise.resolve()
    this.#process.kill('SIGKILL')
    return ended
  }

  /** What an expression comes to now. @throws when it is none */
  async query(expression: string): Promise<Sample[]> {
    const { result } = await this.#ask<{
      readonly result: readonly {
        readonly metric: Record<string, string>
        readonly value: readonly [number, string]
      }[]
    }>('query', new URLSearchParams({ query: expression }))
    return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }))
  }

  /** Every alert rule that was read. */
  async alerts(): Promise<AlertRule[]> {
    const { groups } = await this.#ask<{
      readonly groups: readonly { readonly rules: readonly AlertRule[] }[]
    }>('rules', new URLSearchParams({ type: 'alert' }))
    return groups.flatMap(({ rules }) => rules)
  }

  async #ask<Data>(path: string, parameters: URLSearchParams): Promise<Data> {
    const answer = await fetch(`${this.#url}/api/v1/${path}?${parameters}`)
    const { status, error, data } = (await answer.json()) as Answer<Data>
    if (status !== 'success') throw new Error(`${parameters}: ${error}`)
    return data
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** A Prometheus of its own that reads a system, stopped with the test; everything has been read once. */
export async function watching(t: Test, system: System): Promise<Prometheus> {
  const dir = tempDir(t)
  cpSync(PROMETHEUS_DIR, dir, { recursive: true })
  const config = join(dir, 'prometheus.yml')
  const faster = readFileSync(config, 'utf8').replaceAll(
    /_(interval|timeout): \w+/g,
    `_$1: ${INTERVAL}`,
  )
  writeFileSync(config, faster)
  const targets = (file: string, ports: readonly number[]) =>
    writeFileSync(
      join(dir, 'targets', file),
      JSON.stringify([{ targets: ports.map((port) => `127.0.0.1:${port}`) }]),
    )
  const { ports, poolSize } = system
  targets('proxy.yml', [ports.proxy])
  targets(
    'instances.yml',
    Array.from({ length: poolSize }, (_, clientId) => ports.instances + clientId),
  )
  const prometheus = new Prometheus(await freePort(), dir)
  t.teardown(() => prometheus.stop())
  await prometheus.reads(poolSize + 1)
  return prometheus
}
