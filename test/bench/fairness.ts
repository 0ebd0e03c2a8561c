import { load } from './load.ts'
import { haproxy, ibrest } from './peers.ts'
import { CLIENTS, PATH, SECONDS, shoutIfOverlapped, warmUp } from './rounds.ts'
import { startBackends } from './strict-backends.ts'

const SERVICE_MS = 5
const CALLERS = 64
/** Longer than a round, so that a caller has enough calls to be told from another. */
const LONGER = 3

/** How evenly callers who ask all the time were served. */
export interface Fairness {
  readonly name: string
  /** answered calls of each caller, fewest first */
  readonly answered: readonly number[]
  /** Jain's index: 1 when all had the same, 1/n when one had everything */
  readonly jain: number
}

function fairnessOf(name: string, answered: readonly number[]): Fairness {
  const sum = answered.reduce((total, count) => total + count, 0)
  const squares = answered.reduce((total, count) => total + count * count, 0)
  return {
    name,
    answered: answered.toSorted((a, b) => a - b),
    jain: (sum * sum) / (answered.length * squares),
  }
}

/** Calls answered of each of 64 callers, through IBREST and through HAProxy. */
export async function benchFairness(): Promise<readonly Fairness[]> {
  await using backends = await startBackends(CLIENTS, 0)
  console.log(`\nFairness between ${CALLERS} callers, S = ${SERVICE_MS} ms.`)
  const found: Fairness[] = []
  for (const peer of [ibrest, haproxy]) {
    await using target = await peer.start(backends.origins)
    await warmUp(target, backends, SERVICE_MS)
    await backends.settled()
    const seconds = SECONDS * LONGER
    const { answered } = await load([target.url], PATH, CALLERS, seconds, 1)
    const fairness = fairnessOf(peer.name, answered)
    const [fewest = 0, most = 0] = [fairness.answered[0], fairness.answered.at(-1)]
    console.log(
      `  ${peer.name.padEnd(8)} calls per caller ${fewest} to ${most}, Jain's index ${fairness.jain.toFixed(5)}`,
    )
    shoutIfOverlapped(`${peer.name}, fairness`, (await backends.stats()).overlaps)
    found.push(fairness)
  }
  return found
}

if (import.meta.main) await benchFairness()
