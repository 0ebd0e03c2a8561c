import { problem } from '../shared/problem.ts'
import { fieldsOf } from '../shared/service.ts'
import { findingsOf, toFieldErrors } from '../shared/validation.ts'

/**
 * Judges what the proxy answers by itself, as an instance judges the rest. Numbers and truth values may come as texts:
 * they are put right in `value`.
 * @throws Problem REQUEST_INVALID naming every wrong field
 */
export function mustFit(schema: object, value: object, endpoint: string): void {
  const findings = findingsOf(schema, value)
  if (findings.length > 0)
    throw problem('REQUEST_INVALID', fieldsOf(toFieldErrors(findings, endpoint)))
}
