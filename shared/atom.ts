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
    `  <id>${TAG}${xml(id)}</id>`,
    `  <title>${xml(title)}</title>`,
    `  <updated>${updated}</updated>`,
    '  <author><name>IBREST</name></author>',
    ...links.map((link) => `  ${linkOf(link)}`),
    ...entries.map((entry) => entryOf(entry, id)),
    '</feed>',
  ]
  return `${lines.join('\n')}\n`
}

function linkOf({ rel, href }: AtomLink): string {
  return `<link rel="${rel}" href="${xml(href)}"/>`
}

function entryOf({ id, title, updated, category, links = [], content }: AtomEntry, feed: string) {
  return [
    '  <entry>',
    `    <id>${TAG}${xml(feed)}:${xml(id)}</id>`,
    `    <title>${xml(title)}</title>`,
    `    <updated>${updated}</updated>`,
    ...(category === undefined ? [] : [`    <category term="${xml(category)}"/>`]),
    ...links.map((link) => `    ${linkOf(link)}`),
    `    <content type="application/json">${xml(JSON.stringify(content))}</content>`,
    '  </entry>',
  ].join('\n')
}
