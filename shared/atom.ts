import { xmlText } from './xml-text.ts'

/** Whatever a feed names in its tag URIs (RFC 4151). */
const TAG = 'tag:ibrest.dev,2026:'

export interface AtomLink {
  readonly rel: string
  readonly href: string
}

export interface AtomEntry {
  /** unique within the feed, and the same whenever it is told */
  readonly id: string
  readonly title: string
  /** UTC, ISO 8601 */
  readonly updated: string
  readonly category?: string
  readonly links?: readonly AtomLink[]
  /** told as JSON */
  readonly content: unknown
}

export interface AtomFeed {
  /** unique among the feeds */
  readonly id: string
  readonly title: string
  readonly updated: string
  readonly links: readonly AtomLink[]
  /** newest first */
  readonly entries: readonly AtomEntry[]
}

/** An Atom feed (RFC 4287); `id`s become tag URIs. */
export function atomDocument({ id, title, updated, links, entries }: AtomFeed): string {
  const lines = [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<feed xmlns="http://www.w3.org/2005/Atom">',
    `  <id>${TAG}${xmlText(id)}</id>`,
    `  <title>${xmlText(title)}</title>`,
    `  <updated>${updated}</updated>`,
    '  <author><name>IBREST</name></author>',
    ...links.map((link) => `  ${linkOf(link)}`),
    ...entries.map((entry) => entryOf(entry, id)),
    '</feed>',
  ]
  return `${lines.join('\n')}\n`
}

function linkOf({ rel, href }: AtomLink): string {
  return `<link rel="${rel}" href="${xmlText(href)}"/>`
}

function entryOf({ id, title, updated, category, links = [], content }: AtomEntry, feed: string) {
  return [
    '  <entry>',
    `    <id>${TAG}${xmlText(feed)}:${xmlText(id)}</id>`,
    `    <title>${xmlText(title)}</title>`,
    `    <updated>${updated}</updated>`,
    ...(category === undefined ? [] : [`    <category term="${xmlText(category)}"/>`]),
    ...links.map((link) => `    ${linkOf(link)}`),
    `    <content type="application/json">${xmlText(JSON.stringify(content))}</content>`,
    '  </entry>',
  ].join('\n')
}
