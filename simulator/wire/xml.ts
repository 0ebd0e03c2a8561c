/** One element of a document: a name, attributes, and text or further elements. */
export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Element[]
  readonly text: string
}

/** A document that cannot be read: says why. */
export class XmlError extends Error {
  override readonly name = 'XmlError'
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}
const UNESCAPES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
])
/** Deeper documents are refused: nothing a client sends needs more. */
const MAX_DEPTH = 32

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ESCAPES[sign] as string)
}

function unescaped(text: string): string {
  return text.replace(/&([^;]*);?/g, (whole, entity: string) => {
    const code = /^#(x?)([0-9a-fA-F]+)$/.exec(entity)
    const sign = code
      ? String.fromCodePoint(Math.min(0x10ffff, Number.parseInt(code[2] ?? '', code[1] ? 16 : 10)))
      : UNESCAPES.get(entity)
    if (sign === undefined || !whole.endsWith(';')) throw new XmlError(`${whole} is no entity`)
    return sign
  })
}

type Attributes = Readonly<Record<string, string | number>>

/** Makes an element; numbers are written as they are. */
export function element(
  name: string,
  attributes: Attributes,
  ...content: readonly (Element | string | number)[]
): Element {
  return {
    name,
    attributes: Object.fromEntries(Object.entries(attributes).map(([key, to]) => [key, `${to}`])),
    children: content.filter((part) => typeof part === 'object'),
    text: content.filter((part) => typeof part !== 'object').join(''),
  }
}

// one element a line: some clients read such documents line by line
function* linesOf(one: Element, indent: string): Generator<string> {
  const attributes = Object.entries(one.attributes)
    .map(([name, value]) => ` ${name}="${escaped(value)}"`)
    .join('')
  if (one.children.length === 0) {
    yield one.text === ''
      ? `${indent}<${one.name}${attributes}></${one.name}>`
      : `${indent}<${one.name}${attributes}>${escaped(one.text)}</${one.name}>`
    return
  }
  yield `${indent}<${one.name}${attributes}>`
  for (const child of one.children) yield* linesOf(child, `${indent}\t`)
  yield `${indent}</${one.name}>`
}

/** The whole document as text, one element a line. */
export function xmlText(root: Element): string {
  return ['<?xml version="1.0" encoding="UTF-8"?>', ...linesOf(root, ''), ''].join('\n')
}

const TOKEN =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<(\/?)([A-Za-z_][\w.-]*)((?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|[^<]+/g
const ATTRIBUTE = /([\w.:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g

interface Open {
  readonly name: string
  readonly attributes: Record<string, string>
  readonly children: Element[]
  text: string
}

function closed({ name, attributes, children, text }: Open): Element {
  return { name, attributes, children, text: children.length === 0 ? text : text.trim() }
}

/**
 * Reads a document of elements, attributes and text.
 * @throws XmlError when it is not well formed
 */
export function parseXml(source: string): Element {
  const open: Open[] = []
  let root: Element | undefined
  let read = 0
  const close = (one: Open) => {
    const parent = open.at(-1)
    if (parent !== undefined) parent.children.push(closed(one))
    else if (root === undefined) root = closed(one)
    else throw new XmlError('there is more than one root')
  }
  for (const [token, slash, name, attributes, empty] of source.trim().matchAll(TOKEN)) {
    read += token.length
    if (name === undefined) {
      if (token.startsWith('<')) continue
      const inside = open.at(-1)
      if (inside !== undefined) inside.text += unescaped(token)
      else if (token.trim() !== '') throw new XmlError('there is text outside of the root')
    } else if (slash === '/') {
      const one = open.pop()
      if (one?.name !== name) throw new XmlError(`</${name}> ends nothing`)
      close(one)
    } else {
      if (open.length === MAX_DEPTH) throw new XmlError(`more than ${MAX_DEPTH} levels`)
      const pairs = [...(attributes ?? '').matchAll(ATTRIBUTE)].map(([, key = '', one, other]) => [
        key,
        unescaped(one ?? other ?? ''),
      ])
      const one = { name, attributes: Object.fromEntries(pairs), children: [], text: '' }
      if (empty === '/') close(one)
      else open.push(one)
    }
  }
  // whatever the pattern had to leave out is no XML
  if (read !== source.trim().length) throw new XmlError('a tag is not well formed')
  if (open.length > 0) throw new XmlError(`<${open.at(-1)?.name}> does not end`)
  if (root === undefined) throw new XmlError('there is no root')
  return root
}

/** The text of the first child of that name, or empty. */
export function textOf(one: Element, name: string): string {
  return one.children.find((child) => child.name === name)?.text.trim() ?? ''
}
