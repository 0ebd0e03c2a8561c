/** Readers on open streams; each has the whole snapshot every second. */
export const MAX_READERS = 50
/** How often it is looked whether something has changed, ms. */
const LOOK_MS = 250
/** A snapshot is sent after so many looks at the latest: it is the heartbeat, too. */
const LOOKS_PER_SNAPSHOT = 4

/** Who wants every snapshot. */
export interface SnapshotReader {
  /** Takes one, or lets it pass while the last is still under way. */
  take(text: string): void
  /** There will be no more. */
  end(): void
}

export interface BroadcastOptions {
  /** the present, as a text */
  readonly snapshot: () => string
  /** a text that is another when something has happened that should be seen at once */
  readonly mark: () => string
  /** Runs something again and again; gives what ends that. */
  readonly every?: (ms: number, run: () => void) => () => void
}

function everySoOften(ms: number, run: () => void): () => void {
  const timer = setInterval(run, ms)
  return () => clearInterval(timer)
}

/** Tells all readers how things stand, each second and when something has changed. While nobody reads nothing is done. */
export class Broadcast {
  readonly #options: BroadcastOptions
  readonly #readers = new Set<SnapshotReader>()
  #cease: (() => void) | undefined
  #mark = ''
  #looks = 0
  #isOver = false

  constructor(options: BroadcastOptions) {
    this.#options = options
  }

  get readers(): number {
    return this.#readers.size
  }

  /** Whether one more may read. */
  get hasRoom(): boolean {
    return !this.#isOver && this.#readers.size < MAX_READERS
  }

  /** Gives a reader the present and what follows; what it gets back ends that. */
  enter(reader: SnapshotReader): () => void {
    this.#readers.add(reader)
    reader.take(this.#options.snapshot())
    if (this.#cease === undefined) {
      this.#mark = this.#options.mark()
      this.#cease = (this.#options.every ?? everySoOften)(LOOK_MS, () => this.#look())
    }
    return () => this.#leave(reader)
  }

  /** Ends every reader's stream; there will be no others. */
  stop(): void {
    this.#isOver = true
    for (const reader of [...this.#readers]) {
      this.#leave(reader)
      reader.end()
    }
  }

  #leave(reader: SnapshotReader): void {
    this.#readers.delete(reader)
    if (this.#readers.size > 0) return
    this.#cease?.()
    this.#cease = undefined
  }

  #look(): void {
    this.#looks += 1
    const mark = this.#options.mark()
    if (mark === this.#mark && this.#looks < LOOKS_PER_SNAPSHOT) return
    this.#mark = mark
    this.#looks = 0
    const text = this.#options.snapshot()
    for (const reader of [...this.#readers]) reader.take(text)
  }
}
