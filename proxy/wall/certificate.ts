import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import type { SecureContextOptions, Server } from 'node:tls'
import type { FastifyBaseLogger } from 'fastify'
import { ConfigError } from '../../shared/env.ts'
import { type PairFiles, selfSigned } from './self-signed.ts'
import type { TlsSettings } from './settings.ts'

/** How often the files are looked at, ms. */
const LOOK_MS = 1000

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
  #options: SecureContextOptions
  #server: Server | undefined
  #log: Pick<FastifyBaseLogger, 'info' | 'error'> | undefined

  private constructor(files: PairFiles, options: SecureContextOptions) {
    this.files = files
    this.#options = options
  }

  /** The pair of the files named, or our own. @throws ConfigError */
  static async of({ certFile, keyFile, folder, names }: TlsSettings): Promise<Certificate> {
    const files =
      certFile !== undefined && keyFile !== undefined
        ? { certFile, keyFile }
        : await selfSigned(folder, names)
    try {
      return new Certificate(files, read(files))
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
    for (const path of this.#paths)
      watchFile(path, { interval: LOOK_MS, persistent: false }, this.#onChange)
  }

  stop(): void {
    for (const path of this.#paths) unwatchFile(path, this.#onChange)
  }

  get #paths(): readonly string[] {
    return [this.files.certFile, this.files.keyFile]
  }

  readonly #onChange = () => this.reread()

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
