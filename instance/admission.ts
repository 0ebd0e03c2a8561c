import { type Problem, problem } from '../shared/problem.ts'

/** A call waits at the gate for so long, ms, before it is turned away: several proxies then take turns at an instance. */
const GATE_WAIT_MS = 100
/** Calls that may wait at the gate at once; a proxy sends no more than one for each slot. */
const GATE_LIMIT = 64

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
  /** who waits at the gate, oldest first; calling it says that the turn has come */
  readonly #waiting = new Set<() => void>()
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

  /**
   * Lets a call in at once, or in its turn within `GATE_WAIT_MS`; one whose caller has `gone` by then is let in
   * nowhere. @throws Problem INSTANCE_BUSY, INSTANCE_SHUTTING_DOWN; nothing was done then
   */
  enter(gone?: AbortSignal): Place | Promise<Place> {
    if (this.#closing) throw closing()
    if (this.#inside < this.#slots) return this.#letIn()
    if (this.#waiting.size >= GATE_LIMIT || gone?.aborted) throw this.#turnAway()
    return new Promise((resolve, reject) => {
      const end = (outcome: () => void) => {
        clearTimeout(timer)
        gone?.removeEventListener('abort', leave)
        this.#waiting.delete(next)
        outcome()
      }
      const next = () => end(() => (this.#closing ? reject(closing()) : resolve(this.#letIn())))
      const leave = () => end(() => reject(this.#turnAway()))
      const timer = setTimeout(leave, GATE_WAIT_MS)
      gone?.addEventListener('abort', leave)
      this.#waiting.add(next)
    })
  }

  #letIn(): Place {
    this.#inside += 1
    return new Place(() => {
      this.#inside -= 1
      const [next] = this.#waiting
      next?.()
      if (this.#inside === 0) this.#onEmpty?.()
    })
  }

  #turnAway(): Problem {
    this.#refused += 1
    return problem('INSTANCE_BUSY', {
      detail: `This instance works on ${this.#inside} calls and takes no more`,
      retryAfter: 1,
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
    for (const next of [...this.#waiting]) next()
    if (this.#inside === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onEmpty = resolve
    })
  }
}

function closing(): Problem {
  return problem('INSTANCE_SHUTTING_DOWN', {
    detail: 'This instance is shutting down',
    retryAfter: 1,
  })
}
