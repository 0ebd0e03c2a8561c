import { type Finding, refuseFields } from '../fields.ts'
import { readCallerStart, readCallerTime } from '../ib/instants.ts'

/** From when to when, where a caller said so. */
export interface Span {
  readonly start: Date | undefined
  readonly end: Date | undefined
}

/** What a caller wrote as `startDateTime` and `endDateTime`. @throws Problem REQUEST_INVALID naming what is no moment */
export function spanOf(
  {
    startDateTime,
    endDateTime,
  }: { readonly startDateTime: string | undefined; readonly endDateTime: string | undefined },
  endpoint: string,
): Span {
  const start = startDateTime === undefined ? undefined : readCallerStart(startDateTime)
  const end = endDateTime === undefined ? undefined : readCallerTime(endDateTime)
  const findings: Finding[] = []
  const refuse = (field: string, text: string) =>
    findings.push({
      field,
      code: 'bad_format',
      detail: `${field} ${text} is no moment; write yyyymmdd-hh:mm:ss (UTC) or ISO 8601`,
    })
  if (startDateTime !== undefined && start === undefined) refuse('startDateTime', startDateTime)
  if (endDateTime !== undefined && end === undefined) refuse('endDateTime', endDateTime)
  if (start !== undefined && end !== undefined && start >= end) {
    const detail = 'endDateTime must be after startDateTime'
    findings.push({ field: 'endDateTime', code: 'too_small', detail })
  }
  if (findings.length > 0) throw refuseFields(endpoint, findings)
  return { start, end }
}
