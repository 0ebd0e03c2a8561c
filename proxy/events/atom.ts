import { type AtomEntry, atomDocument } from '../../shared/atom.ts'
import type { Order } from '../../shared/schemas/order.ts'
import type { Gap, OrderEvent } from '../../shared/schemas/order-event.ts'

export interface AtomPage {
  /** newest first */
  readonly events: readonly OrderEvent[]
  /** the address of this page and of the next, older one */
  readonly self: string
  readonly older: string | undefined
  /** the address of the newest page */
  readonly newest: string
}

/** A page of events as an Atom feed (RFC 4287), older ones a `next` link away (RFC 5005 §3). */
export function atomFeed({ events, self, older, newest }: AtomPage): string {
  return atomDocument({
    id: 'order-events',
    title: 'Order events',
    updated: events[0]?.time ?? new Date(0).toISOString(),
    links: [
      { rel: 'self', href: self },
      { rel: 'first', href: newest },
      ...(older === undefined ? [] : [{ rel: 'next', href: older }]),
    ],
    entries: events.map(entryOf),
  })
}

function entryOf(event: OrderEvent): AtomEntry {
  const { id, type, time, subject } = event
  return {
    id,
    title: titleOf(event),
    updated: time,
    category: type,
    links: subject === undefined ? [] : [{ rel: 'related', href: `/order/${subject}` }],
    content: event,
  }
}

/** One line for people: `executed 3.1042: BUY 100 AAPL`. */
function titleOf({ type, subject, clientid, data }: OrderEvent): string {
  const word = type.split('.').at(-1)
  if (subject === undefined)
    return `gap ${word} at client ${clientid}: ${(data as Gap).reason ?? ''}`
  const { action, totalQuantity, contract } = data as Partial<Order>
  const what = [action, totalQuantity, contract?.symbol].filter((part) => part != null).join(' ')
  return `${word} ${subject}${what === '' ? '' : `: ${what}`}`
}
