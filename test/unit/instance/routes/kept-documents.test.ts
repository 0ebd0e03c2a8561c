import t from 'tap'
import { KEPT_MS, KeptDocuments } from '../../../../instance/routes/kept-documents.ts'

t.test('a document stands for an hour, and says how old it is', async (t) => {
  let now = 0
  const documents = new KeptDocuments<number>(10_000, () => now)
  const kept = documents.keep('a', '<a/>', 1)
  now = 1_999
  t.equal(documents.ageOf(kept), 1)
  t.equal(documents.find('a'), kept)
  now = KEPT_MS
  t.equal(documents.find('a'), undefined)
})

t.test('the same text has the same tag, another one another', async (t) => {
  const [one, two] = [new KeptDocuments<number>(), new KeptDocuments<number>()]
  t.equal(one.keep('a', '<a/>', 1).tag, two.keep('b', '<a/>', 2).tag)
  t.not(one.keep('a', '<b/>', 1).tag, two.keep('a', '<c/>', 1).tag)
})

t.test('no more is kept than fits: what was not used for longest goes first', async (t) => {
  const documents = new KeptDocuments<number>(130)
  documents.keep('a', 'x'.repeat(10), 1)
  documents.keep('b', 'x'.repeat(10), 2)
  t.ok(documents.find('a'))
  documents.keep('c', 'x'.repeat(10), 3)
  t.equal(documents.find('b'), undefined)
  t.match([documents.find('a'), documents.find('c')], [{ read: 1 }, { read: 3 }])
  t.equal(documents.keep('d', 'x'.repeat(1000), 4).read, 4, 'given, though never kept')
  t.equal(documents.find('d'), undefined)
  t.ok(documents.find('a'), 'and nothing had to go for it')
})
