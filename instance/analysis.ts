import type { Preview } from '../shared/schemas/order-change.ts'

/** One message about an order that a call would send. */
export interface WouldSend {
  readonly what: 'place' | 'change' | 'cancel'
  /** `now`, or what it would wait for */
  readonly when: string
  /** of the order that is there already */
  readonly id: string | null
  /** as it would be sent; of a cancel: the order as it is known */
  readonly order: object
  readonly preview: Preview | null
  /** for which IB would refuse this one of several */
  readonly problem: { readonly code: string; readonly detail: string } | null
}

/** What a call would do that was only analyzed: nothing of it was done, nothing was written down. */
export interface Analysis {
  readonly analyzed: true
  readonly operation: string
  readonly wouldSend: readonly WouldSend[]
  /** what was reckoned for it, such as the position that was found */
  readonly about: unknown
  readonly notes: readonly string[]
}
