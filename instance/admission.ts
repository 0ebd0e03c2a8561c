import { problem } from '../shared/problem.ts'

/** A leased call's place, from its arrival until its work and its answer have both ended. */
export class Place {
  readonly #leave: () => void
  #working = false
  #answered = false
  #left = false

  constructor(leave: () => void) {
    this.#leave = leave
  }

  beginWork(): void {
    this.#working = true
  }

  endWork(): void {
    this.#working = false
    this.#settle()
  }

  /** The answer is out, or its caller has gone; work that still runs keeps the place. */
  endAnswer(): void {
    this.#answered = true
    this.#settle()
  }

  #settle(): void {
    if (this.#left || this.#working || !this.#answered) return
    this.#left = true
    this.#leave()
  }
}

/** Lets in as many leased calls at once as there are slots, so that several proxies need no shared state (design §3.6). */
export class Admission {
  readonly #slots: number
  #inside = 0
  #working = 0
  #refused = 0
  #overlaps = 0
  #closing = false
  #onEmpty: (() => void) | undefined

  constructor(slots: number) {
    this.#slots = slots
  }

  /** Leased calls that have not ended. */
  get inflight(): number {
    return this.#inside
  }

  /** Leased calls turned away because the slots were taken. */
  get refused(): number {
    return this.#refused
  }

  /** Times a leased call's work began beside more than the slots allow. Counted apart from the gate, to watch it. */
  get overlaps(): number {
    return this.#overlaps
  }

  get isClosing(): boolean {
    return this.#closing
  }

  /** @throws Problem INSTANCE_BUSY, INSTANCE_SHUTTING_DOWN; nothing was done then */
  enter(): Place {
    if (this.#closing) {
      throw problem('INSTANCE_SHUTTING_DOWN', {
        detail: 'This instance is shutting down',
        retryAfter: 1,
      })
    }
    if (this.#inside >= this.#slots) {
      this.#refused += 1
      throw problem('INSTANCE_BUSY', {
        detail: `This instance works on ${this.#inside} calls and takes no more`,
        retryAfter: 1,
      })
    }
    this.#inside += 1
    return new Place(() => {
      this.#inside -= 1
      if (this.#inside === 0) this.#onEmpty?.()
    })
  }

  /** Runs the work of a call that has its place. */
  async work<Result>(place: Place, work: () => Promise<Result>): Promise<Result> {
    place.beginWork()
    this.#working += 1
    if (this.#working > this.#slots) this.#overlaps += 1
    try {
      return await work()
    } finally {
      this.#working -= 1
      place.endWork()
    }
  }

  /** Lets nobody in any more; resolves when everybody has left. */
  close(): Promise<void> {
    this.#closing = true
    if (this.#inside === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onEmpty = resolve
    })
  }
}
