import { lookup as resolve } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import type { FastifyBaseLogger } from 'fastify'
import { MAX_POOL_SIZE } from '../shared/ids.ts'
import { FileWatch } from './file-watch.ts'
import { type OriginSource, parseOrigins, podHost } from './origins.ts'

/** How often the names of the instances are resolved, ms. */
const DNS_INTERVAL_MS = 5000
/** A pod whose name is gone so many times in a row has left; before that it may only be starting again. */
const ABSENCES = 6

export interface MembershipOptions {
  readonly source: OriginSource
  /** the instances that were read already */
  readonly origins: readonly string[]
  readonly become: (origins: readonly string[]) => void
  readonly log: Pick<FastifyBaseLogger, 'info' | 'error'>
  /** throws with `code` ENOTFOUND or ENODATA where there is no such host */
  readonly lookup?: (host: string) => Promise<unknown>
}

/** Reads again where the instances are, and tells what changed. A list that is wrong is refused: the old one stays. */
export class Membership {
  readonly #options: MembershipOptions
  readonly #lookup: (host: string) => Promise<unknown>
  /** how many times in a row a pod was not there */
  readonly #absences = new Map<number, number>()
  #origins: readonly string[]
  readonly #file: FileWatch | undefined
  #timer: NodeJS.Timeout | undefined
  #reading: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(options: MembershipOptions) {
    this.#options = options
    this.#origins = options.origins
    const { source } = options
    if (source.kind === 'file') this.#file = new FileWatch(source.path)
    this.#lookup = options.lookup ?? ((host) => resolve(host))
  }

  /** Begins to look for changes; all has been read once more when it resolves. */
  async start(): Promise<void> {
    if (this.#options.source.kind === 'dns') await this.#round()
    else if (this.#file !== undefined) {
      this.#file.start(() => void this.reread())
      // the list was read before the file was watched
      await this.reread()
    }
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#file?.stop()
  }

  /** Reads anew, now; never two readings at once. */
  reread(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#reread())
    return this.#reading
  }

  async #round(): Promise<void> {
    await this.reread()
    if (this.#stopped) return
    this.#timer = setTimeout(() => void this.#round(), DNS_INTERVAL_MS)
  }

  async #reread(): Promise<void> {
    const { become, log } = this.#options
    try {
      const origins = await this.#read()
      if (this.#stopped || origins.join() === this.#origins.join()) return
      log.info({ from: this.#origins, to: origins }, 'the pool has other instances')
      this.#origins = origins
      become(origins)
    } catch (error) {
      log.error({ err: error, instances: this.#origins }, 'instances not taken over; as before')
    }
  }

  async #read(): Promise<readonly string[]> {
    const { source } = this.#options
    if (source.kind === 'list') return source.origins
    if (source.kind === 'file') return parseOrigins(await readFile(source.path, 'utf8'))
    const { name, port } = source
    const size = await this.#pods(name)
    return Array.from({ length: size }, (_, n) => `http://${podHost(name, n)}:${port}`)
  }

  /** How many pods there are: to the last that has a name, a gap is one that starts again. */
  async #pods(name: string): Promise<number> {
    const known = this.#origins.length
    const gone = await Promise.all(this.#origins.map((_, n) => this.#isGone(name, n)))
    const kept = gone.lastIndexOf(false) + 1
    // that all are gone says more of the names than of the pods
    if (kept < known) return kept === 0 ? known : kept
    let size = known
    while (size < MAX_POOL_SIZE && (await this.#word(name, size)) === 'there') {
      this.#absences.delete(size)
      size += 1
    }
    return size
  }

  async #isGone(name: string, n: number): Promise<boolean> {
    const absences = (await this.#word(name, n)) === 'absent' ? (this.#absences.get(n) ?? 0) + 1 : 0
    this.#absences.set(n, absences)
    return absences >= ABSENCES
  }

  /** `unknown`: the names could not be asked, which says nothing of the pod. */
  async #word(name: string, n: number): Promise<'there' | 'absent' | 'unknown'> {
    try {
      await this.#lookup(podHost(name, n))
      return 'there'
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      return code === 'ENOTFOUND' || code === 'ENODATA' ? 'absent' : 'unknown'
    }
  }
}
