import type { IncomingHttpHeaders } from 'node:http'
import { withoutQuery } from '../../shared/target.ts'
import { FIELD_NAME } from '../headers.ts'

/** A GET without content, as its caller wrote it. */
export interface PlainRead {
  /** the target, beginning with a slash */
  readonly url: string
  /** the target without its query */
  readonly path: string
  readonly fields: Fields
}

/** The header fields of a call, each name once. */
export interface Fields {
  /** names in lower case */
  readonly headers: Readonly<IncomingHttpHeaders>
  /** name, value, name, value … as they were written */
  readonly raw: readonly string[]
}

const METHOD = 'GET '
const VERSION = ' HTTP/1.1'
const HEAD_END = '\r\n\r\n'
/** RFC 3986 §3.3, §3.4: what stands in a path and a query, and nothing else that some reader may take for something. */
const TARGET = /^\/[\w.~!$&'()*+,;=:@%/?-]*$/
/** RFC 9110 §5.5 without what is obsolete. */
const FIELD_VALUE = /^[\t\x20-\x7e]*$/

/** What says how long a message is, what becomes of its connection, or that more is to come, and what Node makes a list of: its reader judges that. */
const NOT_PLAIN: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'expect',
  'upgrade',
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'http2-settings',
  'set-cookie',
])

/**
 * Recognises calls that can be read in one way only: what has come is one whole GET, in the plainest grammar of RFC 9112, with
 * no field that says anything of content or connection and no field twice. This is no parser: whatever is not recognised, for
 * whatever reason, is left to Node's, with its bytes untouched. One for each connection, whose caller mostly says the same again.
 */
export class PlainReads {
  readonly #limit: number
  /** what came last, and the call it is */
  #text = ''
  #read: PlainRead | undefined
  /** its header fields, which further calls mostly say again, whatever they ask for */
  #said = ''
  #fields: Fields | undefined

  /** Calls longer than so many bytes are not looked at. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** The call these bytes are, when they are one and nothing else. */
  recognise(bytes: Buffer): PlainRead | undefined {
    if (bytes.length > this.#limit) return undefined
    const text = bytes.toString('latin1')
    if (text !== this.#text) {
      this.#text = text
      this.#read = this.#readOf(text)
    }
    return this.#read
  }

  #readOf(text: string): PlainRead | undefined {
    if (!text.startsWith(METHOD) || text.indexOf(HEAD_END) !== text.length - HEAD_END.length)
      return undefined
    const lineEnd = text.indexOf('\r\n')
    if (!text.endsWith(VERSION, lineEnd)) return undefined
    const url = text.slice(METHOD.length, lineEnd - VERSION.length)
    if (!TARGET.test(url)) return undefined
    const fields = this.#fieldsOf(text.slice(lineEnd))
    return fields && { url, path: withoutQuery(url), fields }
  }

  /** What comes behind the first line, its line end included. */
  #fieldsOf(said: string): Fields | undefined {
    if (said === this.#said) return this.#fields
    this.#said = said
    this.#fields = fieldsIn(said)
    return this.#fields
  }
}

function fieldsIn(said: string): Fields | undefined {
  const headers: IncomingHttpHeaders = {}
  const raw: string[] = []
  for (let at = 2; at < said.length - 2; ) {
    const end = said.indexOf('\r\n', at)
    const colon = said.indexOf(':', at)
    if (colon < 0 || colon > end) return undefined
    const written = said.slice(at, colon)
    const name = written.toLowerCase()
    const value = said.slice(colon + 1, end).replace(/^[\t ]+|[\t ]+$/g, '')
    if (!FIELD_NAME.test(name) || !FIELD_VALUE.test(value) || headers[name] !== undefined)
      return undefined
    if (NOT_PLAIN.has(name) && !(name === 'connection' && value.toLowerCase() === 'keep-alive'))
      return undefined
    headers[name] = value
    raw.push(written, value)
    at = end + 2
  }
  // read by every call that says the same
  return { headers: Object.freeze(headers), raw }
}
