import { limitRows } from './limits/settings.ts'
import type { Cancel, Clock } from './world/clock.ts'

/** Who is connected under which client id, and which ids are still locked by the dead (facts §3.3). */
export class Roll<Connection extends { readonly clientId: number }> {
  readonly #clock: Clock
  readonly #limit: number
  readonly #connected = new Map<number, Connection>()
  /** with what ends it */
  readonly #lingering = new Map<number, Cancel>()

  /** @param limit clients at once, 0 for any number */
  constructor(clock: Clock, limit: number = limitRows.clients.usual) {
    this.#clock = clock
    this.#limit = limit
  }

  get all(): Connection[] {
    return [...this.#connected.values()]
  }

  /** The ids that nobody else may use. */
  get taken(): number[] {
    return [...this.#connected.keys(), ...this.#lingering.keys()]
  }

  get(clientId: number): Connection | undefined {
    return this.#connected.get(clientId)
  }

  /** Lets a client in under its id, or says why not. */
  admit(connection: Connection): 'admitted' | 'in use' | 'full' {
    const { clientId } = connection
    if (this.#connected.has(clientId) || this.#lingering.has(clientId)) return 'in use'
    if (this.#limit > 0 && this.#connected.size >= this.#limit) return 'full'
    this.#connected.set(clientId, connection)
    return 'admitted'
  }

  forget(connection: Connection): void {
    const { clientId } = connection
    if (this.#connected.get(clientId) === connection) this.#connected.delete(clientId)
  }

  /** Keeps ids locked for a time of the machine, though nobody is connected under them. */
  linger(clientIds: readonly number[], lingerMs: number): void {
    if (lingerMs === 0) return
    for (const clientId of clientIds) {
      this.#lingering.get(clientId)?.()
      const free = this.#clock.after(lingerMs, () => this.#lingering.delete(clientId))
      this.#lingering.set(clientId, free)
    }
  }

  /** Unlocks the ids of the dead. */
  free(): void {
    for (const cancel of this.#lingering.values()) cancel()
    this.#lingering.clear()
  }
}
