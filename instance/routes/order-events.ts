import { listOrderEvents } from '../../shared/api/order-events.ts'
import { asksToWait } from '../../shared/deadline.ts'
import { parseOrderId } from '../../shared/ids.ts'
import { problem } from '../../shared/problem.ts'
import type { Order } from '../../shared/schemas/order.ts'
import type { OrderEvent } from '../../shared/schemas/order-event.ts'
import type { Service } from '../../shared/service.ts'
import type { Caller } from '../callers.ts'
import { refuseFields } from '../fields.ts'
import type { Extent } from '../ledger/events.ts'
import { type Parts, serve } from './serve.ts'

/** `/order/events`: the events of this client alone, as JSON; the proxy joins those of all. */
export function routeOrderEvents(app: Service, parts: Parts): void {
  const { link, ledger, store, admission } = parts
  const { events } = ledger

  /** Each with whose order it is, so that whoever joins them knows who may read it. */
  function told(rows: readonly OrderEvent[], caller: Caller | undefined): OrderEvent[] {
    const { accounts } = link.status
    const only = accounts.length === 1 ? accounts[0] : undefined
    const marked = rows.map((event) => {
      if (event.subject === undefined) return event
      const { account: then } = event.data as Partial<Order>
      const now = store.get(parseOrderId(event.subject)?.orderId ?? 0)?.account
      const account = then ?? now ?? only
      return account === undefined ? event : { ...event, account }
    })
    if (caller?.hasAccounts !== true) return marked
    return marked.filter(({ subject, account }) => subject === undefined || caller.sees(account))
  }

  serve(app, parts, listOrderEvents, async ({ query, path, headers, terms, caller }) => {
    const { since, before, limit } = query
    if (since !== undefined && before !== undefined) {
      const detail = 'before is not allowed beside since'
      throw refuseFields(path, [{ field: 'before', code: 'not_allowed', detail }])
    }
    const position = (field: string, text: string) => {
      const found = positionOf(text, events.extent, (time) => events.positionAt(time))
      if (found !== undefined) return found
      const detail = `${field} must be a cursor, a moment (ISO 8601) or now`
      throw refuseFields(path, [{ field, code: 'bad_format', detail }])
    }
    ledger.flush()
    if (before !== undefined) {
      const rows = events.before(position('before', before) + 1, limit + 1)
      const more = rows.length > limit
      const shown = more ? rows.slice(1) : rows
      const cursor = String((shown[0]?.sequence ?? 1) - 1)
      return { events: told(shown, caller), cursor, more, missing: [] }
    }
    const after = since === undefined ? 0 : position('since', since)
    mustBeThere(after, events.extent, link.clientId)
    if (asksToWait(headers) && !admission.isClosing)
      await events.wait(after, terms.deadlineAt, terms.gone)
    const rows = events.after(after, limit)
    const cursor = rows.at(-1)?.sequence ?? after
    const more = cursor < events.extent.last
    return { events: told(rows, caller), cursor: String(cursor), more, missing: [] }
  })
}

/** The sequence a text names; undefined where it names none. */
function positionOf(
  text: string,
  { last }: Extent,
  positionAt: (time: Date) => number,
): number | undefined {
  if (text === 'now') return last
  if (/^\d{1,15}$/.test(text)) return Number(text)
  const time = new Date(text)
  return Number.isNaN(time.getTime()) ? undefined : positionAt(time)
}

/** Events that would be skipped silently are worse than a refusal. */
function mustBeThere(after: number, { first, last }: Extent, clientId: number): void {
  if (after <= last && (after === 0 || after >= first - 1)) return
  throw problem('INSTANCE_EVENTS_GONE', {
    detail: `Client ${clientId} has events ${first} to ${last}, nothing after ${after}: begin anew with since=0, or since=now`,
    members: { client_id: clientId, first, last },
  })
}
