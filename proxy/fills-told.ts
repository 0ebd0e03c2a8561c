import { operations, urlsOf } from '../shared/api/index.ts'
import { FILLS_HEADER } from '../shared/api/operation.ts'

/** Which reads an instance may answer from what was pushed to it. */
const MIRRORED: ReadonlySet<string> = new Set(
  operations.filter(({ mirrored }) => mirrored === true).flatMap(urlsOf),
)
const SOURCE_HEADER = 'ibrest-source'
const NOBODY: readonly number[] = []
const ASK = ['cache-control', 'no-cache'] as const

/**
 * What has been told of fills through this proxy, and which clients have asked IB since. IB pushes positions to each client
 * apart: one may not have heard yet what another's caller has been told already, and is made to ask. Also who need not, and so answers at no cost.
 */
export class FillsTold {
  readonly #marks = new Map<number, string>()
  /** how often an answer bore news of a fill */
  #told = 0
  /** by client: so many were told when its last question to IB that was answered left */
  readonly #askedAt = new Map<number, number>()
  /** and when the oldest left of those that were not */
  readonly #asking = new Map<number, number>()
  /** who has asked IB since the last fill was told and answers from what was pushed to it; whoever answered last comes first */
  #mirroring: number[] = []

  /** An instance has answered with this mark. */
  marked(clientId: number, mark: string | string[] | undefined): void {
    if (typeof mark !== 'string' || this.#marks.get(clientId) === mark) return
    this.#marks.set(clientId, mark)
    this.#told += 1
    this.#mirroring = []
  }

  /** An answer begins; its header fields: name in lower case, value, name, value … */
  answered(clientId: number, status: number, fields: readonly string[]): void {
    // it works for another proxy, or cannot be used
    if (status === 503) this.#dropMirror(clientId)
    for (let index = 0; index + 1 < fields.length; index += 2) {
      const name = fields[index]
      if (name === FILLS_HEADER) this.marked(clientId, fields[index + 1])
      else if (name === SOURCE_HEADER) this.#sourced(clientId, status, fields[index + 1])
    }
  }

  #sourced(clientId: number, status: number, source: string | undefined): void {
    const canMirror = source === 'mirror' || (status === 200 && this.#hasAsked(clientId))
    if (this.#mirroring[0] === clientId && canMirror) return
    this.#dropMirror(clientId)
    if (canMirror && this.#isTold(clientId)) this.#mirroring.unshift(clientId)
  }

  /** IB was asked there: whether because it was made to. */
  #hasAsked(clientId: number): boolean {
    const asking = this.#asking.get(clientId)
    if (asking === undefined) return false
    this.#asking.delete(clientId)
    this.#askedAt.set(clientId, asking)
    return true
  }

  #dropMirror(clientId: number): void {
    const place = this.#mirroring.indexOf(clientId)
    if (place >= 0) this.#mirroring.splice(place, 1)
  }

  /** It has asked IB since the last fill was told. */
  #isTold(clientId: number): boolean {
    return this.#askedAt.get(clientId) === this.#told
  }

  /** Who answers calls of this route from what was pushed to it, as far as can be told; whoever did so last comes first. */
  mirrorsOf(route: string | undefined): readonly number[] {
    return route !== undefined && MIRRORED.has(route) ? this.#mirroring : NOBODY
  }

  /** Header fields to add to a call of this route to this client: whether IB must be asked for it. */
  wish(route: string, clientId: number | undefined): readonly string[] {
    if (clientId === undefined || !MIRRORED.has(route)) return []
    if (this.#isTold(clientId)) return []
    if (!this.#asking.has(clientId)) this.#asking.set(clientId, this.#told)
    return ASK
  }
}
