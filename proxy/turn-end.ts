/** Does what can wait at the end of a turn of the event loop, before anything new is heard, in the sequence in which it came. */
export class TurnEnd<Item> {
  #waiting: Item[] = []
  readonly #see: (item: Item) => void
  readonly #seeAll = (): void => {
    const waiting = this.#waiting
    this.#waiting = []
    for (const item of waiting) this.#see(item)
  }

  /** `see`: what is to be done with each */
  constructor(see: (item: Item) => void) {
    this.#see = see
  }

  add(item: Item): void {
    if (this.#waiting.length === 0) setImmediate(this.#seeAll)
    this.#waiting.push(item)
  }
}
