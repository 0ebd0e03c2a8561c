import { TIME_FIELDS } from '../../shared/schemas/order-fields.ts'
import type { OrderRequest } from '../../shared/schemas/order-request.ts'
import type { Finding } from '../fields.ts'
import { sentTime } from './translate-order-request.ts'

/** Fields that came with a version of the gateway: an older one does not hear them (facts §1.7). */
const SINCE = {
  customerAccount: 183,
  professionalCustomer: 184,
  includeOvernight: 189,
  manualOrderIndicator: 192,
} as const satisfies Partial<Record<keyof OrderRequest, number>>

interface Place {
  /** of its fields in what the caller sent: empty, or `2.` for the third of a list */
  readonly prefix: string
  /** it has a parent in its list */
  readonly ofFamily: boolean
  readonly serverVersion: number | null
}

function timeFindings(request: OrderRequest, prefix: string): Finding[] {
  const times = [
    ...TIME_FIELDS.map((field) => ({ field: `${prefix}${field}`, text: request[field] })),
    ...(request.conditions ?? []).map(({ time }, index) => ({
      field: `${prefix}conditions.${index}.time`,
      text: time,
    })),
  ]
  return times
    .filter(({ text }) => text !== undefined && sentTime(text) === undefined)
    .map(({ field, text }) => ({
      field,
      code: 'bad_format',
      detail: `${field}: there is no time ${text}`,
    }))
}

/** What no schema can judge of one order, and no question to the gateway is needed for. */
export function orderFindings(request: OrderRequest, place: Place): Finding[] {
  const { prefix, ofFamily, serverVersion } = place
  const findings = timeFindings(request, prefix)
  for (const [name, since] of Object.entries(SINCE)) {
    const field = `${prefix}${name}`
    if (!request[name as keyof typeof SINCE] || (serverVersion ?? since) >= since) continue
    const detail = `${field} needs a gateway of server version ${since}; this one speaks ${serverVersion}`
    findings.push({ field, code: 'not_allowed', detail })
  }
  if (request.hedgeType !== undefined && !ofFamily && !request.parentId) {
    const field = `${prefix}parentId`
    findings.push({ field, code: 'missing', detail: `${field} is required: a hedge has a parent` })
  }
  const { comboLegs = [], orderComboLegs } = request
  if (orderComboLegs !== undefined && orderComboLegs.length !== comboLegs.length) {
    const field = `${prefix}orderComboLegs`
    const code = orderComboLegs.length < comboLegs.length ? 'too_small' : 'too_large'
    findings.push({ field, code, detail: `${field} must have one entry for each of comboLegs` })
  }
  return findings
}
