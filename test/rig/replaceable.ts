import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Agent, request } from 'node:http'
import { join } from 'node:path'
import type { PoolStatus } from '../../shared/schemas/client.ts'
import { KNOWN_TO_INSTANCES } from './system.ts'

const main = join(import.meta.dirname, '../../proxy/main.ts')

/** A proxy of its own process, before the instances of a running system; it can be replaced. */
export class Replaceable {
  readonly url: string
  readonly #port: number
  readonly #instances: string
  #process: ChildProcess

  constructor(port: number, instances: string) {
    this.#port = port
    this.#instances = instances
    this.url = `http://127.0.0.1:${port}`
    this.#process = this.start()
  }

  start(): ChildProcess {
    this.#process = spawn(process.execPath, [main], {
      env: {
        ...process.env,
        ...KNOWN_TO_INSTANCES,
        IBREST_PORT: String(this.#port),
        INSTANCES: this.#instances,
        LOG_LEVEL: 'error',
        SHUTDOWN_DRAIN_MS: '1000',
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    return this.#process
  }

  /** The exit code after that signal; null when that ended it. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const { exitCode, signalCode } = this.#process
    if (exitCode !== null || signalCode !== null) return exitCode
    const exited = once(this.#process, 'exit')
    this.#process.kill(signal)
    const [code] = (await exited) as [number | null]
    return code
  }

  async pool(): Promise<PoolStatus | undefined> {
    try {
      const answer = await fetch(`${this.url}/clients`)
      const body = (await answer.json()) as PoolStatus
      return answer.ok ? body : undefined
    } catch {
      return undefined
    }
  }
}

/** Sends callers to whichever proxies said last that they are ready, in turn. */
export class Balancer {
  readonly #proxies: readonly Replaceable[]
  readonly #ready = new Set<Replaceable>()
  readonly #timer: NodeJS.Timeout
  #turn = 0

  constructor(proxies: readonly Replaceable[]) {
    this.#proxies = proxies
    this.#timer = setInterval(() => void this.look(), 50)
  }

  get ready(): number {
    return this.#ready.size
  }

  async look(): Promise<void> {
    for (const proxy of this.#proxies) {
      if ((await proxy.pool()) === undefined) this.#ready.delete(proxy)
      else this.#ready.add(proxy)
    }
  }

  next(): Replaceable {
    const ready = [...this.#ready]
    this.#turn += 1
    const chosen = ready[this.#turn % ready.length]
    if (chosen === undefined) throw new Error('no proxy is ready')
    return chosen
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}

/** The status of a read that is asked of IB itself. */
export function statusOf(agent: Agent, url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { agent, headers: { 'cache-control': 'no-cache' } }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0)).on('error', reject)
    })
      .on('error', reject)
      .end()
  })
}
