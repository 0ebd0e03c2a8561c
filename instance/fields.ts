import { type Problem, problem } from '../shared/problem.ts'
import type { FieldError } from '../shared/schemas/problem.ts'

/** One field and why it cannot stand. */
export type Finding = Pick<FieldError, 'field' | 'code' | 'detail'>

/** REQUEST_INVALID for what no schema can judge: names that do not exist, sums that are too large. */
export function refuseFields(
  endpoint: string,
  findings: readonly Finding[],
  members?: Readonly<Record<string, unknown>>,
): Problem {
  return problem('REQUEST_INVALID', {
    ...(members && { members }),
    errors: findings.map((finding) => ({ endpoint, ...finding })),
    detail: findings.map(({ detail }) => detail).join('; '),
  })
}
