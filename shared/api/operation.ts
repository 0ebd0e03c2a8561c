import { type TSchema, Type } from 'typebox'
import type { ListRule } from '../listing/cut.ts'
import { ProblemDocument } from '../schemas/problem.ts'
import type { FeedDeclaration } from './feed.ts'

/**
 * How the proxy carries a call (design §3.2):
 * `leased` has an instance to itself until that has finished; `owned` goes to the one instance that owns what it
 * names; `gathered` asks every instance and joins; `local` is answered where it arrives.
 */
export type Traffic = 'leased' | 'owned' | 'gathered' | 'local'

/**
 * Where the owner of an `owned` call is written: in an order id, or fixed to client 0, the steward: what concerns all (F5);
 * a `feed` says by itself where it is kept, and its subscriptions are found by their handles.
 */
export type OwnerRule = 'orderId' | 'steward' | 'feed'

/** Which of IB's limits for the whole login a call falls under (facts §3.1); `pattern`: a search where it has one. */
export type PacingClass = 'history' | 'search' | 'pattern' | 'snapshot'

/** What IB is asked for a call, by the names of its API. */
export interface IbTalk {
  readonly request: readonly string[]
  /** what it answers with */
  readonly callbacks: readonly string[]
  /** the callback that ends the answer; null: IB says no end, or none is waited for */
  readonly end: string | null
}

/** One operation of the API, declared once: routed, validated, serialised and documented from here. */
export interface Operation {
  readonly operationId: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly url: string
  /** further paths that mean the same */
  readonly aliases?: readonly string[]
  readonly traffic: Traffic
  readonly owner?: OwnerRule
  /** a `leased` call whose body, or query without one, names an order by `orderId` goes to that order's owner instead */
  readonly ownerInBody?: boolean
  /** a `leased` call that bears a key of its own goes to the client the key belongs to instead (design §3.2) */
  readonly keyed?: boolean
  /**
   * what an Idempotency-Key does (D.3): `orders`: what the call sends is sent once; `answer`: its finished answer is
   * kept and given again. A call that changes something and has neither refuses the key.
   */
  readonly idempotency?: 'orders' | 'answer'
  /** with `all` given what would still follow orders is given up at every client first */
  readonly endsPlans?: boolean
  /** answered from what IB has pushed, where that is as good as asking */
  readonly mirrored?: boolean
  /** it waits for a fill, always or with `until=filled`, and so never holds a slot */
  readonly patient?: true | 'until'
  /** it is a WebSocket: opened by an upgrade, at the proxy only */
  readonly socket?: true
  /** can add to what is at risk: refused while orders are paused, and counted against the caller's limits */
  readonly opens?: boolean
  /** a `leased` read that uses up a budget of the login: it waits for that before it waits for a slot */
  readonly pacing?: PacingClass
  /** rows of a `gathered` answer that are the same thing are told by this member */
  readonly key?: string
  /** rows of a `gathered` answer come newest first by this member, a UTC text; those without it last */
  readonly newestBy?: string
  /** its answer is a list, or has one, that can be asked for in parts */
  readonly list?: ListRule
  /** what it comes as where that is not JSON; `its own`: it looks at `Accept` itself */
  readonly produces?: readonly string[] | 'its own'
  /** it is one of the four operations of this feed */
  readonly feed?: FeedDeclaration
  /** it operates the proxy itself: an instance does not have it */
  readonly onlyProxy?: true
  readonly tag: string
  readonly summary: string
  /** absent: IB is not asked */
  readonly ib?: IbTalk
  readonly schema: {
    readonly params?: TSchema
    readonly querystring?: TSchema
    readonly headers?: TSchema
    readonly body?: TSchema
    readonly response: Readonly<Record<number, TSchema>>
  }
}

/** Keeps the literal types of a declaration, so that routes are typed by it. */
export function operation<const Declared extends Operation>(declared: Declared): Declared {
  return declared
}

/** The answers of an operation that can be asked for in parts: whole, a part, no such part. */
export function inParts<const Schema extends TSchema>(schema: Schema) {
  return { 200: schema, 206: schema, 416: ProblemDocument }
}

/** The answer to who has it already, where answers bear an `ETag` of their own. */
export const unchanged = { 304: Type.Null() } as const

/**
 * Names the state of an instance on its `GET /clients`: another text when it has become usable or no longer is. Sent
 * back with `Prefer: wait`, it is answered when that is so.
 */
export const STATE_HEADER = 'ibrest-state'

/** Set by the proxy on a call that went to the owner of its key, beside the slots. */
export const OWNED_HEADER = 'ibrest-owned'

/** Set by an instance on every answer: changes when it has learnt of a fill. */
export const FILLS_HEADER = 'ibrest-fills'

/** What a proxy proves itself by to its instances. */
export const TOKEN_HEADER = 'ibrest-token'

/** Whose fields these are says one word at their beginning; what a caller writes there is passed on to nobody. */
export const OWN_FIELDS = 'ibrest-'
