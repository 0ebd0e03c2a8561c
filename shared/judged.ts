import { problem } from './problem.ts'
import { fieldsOf } from './service.ts'
import { compileValidator, findingsOf, toFieldErrors } from './validation.ts'

/**
 * Judges what no route declares whole, as routes judge the rest. Numbers and truth values may come as texts:
 * they are put right in `value`.
 * @throws Problem REQUEST_INVALID naming every wrong field
 */
export function mustFit(schema: object, value: object, endpoint: string): void {
  const findings = findingsOf(schema, value)
  if (findings.length > 0)
    throw problem('REQUEST_INVALID', fieldsOf(toFieldErrors(findings, endpoint)))
}

/**
 * The same for a body, where a number is no text.
 * @throws Problem REQUEST_INVALID naming every wrong field
 */
export function judgeOfBody(schema: object): (body: unknown, endpoint: string) => void {
  const judge = compileValidator({ schema, httpPart: 'body' }) as (body: unknown) => {
    readonly error?: { readonly validation: Parameters<typeof toFieldErrors>[0] }
  }
  return (body, endpoint) => {
    const { error } = judge(body)
    if (error !== undefined)
      throw problem('REQUEST_INVALID', fieldsOf(toFieldErrors(error.validation, endpoint)))
  }
}
