import type { Socket } from 'node:net'
import type { Server } from 'node:tls'
import cors from '@fastify/cors'
import helmet from 'helmet'
import { problem } from '../../shared/problem.ts'
import type { Service, ServiceOptions } from '../../shared/service.ts'
import { type AddressRule, addressRule } from './addresses.ts'
import { Certificate } from './certificate.ts'
import type { WallSettings } from './settings.ts'

/** A caller that takes nothing of an answer for so long is let go, ms. */
const SLOW_READER_MS = 60_000
/** How long a browser remembers what a page of another origin may do, seconds. */
const PREFLIGHT_S = 600
/** What is shown in a browser. */
const PAGES = /^\/(status|docs)(\/|$)/

/** What stands between callers and the proxy before anything of a call is looked at. */
export class Wall {
  readonly #settings: WallSettings
  readonly #certificate: Certificate | undefined
  readonly #isAllowed: AddressRule | undefined
  readonly #isTrusted: AddressRule | undefined
  #refused = 0

  private constructor(settings: WallSettings, certificate: Certificate | undefined) {
    this.#settings = settings
    this.#certificate = certificate
    const { allowFrom, trustProxy } = settings
    this.#isAllowed = allowFrom === undefined ? undefined : addressRule('ALLOW_FROM', allowFrom)
    this.#isTrusted = trustProxy === undefined ? undefined : addressRule('TRUST_PROXY', trustProxy)
  }

  /** Reads the certificate, or makes one. @throws ConfigError */
  static async of(settings: WallSettings): Promise<Wall> {
    return new Wall(settings, settings.tls && (await Certificate.of(settings.tls)))
  }

  /** What the service must be made with. */
  get serviceOptions(): Pick<ServiceOptions, 'allowedOrigins' | 'trustProxy' | 'https'> {
    const { allowedOrigins } = this.#settings
    return {
      allowedOrigins: new Set(allowedOrigins),
      ...(this.#isTrusted && { trustProxy: this.#isTrusted }),
      ...(this.#certificate && { https: this.#certificate.options }),
    }
  }

  /** Connections that were closed because of the address they came from, or because there were too many. */
  get refused(): number {
    return this.#refused
  }

  /** When the certificate ends, ms since 1970; undefined without TLS. */
  get certificateEndsAt(): number | undefined {
    return this.#certificate?.endsAt
  }

  /** Whether calls on a connection from an address are taken to come from there, and may. */
  passes(address: string): boolean {
    return this.#isTrusted?.(address) !== true && this.#isAllowed?.(address) !== false
  }

  /** Call it before routes are made. */
  async register(app: Service): Promise<void> {
    const { server } = app
    server.maxConnections = this.#settings.maxConnections
    server.on('drop', () => {
      this.#refused += 1
    })
    letSlowReadersGo(server)
    this.#certificate?.follow(server as unknown as Server, app.log)
    this.#checkAddresses(app)
    await this.#admitOrigins(app)
    // each page says itself where its parts may come from
    const guard = helmet({
      contentSecurityPolicy: false,
      strictTransportSecurity: this.#certificate !== undefined,
    })
    // of pages only: a hook of all routes would cost every call
    app.addHook('onRoute', (route) => {
      if (!PAGES.test(route.url)) return
      const others = [route.onRequest ?? []].flat()
      route.onRequest = [
        ...others,
        ({ raw: request }, { raw: answer }, done) => guard(request, answer, () => done()),
      ]
    })
  }

  /** Reads the certificate again. */
  reread(): void {
    this.#certificate?.reread()
  }

  stop(): void {
    this.#certificate?.stop()
  }

  #checkAddresses(app: Service): void {
    const isAllowed = this.#isAllowed
    if (isAllowed === undefined) return
    const { isSilent, trustProxy } = this.#settings
    if (isSilent && trustProxy === undefined) {
      app.server.on('connection', (socket: Socket) => {
        if (isAllowed(socket.remoteAddress ?? '')) return
        this.#refused += 1
        socket.destroy()
      })
      return
    }
    app.addHook('onRequest', (request, reply, done) => {
      if (isAllowed(request.ip)) return done()
      this.#refused += 1
      if (!isSilent)
        return done(problem('REQUEST_FOREIGN_ADDRESS', { detail: `${request.ip} is not listed` }))
      reply.hijack()
      request.raw.destroy()
    })
  }

  async #admitOrigins(app: Service): Promise<void> {
    const { allowedOrigins } = this.#settings
    if (allowedOrigins.length === 0) return
    await app.register(cors, {
      origin: [...allowedOrigins],
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
      // keys come in fields that pages set themselves, never as what a browser sends of its own accord
      credentials: false,
      exposedHeaders: '*',
      maxAge: PREFLIGHT_S,
    })
    // answers that are carried are written past the reply
    app.addHook('onRequest', (request, reply, done) => {
      if (request.headers.origin !== undefined)
        for (const [name, value] of Object.entries(reply.getHeaders()))
          if (name.startsWith('access-control-')) reply.raw.setHeader(name, value as string)
      done()
    })
  }
}

/** Nobody holds an answer in our memory by not reading it; a call that waits has nothing to be read. */
function letSlowReadersGo(server: Service['server']): void {
  server.setTimeout(SLOW_READER_MS, (socket) => {
    const isResting = socket.timeout !== server.timeout
    if (isResting || socket.writableLength > 0) socket.destroy()
  })
}
