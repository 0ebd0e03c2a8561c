import { atomDocument } from '../../shared/atom.ts'
import type { Fields, Row } from '../../shared/feed/table.ts'
import type { Feed } from './feed.ts'

/** A feed's rows as an Atom feed (RFC 4287), those that changed last first. A row keeps its id; `updated` tells of changes. */
export function atomOf({ table, kind, key, state, reason, since }: Feed, self: string): string {
  const { title, url } = kind.feed
  const rows = table.rows().toSorted((a, b) => b.at - a.at || b.changedAt - a.changedAt)
  const newest = rows[0]?.at ?? since.getTime()
  return atomDocument({
    id: `${url.slice(1).replaceAll('/', '-')}:${encodeURIComponent(key)}`,
    // whoever reads it must see that it may lack something
    title: state === 'live' ? title : `${title} (${state}${reason === null ? '' : `: ${reason}`})`,
    updated: new Date(newest).toISOString(),
    links: [{ rel: 'self', href: self }],
    entries: rows.map((row) => ({
      id: `${table.epoch}:${encodeURIComponent(row.rowRef)}`,
      title: titleOf(row),
      updated: new Date(row.at).toISOString(),
      content: { rowRef: row.rowRef, ...row.fields },
    })),
  })
}

/** One line for people: the headline or message it is, or its first plain values. */
function titleOf({ rowRef, fields = {} }: Row): string {
  const { headline, message } = fields as Fields
  if (typeof headline === 'string') return headline
  if (typeof message === 'string') return message
  const plain = Object.entries(fields)
    .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
    .slice(0, 6)
    .map(([name, value]) => `${name} ${value}`)
  return plain.length === 0 ? rowRef : plain.join(', ')
}
