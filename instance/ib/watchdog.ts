export interface WatchdogOptions {
  /** without any word before the gateway is asked for the time, ms */
  readonly quietMs: number
  /** for its answer, ms */
  readonly silentMs: number
  readonly askForTime: () => void
  readonly onSilent: (quietMs: number) => void
}

/** Asks a gateway that has been quiet for the time; one that does not answer has gone (facts §5: TCP does not tell). */
export class Watchdog {
  readonly #options: WatchdogOptions
  #heardAt = performance.now()
  #timer: NodeJS.Timeout | undefined

  constructor(options: WatchdogOptions) {
    this.#options = options
  }

  /** The gateway said something, whatever it was. */
  heard(): void {
    this.#heardAt = performance.now()
  }

  start(): void {
    const { quietMs, silentMs, askForTime, onSilent } = this.#options
    const quietForMs = performance.now() - this.#heardAt
    if (quietForMs < quietMs) {
      this.#timer = setTimeout(() => this.start(), quietMs - quietForMs + 1)
      return
    }
    const askedAt = performance.now()
    askForTime()
    this.#timer = setTimeout(() => {
      if (this.#heardAt >= askedAt) this.start()
      else onSilent(performance.now() - this.#heardAt)
    }, silentMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
