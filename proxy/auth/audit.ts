import { createWriteStream, type WriteStream } from 'node:fs'
import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import { covers } from '../../shared/api/scope.ts'
import { ANONYMOUS } from '../../shared/order-limits.ts'
import { keyWritten } from '../owner.ts'
import { callerIn } from './caller.ts'
import { scopeOfCall } from './route-scopes.ts'

/** For the user alone whom the process runs as. */
const OWN = 0o600
/** Lines that a disk does not take wait up to so many bytes; what comes then is lost, and the log says so. */
const MAX_UNWRITTEN = 4 * 1024 * 1024

/** How a call ended. */
export interface Ended {
  readonly method: string
  readonly route: string
  readonly status: number
  readonly clientId?: number | undefined
  /** where the answer says that the order is */
  readonly location?: string | undefined
  /** nothing was done */
  readonly isAnalyzed?: boolean
}

/** One line of JSON for each call that can change an order or that operates the system, refused ones included. */
export class AuditLog {
  readonly #log: FastifyBaseLogger
  readonly #file: WriteStream | undefined
  #isLosing = false

  /** Without a file it goes into the log, marked with `audit`, whatever level the log has. */
  constructor(path: string | undefined, log: FastifyBaseLogger) {
    this.#log = log.child({}, { level: log.level === 'silent' ? 'silent' : 'info' })
    if (path === undefined) return
    this.#file = createWriteStream(path, { flags: 'a', mode: OWN })
    this.#file.on('error', (error) => this.#lost(error))
  }

  /** A call has been answered, or its caller has gone. */
  ended(request: FastifyRequest, ended: Ended): void {
    const needed = scopeOfCall(request)
    if (!covers(needed, 'trade')) return
    const line = {
      who: callerIn(request.raw.headers)?.name ?? ANONYMOUS,
      scope: needed,
      method: ended.method,
      route: ended.route,
      status: ended.status,
      orderId: orderOf(request, ended.location),
      key: keyWritten(request) ?? null,
      clientId: ended.clientId ?? null,
      reqId: request.id,
      address: request.ip,
      ...(ended.isAnalyzed && { analyzed: true }),
    }
    if (this.#file === undefined) {
      this.#log.info({ audit: true, ...line }, 'audit')
      return
    }
    if (this.#file.writableLength > MAX_UNWRITTEN) {
      this.#lost(new Error(`${MAX_UNWRITTEN} bytes wait to be written`))
      return
    }
    this.#isLosing = false
    this.#file.write(`${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`)
  }

  #lost(error: Error): void {
    if (!this.#isLosing) this.#log.error({ err: error }, 'lines of the audit log are lost')
    this.#isLosing = true
  }

  /** Resolves when everything is written. */
  async stop(): Promise<void> {
    const file = this.#file
    if (file === undefined || file.destroyed) return
    await new Promise<void>((resolve) => {
      file.once('close', resolve)
      file.end()
    })
  }
}

function orderOf(request: FastifyRequest, location: string | undefined): string | null {
  const { id } = request.params as { id?: string }
  const { orderId } = request.query as { orderId?: unknown }
  const [, placed] = /\/order\/(?:\w+\/)?([\d.-]+)$/.exec(location ?? '') ?? []
  return id ?? placed ?? (typeof orderId === 'string' ? orderId : null)
}
