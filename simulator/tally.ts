/** How many messages of each kind went in and out, per client; kept over its reconnects. */
export class Tally {
  readonly #counts = new Map<number, { in: Map<string, number>; out: Map<string, number> }>()

  count(clientId: number, direction: 'in' | 'out', name: string): void {
    let of = this.#counts.get(clientId)
    if (of === undefined) {
      of = { in: new Map(), out: new Map() }
      this.#counts.set(clientId, of)
    }
    const counts = of[direction]
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }

  clear(): void {
    this.#counts.clear()
  }

  /** As plain objects, by client id. */
  toJSON(): Record<string, { in: Record<string, number>; out: Record<string, number> }> {
    return Object.fromEntries(
      [...this.#counts].map(([clientId, counts]) => [
        clientId,
        { in: Object.fromEntries(counts.in), out: Object.fromEntries(counts.out) },
      ]),
    )
  }
}
