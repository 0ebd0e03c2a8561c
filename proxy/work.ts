/** How much is under way at the instances, and who waits for the end of all of it. */
export class Work {
  readonly #waiting = new Set<() => void>()
  #leased = 0
  #beside = 0

  /** Leased calls that have not ended at their instance. */
  get leased(): number {
    return this.#leased
  }

  get isDone(): boolean {
    return this.#leased === 0 && this.#beside === 0
  }

  begin(kind: 'leased' | 'beside'): void {
    if (kind === 'leased') this.#leased += 1
    else this.#beside += 1
  }

  end(kind: 'leased' | 'beside'): void {
    if (kind === 'leased') this.#leased -= 1
    else this.#beside -= 1
    if (this.isDone) for (const tell of [...this.#waiting]) tell()
  }

  /** True as soon as nothing is under way, false after so long, ms. */
  done(withinMs?: number): Promise<boolean> {
    if (this.isDone) return Promise.resolve(true)
    return new Promise((resolve) => {
      const timer = withinMs === undefined ? undefined : setTimeout(() => end(false), withinMs)
      const tell = () => end(true)
      const end = (isDone: boolean) => {
        clearTimeout(timer)
        this.#waiting.delete(tell)
        resolve(isDone)
      }
      this.#waiting.add(tell)
    })
  }
}
