import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import {
  insideOf,
  MAX_DOCUMENT_CHARACTERS,
  readXml,
  textIn,
  wordsOf,
  type XmlElement,
  XmlError,
} from '../../../../instance/ib/xml.ts'
import { isXmlText, xmlText } from '../../../../shared/xml-text.ts'

function written({ name, attributes, children, text }: XmlElement): string {
  const described = Object.entries(attributes).map(([key, value]) => ` ${key}="${xmlText(value)}"`)
  return `<${name}${described.join('')}>${xmlText(text)}${children.map(written).join('')}</${name}>`
}

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,8}$/)
const text = fc
  .string({ unit: 'grapheme' })
  .map((some) => some.trim())
  .filter(isXmlText)
const { element } = fc.letrec<{ element: XmlElement }>((tie) => ({
  element: fc.record({
    name,
    attributes: fc.dictionary(name, text, { maxKeys: 3, noNullPrototype: true }),
    children: fc.oneof(
      { maxDepth: 4 },
      fc.constant([]),
      fc.array(tie('element'), { maxLength: 3 }),
    ),
    text,
  }),
}))

t.test('what is written as XML is read as it was', async (t) => {
  await fc.assert(
    fc.asyncProperty(element, async (tree) => {
      t.strictSame(plain(await readXml(written(tree))), plain(tree))
    }),
    { numRuns: 200 },
  )
})

/** Without what makes objects differ that say the same. */
function plain(tree: XmlElement): unknown {
  return JSON.parse(JSON.stringify(tree))
}

t.test('no text whatever does more than be refused', async (t) => {
  const parts = fc.constantFrom(
    ...[
      '<a>',
      '</a>',
      '<a b="',
      '"',
      '&',
      '&amp;',
      '&x;',
      '<!',
      '<![CDATA[',
      ']]>',
      '<?',
      '?>',
      '-->',
    ],
    ...['<!DOCTYPE a [<!ENTITY x "y">]>', '\0', 'x'],
  )
  const garbage = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(parts).map((some) => some.join('')),
  )
  await fc.assert(
    fc.asyncProperty(garbage, async (some) => {
      try {
        await readXml(some)
      } catch (error) {
        t.ok(error instanceof XmlError, String(error))
      }
    }),
    { numRuns: 500 },
  )
})

t.test('entities of its own, a second root, and depth without end are refused', async (t) => {
  const bomb = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>'
  await t.rejects(readXml(bomb), /character entity/)
  await t.rejects(readXml('<a/><b/>'), /more than one root/)
  await t.rejects(readXml('<a>'.repeat(200) + '</a>'.repeat(200)), /deeper than/)
  await t.rejects(readXml(''), /no element/)
  await t.rejects(readXml('<a><b></a>'), /close tag/)
  await t.rejects(readXml(' '.repeat(MAX_DOCUMENT_CHARACTERS + 1)), /are not read/)
})

t.test('others have their turn while a large document is read', async (t) => {
  let turns = 0
  let done = false
  const reading = readXml(`<a>${'<b>some text</b>'.repeat(20_000)}</a>`).then((root) => {
    done = true
    return root
  })
  while (!done) {
    await turn()
    turns += 1
  }
  t.equal((await reading).children.length, 20_000)
  t.ok(turns > 10, `${turns} turns`)
})

t.test('elements are found by name, at whatever depth, and lists by their commas', async (t) => {
  const root = await readXml('<a><b>one</b><c><b><b>two</b></b></c><d> x, y,,z </d></a>')
  t.strictSame(
    [...insideOf(root, 'b')].map(({ text }) => text),
    ['one', '', 'two'],
  )
  t.equal(textIn(root, 'c'), null)
  t.equal(textIn(root, 'nothing'), null)
  t.strictSame(wordsOf(textIn(root, 'd')), ['x', 'y', 'z'])
})
