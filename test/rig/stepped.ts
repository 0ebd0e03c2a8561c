import type { Test } from 'tap'
import { type InstanceWishes, type Simulated, simulated } from './instanced.ts'

/** A Wednesday on which markets are open. */
const START = Date.UTC(2026, 2, 4, 15)

/** An instance at a simulated market whose time stands between steps. */
export async function stepped(t: Test, wishes: InstanceWishes = {}) {
  const it = await simulated(t, { ...wishes, simulator: { isStepped: true, clockStart: START } })
  return {
    ...it,
    /** lets the market go on for so long, ms */
    step: (ms: number) => it.simulator.stepTo(it.simulator.world.now() + ms),
  }
}

/** Requests of client 0 of that name that came to the simulator. */
export function asked({ simulator }: Pick<Simulated, 'simulator'>, name: string): number {
  return simulator.tally.toJSON()[0]?.in[name] ?? 0
}

/** Messages of that name that the simulator told client 0. */
export function told({ simulator }: Pick<Simulated, 'simulator'>, name: string): number {
  return simulator.tally.toJSON()[0]?.out[name] ?? 0
}
