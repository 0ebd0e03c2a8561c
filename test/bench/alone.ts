import { ibrest } from './peers.ts'
import { alternate, CLIENTS, type Figures, shoutIfOverlapped, warmUp } from './rounds.ts'
import { startBackends } from './strict-backends.ts'

/** Of a gateway in a hurry and of an ordinary one. */
const SERVICES_MS = [5, 20] as const
const CALLERS = 64
const TARGET = 7.9

/** Eight instances behind IBREST against one alone. */
export interface AgainstOne {
  /** asked for, ms */
  readonly serviceMs: number
  readonly alone: number
  readonly together: number
  /** calls per second together, as a multiple of what one caller gets from one instance without a proxy */
  readonly timesOneAlone: number
  /** the same as a multiple of 1/S, with the service time S they really took */
  readonly timesService: number
}

/** What eight instances behind the proxy do that one alone, called by one caller after the other, does not. */
export async function benchAlone(): Promise<readonly AgainstOne[]> {
  await using one = await startBackends(1, 0)
  await using eight = await startBackends(CLIENTS, 0)
  await using proxy = await ibrest.start(eight.origins)
  await warmUp(proxy, eight, 0)
  const direct = { url: one.origins[0] ?? '', cpuSeconds: () => 0 }
  const found: AgainstOne[] = []
  for (const serviceMs of SERVICES_MS) {
    await Promise.all([one.serve(serviceMs), eight.serve(serviceMs)])
    found.push(
      against(
        serviceMs,
        await alternate([
          { name: 'one alone', target: direct, backends: one, wish: { callers: 1 } },
          { name: 'IBREST', target: proxy, backends: eight, wish: { callers: CALLERS } },
        ]),
      ),
    )
  }
  return found
}

function against(serviceMs: number, [alone, together]: readonly Figures[]): AgainstOne {
  if (alone === undefined || together === undefined) throw new Error('nobody was measured')
  const timesOneAlone = together.rate / alone.rate
  const timesService = (together.rate * together.serviceMs) / 1000
  console.log(`\nAgainst one instance alone, S = ${serviceMs} ms.`)
  console.log(
    `  one alone, one caller after the other ${alone.rate.toFixed(0)} calls/s (S ${alone.serviceMs.toFixed(3)} ms); ` +
      `eight behind IBREST, ${CALLERS} callers ${together.rate.toFixed(0)} calls/s (S ${together.serviceMs.toFixed(3)} ms)`,
  )
  console.log(
    `  ${timesOneAlone.toFixed(2)} × one instance alone (target ${TARGET}: ${timesOneAlone >= TARGET ? 'met' : 'MISSED'}), ` +
      `${timesService.toFixed(2)} × 1/S`,
  )
  shoutIfOverlapped(`IBREST, ${CALLERS} callers`, together.overlaps)
  return { serviceMs, alone: alone.rate, together: together.rate, timesOneAlone, timesService }
}

if (import.meta.main) await benchAlone()
