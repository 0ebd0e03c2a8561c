import { operations, urlsOf } from '../shared/api/index.ts'
import { FILLS_HEADER } from '../shared/api/operation.ts'

/** Which reads an instance may answer from what was pushed to it. */
const MIRRORED: ReadonlySet<string> = new Set(
  operations.filter(({ mirrored }) => mirrored === true).flatMap(urlsOf),
)
const SOURCE_HEADER = 'ibrest-source'
const ASK = ['cache-control', 'no-cache'] as const

/**
 * What has been told of fills through this proxy, and which clients have asked IB since. IB pushes positions to each client
 * apart: one may not have heard yet what another's caller has been told already, and is made to ask.
 */
export class FillsTold {
  readonly #marks = new Map<number, string>()
  /** how often an answer bore news of a fill */
  #told = 0
  /** by client: so many were told when its last question to IB that was answered left */
  readonly #askedAt = new Map<number, number>()
  /** and when the oldest left of those that were not */
  readonly #asking = new Map<number, number>()

  /** An instance has answered with this mark. */
  marked(clientId: number, mark: string | string[] | undefined): void {
    if (typeof mark !== 'string' || this.#marks.get(clientId) === mark) return
    this.#marks.set(clientId, mark)
    this.#told += 1
  }

  /** An answer begins; its header fields as they came: name, value, name, value … */
  answered(clientId: number, status: number, raw: readonly Buffer[]): void {
    for (let index = 0; index + 1 < raw.length; index += 2) {
      const name = raw[index] as Buffer
      // most fields are told apart by their length
      if (name.length !== FILLS_HEADER.length && name.length !== SOURCE_HEADER.length) continue
      const field = name.toString('latin1').toLowerCase()
      const value = (raw[index + 1] as Buffer).toString('latin1')
      if (field === FILLS_HEADER) this.marked(clientId, value)
      else if (field === SOURCE_HEADER && value === 'gateway' && status === 200)
        this.#asked(clientId)
    }
  }

  #asked(clientId: number): void {
    const asking = this.#asking.get(clientId)
    if (asking === undefined) return
    this.#asking.delete(clientId)
    this.#askedAt.set(clientId, asking)
  }

  /** Header fields to add to a call of this route to this client: whether IB must be asked for it. */
  wish(route: string, clientId: number | undefined): readonly string[] {
    if (clientId === undefined || !MIRRORED.has(route)) return []
    if (this.#askedAt.get(clientId) === this.#told) return []
    if (!this.#asking.has(clientId)) this.#asking.set(clientId, this.#told)
    return ASK
  }
}
