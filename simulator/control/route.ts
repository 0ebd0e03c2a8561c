import type { Gateway } from '../gateway.ts'
import type { Body } from './body.ts'

/** What the side door answers. */
export interface Reply {
  readonly status?: number
  readonly body: unknown
}

/** One thing that can be asked of the side door. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** names in braces stand for numbers, which `serve` is given joined by dots */
  readonly path: string
  readonly does: string
  /** what its body may hold; without it none is taken */
  readonly takes?: string
  readonly serve: (gateway: Gateway, body: Body, key: string | undefined) => Reply | Promise<Reply>
}
