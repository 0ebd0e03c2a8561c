import type { Problem } from '../shared/problem.ts'
import { Member } from './member.ts'
import { draining, noInstance } from './refusals.ts'
import { Slot, type SlotState } from './slot.ts'

export interface RosterOptions {
  readonly slotsPerInstance: number
  /** client ids that may have orders from before */
  readonly known: number
  readonly now: () => number
  readonly onSlotMoved: (slot: Slot, from: SlotState | undefined) => void
  /** a slot that nobody uses is no longer there */
  readonly onSlotGone: (slot: Slot) => void
  /** whether a member's slots are given out may have changed */
  readonly onDrain: (member: Member) => void
}

/** Which client ids there are and where their instances stand: whoever leaves or moves finishes its calls first. */
export class Roster {
  readonly #options: RosterOptions
  readonly #members: Member[] = []
  #known: number
  #onMoved: (clientId: number) => void = () => undefined

  constructor(options: RosterOptions) {
    this.#options = options
    this.#known = options.known
  }

  get members(): readonly Member[] {
    return this.#members
  }

  /** Client ids that may have orders, those that have left included. */
  get known(): number {
    return this.#known
  }

  /** Tells of each client that has joined, has left or is somewhere else now. */
  whenMoved(listener: (clientId: number) => void): void {
    this.#onMoved = listener
  }

  /** These instances from now on; the index is the client id. */
  become(origins: readonly string[]): void {
    for (const member of this.#members) {
      member.destination = origins[member.clientId]
      this.#options.onDrain(member)
    }
    for (const origin of origins.slice(this.#members.length)) {
      const member = new Member(this.#members.length, origin)
      this.#members.push(member)
      this.#known = Math.max(this.#known, this.#members.length)
      this.#furnish(member)
    }
    for (const member of [...this.#members].reverse()) this.settle(member)
  }

  /** What a caller hears when no member's slots are given out. */
  whyNone(): Problem {
    const drained = this.#members.find(({ isUp, whyDraining }) => isUp && whyDraining !== null)
    if (drained !== undefined) return draining(undefined, drained.whyDraining ?? '')
    const reasons = this.#members.map(({ reason }) => reason).filter((reason) => reason !== null)
    return noInstance(this.#members.length, new Set(reasons))
  }

  /** Lets a member go where it is to be, when its last call has ended. */
  settle(member: Member): void {
    if (member.destination === member.origin || member.active > 0 || member.beside > 0) return
    const { destination } = member
    if (destination === undefined && member !== this.#members.at(-1)) return
    for (const slot of member.slots) this.#options.onSlotGone(slot)
    member.isUp = false
    if (destination !== undefined) {
      member.origin = destination
      this.#furnish(member)
      return
    }
    this.#members.pop()
    this.#onMoved(member.clientId)
    const last = this.#members.at(-1)
    if (last !== undefined) this.settle(last)
  }

  /** Gives a member its slots, at the origin it has. */
  #furnish(member: Member): void {
    const { slotsPerInstance, onSlotMoved, onDrain, now } = this.#options
    member.slots = Array.from(
      { length: slotsPerInstance },
      () => new Slot(member.clientId, member.origin, onSlotMoved, now),
    )
    for (const slot of member.slots) onSlotMoved(slot, undefined)
    onDrain(member)
    this.#onMoved(member.clientId)
  }
}
