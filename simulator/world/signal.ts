import type { Cancel } from './clock.ts'

/** Tells everyone who listens that something happened. */
export class Signal<Event> {
  readonly #listeners = new Set<(event: Event) => void>()

  listen(listener: (event: Event) => void): Cancel {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  tell(event: Event): void {
    for (const listener of [...this.#listeners]) listener(event)
  }
}
