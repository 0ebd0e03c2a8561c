import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A part of the page as it is served. */
export interface PageFile {
  readonly type: string
  readonly body: string
  readonly etag: string
}

const types = {
  'page.html': 'text/html; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'parts.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'stream.js': 'text/javascript; charset=utf-8',
  'panels.js': 'text/javascript; charset=utf-8',
  'clients-panel.js': 'text/javascript; charset=utf-8',
  'actions.js': 'text/javascript; charset=utf-8',
  'wording.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const

/** The page's files by name, read once. @throws when one is missing: the proxy does not start */
export function readPageFiles(): ReadonlyMap<string, PageFile> {
  return new Map(
    Object.entries(types).map(([name, type]) => {
      const body = readFileSync(join(import.meta.dirname, name), 'utf8')
      const etag = `"${createHash('sha1').update(body).digest('base64url')}"`
      return [name, { type, body, etag }]
    }),
  )
}
