import { parse } from 'node:querystring'

/** What request servers write before the names of their parameters (S3.21). */
const PREFIX = 'request.'

/** As many parameters as a head can hold: one that was passed over would be another question. */
const ALL = { maxKeys: 0 }

/** Reads a query; `request.symbol` is `symbol`. Given under both names it is given twice. */
export function readQuery(text: string): Record<string, unknown> {
  if (text === '') return {}
  const query: Record<string, string | string[] | undefined> = parse(text, '&', '=', ALL)
  if (!text.includes(PREFIX)) return query
  for (const [name, value = ''] of Object.entries(query)) {
    if (!name.startsWith(PREFIX)) continue
    delete query[name]
    const plain = name.slice(PREFIX.length)
    const known = query[plain]
    query[plain] = known === undefined ? value : [known, value].flat()
  }
  return query
}
