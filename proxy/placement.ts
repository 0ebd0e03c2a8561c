import type { FillsTold } from './fills-told.ts'
import { fits, type Waiter } from './line.ts'
import type { Member } from './member.ts'
import type { Slot } from './slot.ts'
import { STEWARD } from './steward.ts'

/** The steward counts as having so many calls more than it has. */
const STEWARD_LOAD = 0.5

/** What is known of the clients whose slots are idle. */
export interface Clients {
  /** by client id */
  readonly members: readonly Member[]
  readonly fills: FillsTold
}

/**
 * The idle slot a call is best given to. What an instance answers from its mirror costs no message: it goes to whoever is idle of those
 * who have answered so, the last one first, to processes whose code and data are at hand and to no more of them than are needed. Everything
 * else goes to the slot idle longest at the instance that works least, so that the instances' message rates are used evenly. The steward,
 * who has work nobody else can do, comes last. `idle`: whoever has been idle longest comes first.
 */
export function slotFor(waiter: Waiter, idle: Iterable<Slot>, clients: Clients): Slot | undefined {
  return warmSlotFor(waiter, clients) ?? restedSlotFor(waiter, idle, clients)
}

function warmSlotFor(waiter: Waiter, { members, fills }: Clients): Slot | undefined {
  for (const clientId of fills.mirrorsOf(waiter.route)) {
    const member = members[clientId]
    if (clientId === STEWARD || member === undefined || member.busy > 0) continue
    const slot = member.slots.find((each) => each.state === 'idle' && fits(waiter, each))
    if (slot !== undefined) return slot
  }
  return undefined
}

function restedSlotFor(
  waiter: Waiter,
  idle: Iterable<Slot>,
  { members }: Clients,
): Slot | undefined {
  let best: Slot | undefined
  let least = Number.POSITIVE_INFINITY
  for (const slot of idle) {
    if (!fits(waiter, slot)) continue
    const isSteward = slot.clientId === STEWARD && members.length > 1
    const busy = members[slot.clientId]?.busy ?? 0
    const load = busy + (isSteward ? STEWARD_LOAD : 0)
    if (load < least) [best, least] = [slot, load]
    if (load === 0) break
  }
  return best
}
