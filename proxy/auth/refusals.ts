import type { Scope } from '../../shared/api/scope.ts'
import { type Problem, problem } from '../../shared/problem.ts'
import type { Caller } from './caller.ts'

const REALM = 'Bearer realm="IBREST"'
/** Of this scheme browsers know how to ask for a password. */
const PROMPT = 'Basic realm="IBREST: any user, the key as password", charset="UTF-8"'

/** Nobody has said who calls. */
export function unnamed(): Problem {
  return problem('REQUEST_UNAUTHORIZED', {
    detail: 'Send a key in Authorization: Bearer, or in X-API-Key',
    headers: { 'www-authenticate': REALM },
  })
}

/** What was said is not to be believed. Says nothing of which part of it is wrong, unless its bearer has proven to know it. */
export function unbelieved(detail = 'This is no key or token of anybody here'): Problem {
  return problem('REQUEST_UNAUTHORIZED', {
    detail,
    headers: { 'www-authenticate': `${REALM}, error="invalid_token"` },
  })
}

/** The same for a browser that opens a page: it asks its user for a key. */
export function prompting(why: Problem): Problem {
  if (why.code !== 'REQUEST_UNAUTHORIZED') return why
  return problem(why.code, { ...why.facts, headers: { 'www-authenticate': PROMPT } })
}

/** A caller is known, and may not do this. */
export function forbidden({ name, scope }: Pick<Caller, 'name' | 'scope'>, needed: Scope): Problem {
  return problem('REQUEST_FORBIDDEN', {
    detail: `This needs the scope ${needed}; ${name} has ${scope}`,
    headers: {
      'www-authenticate': `${REALM}, error="insufficient_scope", scope="${needed}"`,
    },
    members: { scope: needed, has: scope },
  })
}

/** Too much was wrong; `until` is epoch ms. */
export function lockedOut(until: number, limit: number): Problem {
  return problem('REQUEST_LOCKED_OUT', {
    detail: `More than ${limit} were wrong; nothing more is looked at until ${new Date(until).toISOString()}`,
    retryAfter: Math.max(1, (until - Date.now()) / 1000),
    members: { limit, reset_at: Math.ceil(until / 1000) },
  })
}
