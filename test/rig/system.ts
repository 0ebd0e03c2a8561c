import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { InstanceStatus, ProxyStatus } from '../../shared/schemas/client.ts'
import { until } from './until.ts'

const root = join(import.meta.dirname, '../..')
/** What the instances of a test's system know their proxies by. */
const INSTANCE_TOKEN = 'proxies-of-this-test-system'
/** What makes an instance take a call for its proxy's. */
export const AS_PROXY = { 'ibrest-token': INSTANCE_TOKEN } as const
/** What a proxy that a test starts itself must be told. */
export const KNOWN_TO_INSTANCES = { INSTANCE_TOKEN } as const

const READY = /IBREST is ready/

export interface SystemOptions {
  readonly poolSize?: number
  readonly env?: Readonly<Record<string, string>>
  /** keeps the ledgers of an earlier system; by default each has an empty folder of its own */
  readonly dataDir?: string
  /** by the command the README gives, instead of the program behind it */
  readonly byNpm?: boolean
}

/** The whole system, as `npm start` brings it up: simulator, instances and proxy as processes of their own. */
export class System {
  readonly ports: PortBlock
  readonly dataDir: string
  readonly poolSize: number
  readonly #process: ChildProcess
  readonly #ended: Promise<number | null>
  #output = ''

  constructor(
    ports: PortBlock,
    dataDir: string,
    poolSize: number,
    env: Readonly<Record<string, string>>,
    byNpm = false,
  ) {
    this.ports = ports
    this.dataDir = dataDir
    this.poolSize = poolSize
    const program = byNpm ? 'npm' : process.execPath
    this.#process = spawn(program, [byNpm ? 'start' : 'deploy/local/start.ts'], {
      cwd: root,
      env: { ...process.env, ...environmentOf(ports, dataDir, poolSize), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#ended = new Promise((resolve) => this.#process.once('exit', resolve))
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text
      })
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.ports.proxy}`
  }

  /** What it has printed so far. */
  get output(): string {
    return this.#output
  }

  get exitCode(): number | null {
    return this.#process.exitCode
  }

  /** Resolves when it has printed that it is ready. */
  async ready(): Promise<this> {
    await until(
      () => READY.test(this.#output) || this.exitCode !== null,
      'the system ready',
      30_000,
    )
    if (!READY.test(this.#output)) throw new Error(`the system did not start:\n${this.#output}`)
    return this
  }

  /** Ctrl-C; resolves with the exit code when everything has ended. */
  stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    this.#process.kill(signal)
    return this.#ended
  }

  async pool(): Promise<ProxyStatus> {
    return (await (await fetch(`${this.url}/clients`)).json()) as ProxyStatus
  }

  /** An instance's own word on itself, past the proxy. */
  async instance(clientId: number): Promise<InstanceStatus> {
    return (await (
      await fetch(`${this.instanceUrl(clientId)}/clients`, { headers: AS_PROXY })
    ).json()) as InstanceStatus
  }

  instanceUrl(clientId: number): string {
    return `http://127.0.0.1:${this.ports.instances + clientId}`
  }

  /** The sum of all samples of `GET /metrics`, the proxy's or an instance's, whose lines begin so; NaN for none. */
  async metric(beginning: string, url = this.url): Promise<number> {
    const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n')
    const values = lines
      .filter((line) => line.startsWith(beginning))
      .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)))
    return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0)
  }

  /** How often a client has sent the simulated gateway such a message. */
  async sent(message: string, clientId = 0): Promise<number> {
    const tally = (await this.control('GET', '/messages')) as {
      readonly [clientId: string]: { readonly in: Readonly<Record<string, number>> }
    }
    return tally[clientId]?.in[message] ?? 0
  }

  /** How often all clients together have. */
  async sentByAll(message: string): Promise<number> {
    const tally = (await this.control('GET', '/messages')) as {
      readonly [clientId: string]: { readonly in: Readonly<Record<string, number>> }
    }
    return Object.values(tally).reduce((sum, { in: counts }) => sum + (counts[message] ?? 0), 0)
  }

  /** Speaks to the simulator's control port. @throws when it refuses */
  async control(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(`http://127.0.0.1:${this.ports.control}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }
}

export interface PortBlock {
  readonly proxy: number
  readonly instances: number
  readonly simulator: number
  readonly control: number
}

function environmentOf(ports: PortBlock, dataDir: string, poolSize: number) {
  return {
    ...KNOWN_TO_INSTANCES,
    IBREST_PORT: String(ports.proxy),
    INSTANCE_BASE_PORT: String(ports.instances),
    SIMULATOR_PORT: String(ports.simulator),
    SIMULATOR_CONTROL_PORT: String(ports.control),
    POOL_SIZE: String(poolSize),
    DATA_DIR: dataDir,
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** Ports next to each other that nobody listens on, below the range the kernel hands out by itself. */
export async function freePorts(poolSize: number): Promise<PortBlock> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const first = 20_000 + Math.floor(Math.random() * 11_000)
    const wanted = Array.from({ length: poolSize + 3 }, (_, index) => first + index)
    if ((await Promise.all(wanted.map(isFree))).every(Boolean)) {
      return { proxy: first, simulator: first + 1, control: first + 2, instances: first + 3 }
    }
  }
  throw new Error('no free block of ports found')
}

/** A ready system of its own for one test file; stopped with the test. */
export async function startSystem(t: Test, options: SystemOptions = {}): Promise<System> {
  const poolSize = options.poolSize ?? 8
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'ibrest-'))
  const system = new System(
    await freePorts(poolSize),
    dataDir,
    poolSize,
    options.env ?? {},
    options.byNpm,
  )
  t.teardown(async () => {
    await system.stop()
    if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true })
  })
  return system.ready()
}
