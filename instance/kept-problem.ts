import { Problem } from '../shared/problem.ts'

/** A problem as the ledger keeps it under the key of the call that came to it. */
export type KeptProblem = Pick<Problem, 'code' | 'status' | 'title' | 'facts'>

/** What of a problem is kept: all but what caused it here. */
export function keptProblem({ code, status, title, facts }: Problem): KeptProblem {
  const { cause: _, ...told } = facts
  return { code, status, title, facts: told }
}

/** The same problem for a repetition of the call, marked as such. */
export function problemAgain({ code, status, title, facts }: KeptProblem): Problem {
  const headers = { ...facts.headers, 'idempotency-replayed': 'true' }
  return new Problem(code, { status, title }, { ...facts, headers })
}
