import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import type { PoolStatus } from '../../shared/schemas/client.ts'
import { freePorts, startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

const CALLERS = 64
const INSTANCES = 2
/** A caller thinks so long between two calls, ms: load, but not so much that a new process cannot start. */
const THINKING_MS = 100
const main = join(import.meta.dirname, '../../proxy/main.ts')

/** A proxy of its own process, before the instances of a running system; it can be replaced. */
class Replaceable {
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
        IBREST_PORT: String(this.#port),
        INSTANCES: this.#instances,
        LOG_LEVEL: 'error',
        SHUTDOWN_DRAIN_MS: '1000',
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    return this.#process
  }

  /** The exit code after SIGTERM. */
  async stop(): Promise<number | null> {
    if (this.#process.exitCode !== null) return this.#process.exitCode
    const exited = once(this.#process, 'exit')
    this.#process.kill('SIGTERM')
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
class Balancer {
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

function statusOf(agent: Agent, url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { agent, headers: { 'cache-control': 'no-cache' } }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0)).on('error', reject)
    })
      .on('error', reject)
      .end()
  })
}

// processes are started one after the other, on whatever machine this is
t.setTimeout(60_000)

t.test('one of two proxies is replaced under load, and not one call fails', async (t) => {
  const system = await startSystem(t, { poolSize: INSTANCES })
  const instances = Array.from({ length: INSTANCES }, (_, n) => system.instanceUrl(n)).join(',')
  const ports = await freePorts(1)
  const proxies = [ports.proxy, ports.instances].map((port) => new Replaceable(port, instances))
  const [first] = proxies
  if (first === undefined) return
  t.teardown(() => Promise.all(proxies.map((proxy) => proxy.stop())))
  const balancer = new Balancer(proxies)
  t.teardown(() => balancer.stop())
  await until(() => balancer.ready === 2, 'both ready', 30_000)

  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  const failures: string[] = []
  let answered = 0
  let isOver = false
  const calls = Array.from({ length: CALLERS }, async () => {
    while (!isOver) {
      const { url } = balancer.next()
      try {
        const status = await statusOf(agent, `${url}/account/positions`)
        if (status !== 200) failures.push(`status ${status}`)
      } catch (error) {
        failures.push(String(error))
      }
      answered += 1
      await pause(THINKING_MS)
    }
  })
  await until(() => answered > 200, 'load', 30_000)
  t.equal(await first.stop(), 0)
  const atTheEnd = answered
  await until(() => answered > atTheEnd + 100, 'the other one serves all', 30_000)
  first.start()
  await until(
    async () => ((await first.pool())?.clients ?? []).some((client) => client.calls > 10),
    'the new one serves',
    30_000,
  )
  isOver = true
  await Promise.all(calls)
  t.same(failures, [])
})
