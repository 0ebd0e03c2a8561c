/** A table of a page; its cells are texts with `code` and [links](address). */
export interface Table {
  readonly head: readonly string[]
  readonly rows: readonly Row[]
}

interface Row {
  /** what an address may end with to name it */
  readonly anchor?: string
  readonly cells: readonly string[]
}

export interface Section {
  readonly heading: string
  readonly text?: readonly string[]
  readonly table?: Table
}

/** A page of the handbook that is made of the code: read on the web as Markdown, at the proxy as HTML. */
export interface Page {
  readonly name: string
  readonly title: string
  readonly lead: string
  readonly sections: readonly Section[]
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => escapes[sign] ?? sign)
}

/** An address as it is at the proxy: pages lie beside each other, the rest of the handbook does not lie there. */
function linkOf(text: string, address: string, names: ReadonlySet<string>): string {
  const [path = '', place] = address.split('#', 2)
  const name = path.replace(/\.md$/, '')
  if (path !== '' && !names.has(name)) return text
  const beside = path === '' ? '' : name
  return `<a href="${beside}${place === undefined ? '' : `#${place}`}">${text}</a>`
}

function htmlOf(text: string, names: ReadonlySet<string>): string {
  return escaped(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\[([^\]]+)\]\(([^)]+)\)/g, (_, label: string, address: string) =>
      linkOf(label, address, names),
    )
}

/** A page as HTML, one of these. */
export function toHtml(page: Page, pages: readonly Page[]): string {
  const names = new Set(pages.map(({ name }) => name))
  const html = (text: string) => htmlOf(text, names)
  const link = ({ name, title }: Page) =>
    `<a href="${name}"${name === page.name ? ' aria-current="page"' : ''}>${escaped(title)}</a>`
  const cells = (tag: string, texts: readonly string[]) =>
    texts.map((text) => `<${tag}>${html(text)}</${tag}>`).join('')
  const table = ({ head, rows }: Table) => [
    '<div class="wide"><table>',
    `<thead><tr>${cells('th scope="col"', head).replaceAll('</th scope="col">', '</th>')}</tr></thead>`,
    '<tbody>',
    ...rows.map(
      (row) =>
        `<tr${row.anchor === undefined ? '' : ` id="${row.anchor}"`}>${cells('td', row.cells)}</tr>`,
    ),
    '</tbody></table></div>',
  ]
  return `${[
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>IBREST: ${escaped(page.title)}</title>`,
    '<link rel="icon" href="../status/icon.svg" type="image/svg+xml">',
    '<link rel="stylesheet" href="pages.css">',
    '</head>',
    '<body>',
    '<nav aria-label="Pages">',
    '<a href="../docs">API</a>',
    ...pages.map(link),
    '<a href="../status">Status</a>',
    '</nav>',
    '<main class="page">',
    `<h1>${escaped(page.title)}</h1>`,
    `<p>${html(page.lead)}</p>`,
    ...page.sections.flatMap((section) => [
      `<h2>${escaped(section.heading)}</h2>`,
      ...(section.text ?? []).map((text) => `<p>${html(text)}</p>`),
      ...(section.table === undefined ? [] : table(section.table)),
    ]),
    '</main>',
    '</body>',
    '</html>',
  ].join('\n')}\n`
}

/** The same page as Markdown. */
export function toMarkdown({ title, lead, sections }: Page): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  const parts = sections.flatMap(({ heading, text = [], table }) => [
    `## ${heading}`,
    ...text,
    ...(table === undefined
      ? []
      : [
          [
            line(table.head),
            `|${table.head.map(() => '---').join('|')}|`,
            ...table.rows.map(({ anchor, cells: [first = '', ...others] }) =>
              line([anchor === undefined ? first : `<a id="${anchor}"></a>${first}`, ...others]),
            ),
          ].join('\n'),
        ]),
  ])
  return `${[`# ${title}`, lead, ...parts].join('\n\n')}\n`
}
