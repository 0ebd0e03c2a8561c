import { type BigIntStats, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'

/** How often files are looked at, ms: what is revoked in one is refused within that. */
const LOOK_MS = 1000

/**
 * Tells when one of some files is another than it was when this was made. Made before they are read it misses no change;
 * `fs.watchFile` compares with what it finds some time after it has begun, and never tells of a change before that.
 */
export class FileWatch {
  readonly #paths: readonly string[]
  #seen: string
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(...paths: readonly string[]) {
    this.#paths = paths
    this.#seen = paths.map(markOf).join()
  }

  /** Looks at once, and again every second until it is stopped. */
  start(onChange: () => void): void {
    void this.#look(onChange)
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  async #look(onChange: () => void): Promise<void> {
    const looks = this.#paths.map((path) => stat(path, { bigint: true }).then(textOf, absence))
    const seen = (await Promise.all(looks)).join()
    if (this.#isStopped) return
    this.#timer = setTimeout(() => void this.#look(onChange), LOOK_MS).unref()
    if (seen === this.#seen) return
    this.#seen = seen
    onChange()
  }
}

/** At once: whoever reads the file right after this must not be ahead of it. */
function markOf(path: string): string {
  try {
    return textOf(statSync(path, { bigint: true }))
  } catch (error) {
    return absence(error)
  }
}

/** Another one whenever something was written to the file, or another file took its place. */
function textOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(':')
}

function absence(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unreadable'
}
