import type { Order } from '../../shared/schemas/order.ts'
import type { Gap, OrderEvent } from '../../shared/schemas/order-event.ts'

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** What is not among the characters of XML 1.0 (§ 2.2). */
const NO_CHARACTER = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu

/** Text as XML 1.0 takes it: what has no place in it at all is left out. */
function xml(text: string): string {
  return text
    .replace(NO_CHARACTER, '')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}

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
  const updated = events[0]?.time ?? new Date(0).toISOString()
  const link = (rel: string, href: string) => `  <link rel="${rel}" href="${xml(href)}"/>`
  const lines = [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<feed xmlns="http://www.w3.org/2005/Atom">',
    '  <id>tag:ibrest.dev,2026:order-events</id>',
    '  <title>Order events</title>',
    `  <updated>${updated}</updated>`,
    '  <author><name>IBREST</name></author>',
    link('self', self),
    link('first', newest),
    ...(older === undefined ? [] : [link('next', older)]),
    ...events.map(entry),
    '</feed>',
  ]
  return `${lines.join('\n')}\n`
}

function entry(event: OrderEvent): string {
  const { id, type, time, subject } = event
  return [
    '  <entry>',
    `    <id>tag:ibrest.dev,2026:order-events:${id}</id>`,
    `    <title>${xml(titleOf(event))}</title>`,
    `    <updated>${time}</updated>`,
    `    <category term="${type}"/>`,
    ...(subject === undefined ? [] : [`    <link rel="related" href="/order/${xml(subject)}"/>`]),
    `    <content type="application/json">${xml(JSON.stringify(event))}</content>`,
    '  </entry>',
  ].join('\n')
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
