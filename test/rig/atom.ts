interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: (Element | string)[]
}

const TEXT =
  /&(?!amp;|lt;|gt;|quot;|apos;|#\d+;)|[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u

/** A document as elements; it is no XML reader, but refuses what is not well-formed. */
function parse(text: string): Element {
  const root: Element = { name: '', attributes: {}, children: [] }
  const open = [root]
  const body = text.replace(/^<\?xml version="1.0" encoding="utf-8"\?>\s*/, '')
  for (const [, tag, words] of body.matchAll(/<([^<>]*)>|([^<]+)/g)) {
    const into = open.at(-1)
    if (into === undefined) throw new Error('something after the end')
    if (words !== undefined) {
      if (TEXT.test(words)) throw new Error(`not to be written so: ${words}`)
      if (words.trim() !== '') into.children.push(words)
    } else if (tag?.startsWith('/')) {
      if (open.pop()?.name !== tag.slice(1)) throw new Error(`</${tag}> closes another`)
    } else if (tag !== undefined) {
      const [, name = '', rest = ''] = /^([a-z]+)(.*?)\/?$/s.exec(tag) ?? []
      const attributes = Object.fromEntries(
        [...rest.matchAll(/([a-z]+)="([^"<]*)"/g)].map(([, key, value]) => [key, value]),
      )
      const element = { name, attributes, children: [] }
      into.children.push(element)
      if (!tag.endsWith('/')) open.push(element)
    }
  }
  if (open.length !== 1) throw new Error(`${open.at(-1)?.name} is not closed`)
  const [feed, ...more] = root.children
  if (typeof feed !== 'object' || more.length > 0) throw new Error('one element is the document')
  return feed
}

/** How often each element may be there (RFC 4287 § 4.1). */
const FEED = {
  id: [1, 1],
  title: [1, 1],
  updated: [1, 1],
  author: [1, 9],
  link: [0, 9],
  entry: [0, 1e6],
}
const ENTRY = {
  id: [1, 1],
  title: [1, 1],
  updated: [1, 1],
  content: [1, 1],
  category: [0, 9],
  link: [0, 9],
}
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

/** What is against RFC 4287 in an Atom document; none where it is valid. */
export function atomFindings(text: string): string[] {
  const findings: string[] = []
  const judge = (element: Element, rules: Readonly<Record<string, readonly number[]>>) => {
    const of = (name: string) =>
      element.children.filter((child) => typeof child === 'object' && child.name === name)
    for (const [name, [least = 0, most = 0]] of Object.entries(rules)) {
      const { length } = of(name)
      if (length < least || length > most) findings.push(`${element.name}: ${length} ${name}`)
    }
    for (const child of element.children) {
      if (typeof child === 'string') findings.push(`${element.name}: text ${child}`)
      else if (!(child.name in rules)) findings.push(`${element.name}: what is ${child.name}?`)
      else judgeChild(child)
    }
  }
  const judgeChild = ({ name, children, attributes }: Element) => {
    const [text] = children
    if (name === 'id' && !/^tag:[\w.-]+,\d{4}:\S+$/.test(String(text))) findings.push(`id ${text}`)
    if (name === 'updated' && !DATE.test(String(text))) findings.push(`updated ${text}`)
    if (name === 'link' && attributes.href === undefined) findings.push('link without href')
    if (name === 'category' && attributes.term === undefined) findings.push('category without term')
    if (name === 'content' && !/^[a-z]+\/[a-z+.-]+$/.test(attributes.type ?? 'text/plain'))
      findings.push(`content of ${attributes.type}`)
  }
  const feed = parse(text)
  if (feed.name !== 'feed' || feed.attributes.xmlns !== 'http://www.w3.org/2005/Atom')
    findings.push(`${feed.name} is no feed`)
  judge(feed, FEED)
  const entries = feed.children.filter(
    (child): child is Element => typeof child === 'object' && child.name === 'entry',
  )
  for (const entry of entries) judge(entry, ENTRY)
  const ids = entries.flatMap(({ children }) =>
    children.filter((child): child is Element => typeof child === 'object' && child.name === 'id'),
  )
  if (new Set(ids.map(({ children }) => children[0])).size !== ids.length)
    findings.push('two entries have one id')
  const self = feed.children.some(
    (child) =>
      typeof child === 'object' && child.name === 'link' && child.attributes.rel === 'self',
  )
  if (!self) findings.push('no link to itself')
  return findings
}
