import { Frames } from './frames.ts'

/** So much is read before others have their turn, bytes: some 600 bars, 800 quotes or 30 contracts, one to three ms. */
const BYTES_PER_TURN = 32 * 1024
/** More than this unread, bytes, and the gateway is not listened to until it has been read. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024

export interface InboxOptions {
  /** reads one payload, at once or in steps that each tell how many bytes they took */
  readonly read: (payload: Buffer) => Iterator<number, unknown> | undefined
  /** what came cannot be read, nor anything behind it; nothing more is */
  readonly broken: (error: unknown) => void
  /** stops the bytes, or lets them come again */
  readonly hold: (isHeld: boolean) => void
}

/**
 * What has come from the gateway, read strictly in the sequence it came. What is short is read in the turn of the event
 * loop in which it arrives; what is long, over several, so that a large answer never holds up other calls.
 */
export class Inbox {
  readonly #options: InboxOptions
  readonly #frames = new Frames()
  /** bytes, and what is to be done when all before has been read */
  #arrived: (Buffer | (() => void))[] = []
  /** a message in the middle of which others had their turn */
  #long: Iterator<number, unknown> | undefined
  #arrivedBytes = 0
  #isReading = false
  #isHeld = false
  #isOver = false

  constructor(options: InboxOptions) {
    this.#options = options
  }

  push(bytes: Buffer): void {
    this.#arrivedBytes += bytes.length
    if (this.#arrivedBytes + this.#frames.bytes > MAX_UNREAD_BYTES && !this.#isHeld) {
      this.#isHeld = true
      this.#options.hold(true)
    }
    this.#enter(bytes)
  }

  /** Called when all that came before has been read. */
  after(act: () => void): void {
    this.#enter(act)
  }

  /** Called when all has been read that comes within this turn of the event loop, which is what had arrived when asked. */
  afterArrived(act: () => void): void {
    setImmediate(() => (this.#isHeld ? this.afterArrived(act) : this.after(act)))
  }

  /** Forgets what has not been read; who waits for it need wait no longer. */
  stop(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#isHeld = false
    const waiting = this.#arrived
    this.#arrived = []
    for (const each of waiting) if (typeof each === 'function') each()
  }

  #enter(item: Buffer | (() => void)): void {
    if (this.#isOver) {
      if (typeof item === 'function') item()
      return
    }
    this.#arrived.push(item)
    if (!this.#isReading) this.#read()
  }

  #read(): void {
    this.#isReading = true
    let left = BYTES_PER_TURN
    try {
      while (left > 0) {
        const bytes = this.#step()
        if (bytes === undefined) {
          this.#isReading = false
          if (this.#isHeld) this.#release()
          return
        }
        left -= bytes
      }
    } catch (error) {
      this.#options.broken(error)
      this.stop()
      return
    }
    setImmediate(() => this.#read())
  }

  /** Does the next thing and tells how many bytes that took; undefined when there is nothing to do. */
  #step(): number | undefined {
    if (this.#isOver) return undefined
    if (this.#long !== undefined) {
      const { done, value } = this.#long.next()
      if (!done) return value
      this.#long = undefined
    }
    const payload = this.#frames.take()
    if (payload !== undefined) {
      this.#long = this.#options.read(payload)
      return this.#long === undefined ? payload.length : 0
    }
    const item = this.#arrived.shift()
    if (item === undefined) return undefined
    if (typeof item === 'function') {
      item()
    } else {
      this.#arrivedBytes -= item.length
      this.#frames.push(item)
    }
    return 0
  }

  #release(): void {
    this.#options.hold(false)
    // what was held back comes within a turn
    setImmediate(() => {
      this.#isHeld = false
    })
  }
}
