import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { System } from './system.ts'

/** Numbers from 0 up to, not including, 1, the same for the same seed (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), bits | 61)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The process of this machine whose command line ends in a file and names a port it was given; undefined for none. */
function pidOf(file: string, variable: string): number | undefined {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const isIt = readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(file)
      if (isIt && readFileSync(`/proc/${name}/environ`, 'utf8').split('\0').includes(variable))
        return Number(name)
    } catch {
      // it ended while it was looked at
    }
  }
  return undefined
}

function kill(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
  } catch {
    // it was faster
  }
}

type Blow = (system: System, luck: () => number) => Promise<unknown> | undefined

const fault =
  (body: object): Blow =>
  (system) =>
    system.control('POST', '/faults', body)
const anyClient = (system: System, luck: () => number) => Math.floor(luck() * system.poolSize)

/** What may happen to the system at any moment; each leaves it able to recover. */
export const BLOWS: Readonly<Record<string, Blow>> = {
  'instance killed': async (system, luck) =>
    kill((await system.instance(anyClient(system, luck))).pid),
  'proxy killed': (system) => {
    kill(pidOf('proxy/main.ts', `IBREST_PORT=${system.ports.proxy}`))
    return undefined
  },
  'gateway restarts': fault({ fault: 'restart', delayMs: 100, lingerMs: 100 }),
  'acknowledgement lost': fault({ fault: 'lost-ack', count: 2 }),
  'order lost on its way': fault({ fault: 'reset', match: { message: 'placeOrder' } }),
  'connection reset by an answer': fault({ fault: 'reset', match: { message: 'openOrder' } }),
  'connection torn': fault({ fault: 'torn', match: { message: 'orderStatus' } }),
  'answers late': fault({
    fault: 'late',
    match: { message: 'orderStatus' },
    delayMs: 400,
    count: 5,
  }),
  'orders late': fault({ fault: 'late', match: { message: 'placeOrder' }, delayMs: 300, count: 2 }),
  'fill before status': fault({ fault: 'fill-before-status', count: 2 }),
  'status twice': fault({ fault: 'status-twice', count: 10 }),
  'ids fall back': fault({ fault: 'id-rollback', count: 2 }),
  'cut off from IB': async (system, luck) => {
    const clientId = anyClient(system, luck)
    await system.control('POST', '/faults', { fault: 'code-1100', match: { clientId } })
    await pause(200)
    await system.control('POST', '/faults', { fault: 'code-1102', match: { clientId } })
  },
}

/** Strikes so often at seeded moments, or until it is told to stop; resolves with what it did, in order. */
export async function mayhem(
  system: System,
  luck: () => number,
  { blows, isOver }: { readonly blows: number; readonly isOver: () => boolean },
): Promise<string[]> {
  const done: string[] = []
  const names = Object.keys(BLOWS)
  while (!isOver() && done.length < blows) {
    await pause(20 + luck() * 180)
    if (isOver()) break
    const name = names[Math.floor(luck() * names.length)] as string
    try {
      await BLOWS[name]?.(system, luck)
      done.push(name)
    } catch (error) {
      // whatever is struck may be down already
      done.push(`${name}: ${(error as Error).message}`)
    }
  }
  return done
}
