import type { FastifyBaseLogger } from 'fastify'
import { FileWatch } from '../file-watch.ts'

/** What a file says, read again when it changes. One that cannot be read leaves everything as it was, and says so. */
export class WatchedFile<Said> {
  readonly #path: string
  readonly #watch: FileWatch
  readonly #read: (path: string) => Said
  readonly #onChange: (said: Said) => void
  readonly #log: FastifyBaseLogger
  #said: Said

  /** @throws ConfigError where the file is wrong from the start */
  constructor(options: {
    readonly path: string
    readonly read: (path: string) => Said
    readonly onChange: (said: Said) => void
    readonly log: FastifyBaseLogger
  }) {
    this.#path = options.path
    this.#read = options.read
    this.#onChange = options.onChange
    this.#log = options.log
    this.#watch = new FileWatch(this.#path)
    this.#said = this.#read(this.#path)
  }

  get said(): Said {
    return this.#said
  }

  watch(): void {
    this.#watch.start(this.#reread)
  }

  stop(): void {
    this.#watch.stop()
  }

  readonly #reread = () => {
    try {
      this.#said = this.#read(this.#path)
      this.#log.info({ file: this.#path }, 'who may call was read again')
      this.#onChange(this.#said)
    } catch (error) {
      this.#log.error({ file: this.#path, why: (error as Error).message }, 'not read; as before')
    }
  }
}
