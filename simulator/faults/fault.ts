import type { FarmName } from '../farms.ts'

/** What happens to one message. */
export type Effect =
  | { readonly kind: 'late'; readonly delayMs: number }
  | { readonly kind: 'silent' | 'twice' | 'torn' | 'sliced' | 'reset' }
  /** a request is answered with this error and not served */
  | { readonly kind: 'error'; readonly code: number; readonly text: string }
  /** it waits until whoever keeps it lets it go */
  | { readonly kind: 'hold'; readonly keep: (letGo: () => void) => void }
  /** it passes, and then something is done */
  | { readonly kind: 'followed'; readonly follow: () => void }
  /** it says something else */
  | { readonly kind: 'rewrite'; readonly rewrite: <Row extends object>(row: Row) => Row }

/** What happens to the whole gateway at once. */
export type Event =
  | {
      readonly kind: 'notice'
      readonly code: number
      readonly text: string
      readonly clientId?: number
    }
  | { readonly kind: 'restart'; readonly delayMs: number; readonly lingerMs: number }
  | { readonly kind: 'drop'; readonly clientId: number; readonly lingerMs: number }
  | { readonly kind: 'farm'; readonly farm: FarmName; readonly isDown: boolean }
  | { readonly kind: 'halt'; readonly which: Which; readonly isHalted: boolean }
  /** ids that linger are free again */
  | { readonly kind: 'free ids' }

/** An instrument by its symbol or its number. */
export interface Which {
  readonly symbol?: string
  readonly conId?: number
}

/** Which messages a fault concerns; what is left out matches everything. */
export interface FaultMatch {
  readonly clientId?: number
  /** name of a request (`reqPositions`) or of a message (`openOrder`, `positionEnd`) */
  readonly message?: string
  readonly orderId?: number
}

/** What only some faults take. */
export interface FaultDetails extends Which {
  readonly farm?: string
  /** how long a client id stays in use after its connection has died, ms */
  readonly lingerMs?: number
  /** how many ids lower */
  readonly by?: number
}

/** A fault as it is asked for. */
export interface FaultRequest extends FaultDetails {
  readonly fault: string
  readonly match?: FaultMatch
  /** how often it strikes; each fault has its own default */
  readonly count?: number
  readonly delayMs?: number
  /** how likely it strikes each time, 0 to 1, drawn from the seed; without it always */
  readonly probability?: number
}

/** A fault that is waiting to strike, or lasts. */
export interface Fault extends FaultDetails {
  readonly id: number
  readonly fault: string
  readonly match: FaultMatch
  /** times left; null when it goes on until it is taken back */
  left: number | null
  readonly delayMs: number
  readonly probability: number
  struck: number
}

/** One message on its way in or out. */
export interface Passing {
  readonly clientId: number
  readonly name: string
  readonly direction: 'in' | 'out'
  readonly orderId?: number | undefined
  readonly pushed?: boolean | undefined
}

/** A fault that cannot be set; `known` lists what could have been said instead. */
export class FaultError extends Error {
  override readonly name = 'FaultError'
  readonly known: readonly string[]

  constructor(message: string, known: readonly string[] = []) {
    super(message)
    this.known = known
  }
}
