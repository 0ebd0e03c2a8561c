import type { Cancel, Clock } from './world/clock.ts'

/** Clients at once (facts §3.1). */
const MAX_CLIENTS = 32

/** Who is connected under which client id, and which ids are still locked by the dead (facts §3.3). */
export class Roll<Connection extends { readonly clientId: number }> {
  readonly #clock: Clock
  readonly #connected = new Map<number, Connection>()
  /** with what ends it */
  readonly #lingering = new Map<number, Cancel>()

  constructor(clock: Clock) {
    this.#clock = clock
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
    if (this.#connected.size >= MAX_CLIENTS) return 'full'
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
