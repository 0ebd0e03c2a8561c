import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { WebSocket } from 'undici'
import type { System } from '../rig/system.ts'
import { until } from '../rig/until.ts'

/** Processor time is counted in these a second (proc(5)). */
const TICKS = 100

/** What a process has in use, bytes. */
export interface InUse {
  readonly rss: number
  /** of its own objects and buffers, without garbage */
  readonly heap: number
}

/** The processes of a running system, by what the machine says of them; Linux only. */
export class Processes {
  readonly #pids = new Map<string, number>()
  readonly #dataDir: string
  readonly #inspectors = new Map<string, string>()

  private constructor(dataDir: string) {
    this.#dataDir = dataDir
  }

  /** A system that was started with `inspectable` in its environment. */
  static async of(system: System): Promise<Processes> {
    const processes = new Processes(system.dataDir)
    const { pid } = await system.instance(0)
    const parent = Number(statOf(pid)[1])
    for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
      const child = Number(name)
      try {
        if (Number(statOf(child)[1]) !== parent) continue
        const command = readFileSync(`/proc/${child}/cmdline`, 'utf8')
        const part = /\/(\w+)\/main\.ts/.exec(command)?.[1]
        if (part === 'instance') processes.#instance(child)
        else if (part !== undefined) processes.#pids.set(part, child)
      } catch {
        // it has ended meanwhile
      }
    }
    return processes
  }

  #instance(pid: number): void {
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
    const clientId = /(?:^|\0)IBGW_CLIENT_ID=(\d+)/.exec(environment)?.[1]
    this.#pids.set(`instance-${clientId}`, pid)
  }

  #pid(name: string): number {
    const pid = this.#pids.get(name)
    if (pid === undefined) throw new Error(`there is no process ${name}`)
    return pid
  }

  /** Processor seconds so far, of all whose names begin so. */
  seconds(beginning: string): number {
    let ticks = 0
    for (const [name, pid] of this.#pids)
      if (name.startsWith(beginning)) ticks += Number(statOf(pid)[11]) + Number(statOf(pid)[12])
    return ticks / TICKS
  }

  /** Memory of one, after its garbage was collected. */
  async memory(name: string): Promise<InUse> {
    const socket = new WebSocket(await this.#inspector(name))
    const answers = new Map<number, (answer: unknown) => void>()
    socket.addEventListener('message', ({ data }) => {
      const { id, result } = JSON.parse(String(data))
      answers.get(id)?.(result)
    })
    await new Promise((resolve) => socket.addEventListener('open', resolve))
    const ask = (id: number, method: string, params = {}) =>
      new Promise<unknown>((resolve) => {
        answers.set(id, resolve)
        socket.send(JSON.stringify({ id, method, params }))
      })
    await ask(1, 'HeapProfiler.collectGarbage')
    const expression = 'JSON.stringify(process.memoryUsage())'
    const { result } = (await ask(2, 'Runtime.evaluate', { expression })) as {
      result: { value: string }
    }
    socket.close()
    const { rss, heapUsed, external } = JSON.parse(result.value) as NodeJS.MemoryUsage
    return { rss, heap: heapUsed + external }
  }

  /** Where its inspector listens; it is opened when it is first wanted. */
  async #inspector(name: string): Promise<string> {
    const known = this.#inspectors.get(name)
    if (known !== undefined) return known
    process.kill(this.#pid(name), 'SIGUSR1')
    const url = await until(() => {
      const log = readFileSync(join(this.#dataDir, 'logs', `${name}.log`), 'utf8')
      return /Debugger listening on (ws:\S+)/.exec(log)?.[1]
    }, `the inspector of ${name}`)
    this.#inspectors.set(name, url)
    return url
  }
}

/** Lets inspectors take any free port. */
export const inspectable = { NODE_OPTIONS: '--inspect-port=0' } as const

/** Fields of proc(5) from the third one on: state, parent … */
function statOf(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}
