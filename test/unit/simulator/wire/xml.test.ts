import t from 'tap'
import { element, parseXml, textOf, XmlError, xmlText } from '../../../../simulator/wire/xml.ts'

t.test('a document is written one element a line and read back as it was', (t) => {
  const root = element(
    'List',
    { kind: 'a "b" <c>' },
    element('One', { number: 1 }, element('name', {}, 'Procter & Gamble')),
    element('Two', {}),
  )
  const text = xmlText(root)
  t.same(text.split('\n'), [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<List kind="a &quot;b&quot; &lt;c&gt;">',
    '\t<One number="1">',
    '\t\t<name>Procter &amp; Gamble</name>',
    '\t</One>',
    '\t<Two></Two>',
    '</List>',
    '',
  ])
  t.same(parseXml(text), root)
  t.end()
})

t.test('what other clients write is read too', (t) => {
  const text = `<?xml version="1.0"?><!-- groups --><A x='1'><b>1 &#60; &#x32;</b><c/> </A>`
  const root = parseXml(text)
  t.same(root.attributes, { x: '1' })
  t.equal(textOf(root, 'b'), '1 < 2')
  t.equal(textOf(root, 'c'), '')
  t.equal(textOf(root, 'd'), '')
  t.end()
})

t.test('what is not well formed is refused', (t) => {
  for (const text of [
    ...['', 'text', '<a>', '</a>', '<a></b>', '<a/><b/>', '<a>&constructor;</a>', '<a>AT&T</a>'],
    ...['<a b=1/>', '<a', '<a><</a>', '<a/>tail', '<1/>', '<a>'.repeat(40) + '</a>'.repeat(40)],
  ]) {
    t.throws(() => parseXml(text), XmlError, text)
  }
  t.end()
})
