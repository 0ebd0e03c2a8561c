import { timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { TOKEN_HEADER } from '../shared/api/operation.ts'
import { problem } from '../shared/problem.ts'
import type { Service } from '../shared/service.ts'

/** What watchers read who have no token: whether it lives, whether it can be used, numbers. */
const OPEN_TO_ALL: ReadonlySet<string | undefined> = new Set(['/beacon', '/metrics'])
const STATUS = '/clients'

export interface DoorOptions {
  /** what its proxies bear; undefined: everybody is let in */
  readonly token: string | undefined
  readonly clientId: number
  /** whether it can be used */
  readonly isUsable: () => boolean
}

/**
 * Lets in who bears the token, and nobody else: an instance trades for whoever calls it. A stranger hears whether it lives and
 * can be used; whoever bears another token hears that at once, so that a proxy does not take it for usable.
 */
export class Door {
  readonly #expected: Buffer
  /** what is read of a call, so that nothing is allocated for it */
  readonly #given: Buffer
  readonly #options: DoorOptions

  constructor(options: DoorOptions) {
    this.#options = options
    this.#expected = Buffer.from(options.token ?? '', 'latin1')
    this.#given = Buffer.alloc(this.#expected.length)
  }

  /** Watches over every call. Call it before routes are made. */
  guard(app: Service): void {
    const { token, clientId, isUsable } = this.#options
    if (token === undefined) return
    app.addHook('onRequest', (request, reply, done) => {
      const { headers } = request
      if (this.#knows(headers)) return done()
      const { url } = request.routeOptions
      if (OPEN_TO_ALL.has(url)) return done()
      if (url === STATUS && headers[TOKEN_HEADER] === undefined) {
        const ready = isUsable()
        void reply
          .code(ready ? 200 : 503)
          .header('cache-control', 'no-store')
          .serializer(JSON.stringify)
          .type('application/json; charset=utf-8')
          .send({ clientId, connected: ready, stranger: true })
        return
      }
      done(
        problem('INSTANCE_STRANGER', {
          detail: 'This instance answers its proxies only: call the proxy',
          headers: { 'www-authenticate': 'IBREST-Token' },
        }),
      )
    })
  }

  /** As long for a token that is nearly right as for one that is not. */
  #knows({ [TOKEN_HEADER]: given }: IncomingHttpHeaders): boolean {
    if (typeof given !== 'string' || given.length !== this.#expected.length) return false
    this.#given.write(given, 'latin1')
    return timingSafeEqual(this.#given, this.#expected)
  }
}
