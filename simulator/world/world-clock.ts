import { type Cancel, type Clock, type Step, systemClock } from './clock.ts'

/** The longest one step may be, ms: a year and a day. */
export const MAX_STEP_MS = 366 * 86_400_000
/** World time may pass so many times faster than the machine's: a day a second. */
export const MAX_SPEED = 86_400
/** A timer of the machine cannot wait longer, ms. */
const MAX_WAIT_MS = 2 ** 31 - 1
/** So long a step works before others get a turn, ms. */
const TURN_MS = 10

export interface WorldClockOptions {
  /** what world time is made of when it passes by itself; default the time of the machine */
  readonly machine?: Clock
  /** when the world begins, ms since 1970; default now */
  readonly start?: number | undefined
  /** ms of world time in one of the machine's */
  readonly speed?: number
  /** time stands until it is stepped */
  readonly isStopped?: boolean
}

/** ms since 1970 of an ISO time with a zone, from 1990 to 2100; undefined for anything else. */
export function parseInstant(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text))
    return undefined
  const at = Date.parse(text)
  return at >= Date.UTC(1990) && at < Date.UTC(2100) ? at : undefined
}

interface Timer {
  readonly at: number
  readonly sequence: number
  readonly run: () => void
}

/** A step that cannot be made: into the past, too far, or while another is being made. */
export class ClockError extends Error {
  override readonly name = 'ClockError'
}

/**
 * The time of the world: it follows the machine's at some speed, or stands until it is stepped. In a step every timer
 * runs in the sequence of time and sees its own moment as now.
 */
export class WorldClock implements Clock {
  readonly #machine: Clock
  /** those that wait, the next one last */
  readonly #timers: Timer[] = []
  #speed: number
  #isRunning: boolean
  /** world and machine time of the last change of pace */
  #worldThen: number
  #machineThen: number
  #sequence = 0
  #step: Step | undefined
  #wake: Cancel | undefined

  constructor(options: WorldClockOptions = {}) {
    this.#machine = options.machine ?? systemClock
    this.#machineThen = this.#machine.now()
    this.#worldThen = options.start ?? this.#machineThen
    this.#speed = options.speed ?? 1
    this.#isRunning = options.isStopped !== true
  }

  get step(): Step | undefined {
    return this.#step
  }

  get isRunning(): boolean {
    return this.#isRunning
  }

  get speed(): number {
    return this.#speed
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.#timers.length
  }

  /** When the next timer falls due. */
  get nextAt(): number | undefined {
    return this.#timers.at(-1)?.at
  }

  readonly now = (): number => {
    if (!this.#isRunning || this.#step !== undefined) return this.#worldThen
    const passed = (this.#machine.now() - this.#machineThen) * this.#speed
    return this.#worldThen + Math.floor(passed)
  }

  readonly after = (delayMs: number, run: () => void): Cancel => {
    this.#sequence += 1
    const timer = { at: this.now() + Math.max(0, delayMs), sequence: this.#sequence, run }
    this.#timers.splice(this.#placeOf(timer), 0, timer)
    if (this.#timers.at(-1) === timer) this.#arm()
    return () => {
      const place = this.#placeOf(timer)
      if (this.#timers[place] !== timer) return
      this.#timers.splice(place, 1)
      if (place === this.#timers.length) this.#arm()
    }
  }

  /** Lets time pass at that speed from now on; without one at the speed it had. */
  run(speed: number = this.#speed): void {
    this.#settle()
    this.#speed = speed
    this.#isRunning = true
    this.#arm()
  }

  /** Lets time stand; what is due already still happens. */
  stop(): void {
    this.#settle()
    this.#isRunning = false
    this.#arm()
  }

  /** Changes the speed, whether time passes now or not. */
  setSpeed(speed: number): void {
    this.#settle()
    this.#speed = speed
    this.#arm()
  }

  /**
   * Goes to that moment, through all that falls due on the way. Others get a turn every few ms, and the next part
   * waits for `pause`.
   * @throws ClockError for the past, for more than a year, and while another step is being made
   */
  async stepTo(to: number, pause: () => Promise<void> = nextTurn): Promise<void> {
    const from = this.now()
    if (this.#step !== undefined) throw new ClockError('another step is being made')
    if (to < from) throw new ClockError('time does not go back')
    if (to - from > MAX_STEP_MS) throw new ClockError('one step is at most 366 days')
    this.#worldThen = from
    this.#step = { from, to }
    this.#arm()
    try {
      while (this.#runDue(to, TURN_MS)) await pause()
    } finally {
      this.#worldThen = to
      this.#machineThen = this.#machine.now()
      this.#step = undefined
      this.#arm()
    }
  }

  /** Ends all timers. */
  close(): void {
    this.#timers.length = 0
    this.#arm()
  }

  #settle(): void {
    if (this.#step !== undefined) throw new ClockError('a step is being made')
    this.#worldThen = this.now()
    this.#machineThen = this.#machine.now()
  }

  /** Runs what is due up to that moment, each at its own; true when the turn ended before it was all done. */
  #runDue(to: number, turnMs: number): boolean {
    const until = performance.now() + turnMs
    for (
      let next = this.#timers.at(-1);
      next !== undefined && next.at <= to;
      next = this.#timers.at(-1)
    ) {
      if (performance.now() > until) return true
      this.#timers.pop()
      this.#worldThen = Math.max(this.#worldThen, next.at)
      next.run()
    }
    return false
  }

  #arm(): void {
    this.#wake?.()
    this.#wake = undefined
    const next = this.#timers.at(-1)
    if (this.#step !== undefined || next === undefined) return
    const left = next.at - this.now()
    // what is due now happens in a stopped world too
    if (!this.#isRunning && left > 0) return
    const wait = Math.min(MAX_WAIT_MS, Math.max(0, Math.ceil(left / this.#speed)))
    this.#wake = this.#machine.after(wait, () => this.#awake())
  }

  #awake(): void {
    const now = this.now()
    // what is set for now by what runs now has its own turn
    const last = this.#sequence
    try {
      for (
        let next = this.#timers.at(-1);
        next !== undefined && next.at <= now && next.sequence <= last;
        next = this.#timers.at(-1)
      ) {
        this.#timers.pop()
        next.run()
      }
    } finally {
      this.#arm()
    }
  }

  /** Where a timer stands, or would stand: later ones first, of the same moment the younger first. */
  #placeOf({ at, sequence }: Timer): number {
    let low = 0
    let high = this.#timers.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = this.#timers[middle] as Timer
      if (other.at > at || (other.at === at && other.sequence > sequence)) low = middle + 1
      else high = middle
    }
    return low
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
