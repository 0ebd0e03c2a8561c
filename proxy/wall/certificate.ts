import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { SecureContextOptions, Server } from 'node:tls'
import type { FastifyBaseLogger } from 'fastify'
import { ConfigError } from '../../shared/env.ts'
import { FileWatch } from '../file-watch.ts'
import { type PairFiles, selfSigned } from './self-signed.ts'
import type { TlsSettings } from './settings.ts'

/** What callers must at least speak. */
const MIN_VERSION = 'TLSv1.2'

/** The pair as TLS wants it. @throws Error where they do not belong together */
function read({ certFile, keyFile }: PairFiles): SecureContextOptions {
  const [cert, key] = [readFileSync(certFile), readFileSync(keyFile)]
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)))
    throw new Error(`${keyFile} is not the key of ${certFile}`)
  return { cert, key, minVersion: MIN_VERSION }
}

/** The certificate callers see: read from its files, and again when they change; a pair that does not fit is not taken over. */
export class Certificate {
  readonly files: PairFiles
  readonly #watch: FileWatch
  #options: SecureContextOptions
  #server: Server | undefined
  #log: Pick<FastifyBaseLogger, 'info' | 'error'> | undefined

  private constructor(files: PairFiles) {
    this.files = files
    this.#watch = new FileWatch(files.certFile, files.keyFile)
    this.#options = read(files)
  }

  /** The pair of the files named, or our own. @throws ConfigError */
  static async of({ certFile, keyFile, folder, names }: TlsSettings): Promise<Certificate> {
    const files =
      certFile !== undefined && keyFile !== undefined
        ? { certFile, keyFile }
        : await selfSigned(folder, names)
    try {
      return new Certificate(files)
    } catch (error) {
      throw new ConfigError(`TLS_CERT_FILE and TLS_KEY_FILE: ${(error as Error).message}`)
    }
  }

  get options(): SecureContextOptions {
    return this.#options
  }

  /** When it ends, ms since 1970. */
  get endsAt(): number {
    return Date.parse(new X509Certificate(this.#options.cert as Buffer).validTo)
  }

  /** Begins to look for changes: who connects from then on sees the new pair, who is there stays. */
  follow(server: Server, log: Pick<FastifyBaseLogger, 'info' | 'error'>): void {
    this.#server = server
    this.#log = log
    this.#watch.start(() => this.reread())
  }

  stop(): void {
    this.#watch.stop()
  }

  /** Reads the files now. */
  reread(): void {
    try {
      this.#options = read(this.files)
      this.#server?.setSecureContext(this.#options)
      this.#log?.info({ ends: new Date(this.endsAt).toISOString() }, 'certificate read again')
    } catch (error) {
      // mostly one of two files that are replaced one after the other
      this.#log?.error({ err: error }, 'certificate not taken over; as before')
    }
  }
}
