import fc from 'fast-check'
import t from 'tap'
import { cutList } from '../../../../shared/listing/cut.ts'
import { wishOf } from '../../../../shared/listing/wish.ts'
import type { Listing } from '../../../../shared/schemas/listing.ts'

const rule = { time: ['timestamp', 'date'], summary: ['n', 'in.b'] }
const rows = Array.from({ length: 10 }, (_, n) => ({ n, timestamp: n, in: { a: n, b: -n } }))

function wish(query: Listing, headers: Record<string, string> = {}, method = 'GET') {
  return wishOf({ method, headers, query, endpoint: '/x' }, true)
}

function cut(query: Listing, headers: Record<string, string> = {}) {
  const wished = wish(query, headers)
  if (wished === undefined) throw new Error('nothing is wished')
  return cutList(rows, wished, rule, { ...query })
}

t.test('who wishes nothing gets the list as it is', async (t) => {
  t.equal(wish({}), undefined)
  t.equal(wish({ view: 'full' }), undefined)
  t.equal(wish({}, { range: 'bytes=0-5, rows=1' }), undefined, 'units nobody knows')
  t.equal(wish({}, { range: 'page=1' }, 'HEAD'), undefined, 'Range is for GET')
  t.equal(wish({}, { range: 'page=1', 'if-range': '"x"' }), undefined, 'no tag of ours is strong')
})

t.test('Range is read in whatever spelling, and what is none is refused', async (t) => {
  for (const range of ['timestamp=2-5', 'timestamp = 2 - 5', 'bytes=1-2,timestamp=2-5'])
    t.match(wish({}, { range }), { window: { from: 2, to: 5 } }, range)
  t.match(wish({}, { range: 'timestamp=2.5-' }), { window: { from: 2.5, to: Infinity } })
  t.match(wish({}, { range: 'timestamp=-5' }), { window: { from: -Infinity, to: 5 } })
  const iso = 'timestamp=1970-01-01T00:00:02Z-1970-01-01T00:00:05Z'
  t.match(wish({}, { range: iso }), { window: { from: 2, to: 5 } })
  t.match(wish({}, { range: 'page=2' }), { pages: { first: 2, last: 2 } })
  t.match(wish({}, { range: 'timestamp=1-2, page=1-3' }), {
    window: { from: 1, to: 2 },
    pages: { first: 1, last: 3 },
  })
  for (const range of ['page=x', 'page=0', 'page=3-2', 'timestamp=5-2', 'timestamp=-', 'page='])
    t.throws(() => wish({}, { range }), { code: 'REQUEST_RANGE', status: 416 }, range)
})

t.test('a query asks the same, of days and ISO 8601 too', async (t) => {
  t.match(wish({ from: '1970-01-02', to: '1970-01-02T01:00' }), {
    isRange: false,
    window: { from: 86_400, to: 90_000 },
  })
  t.throws(() => wish({ from: '2026-13-45' }), { code: 'REQUEST_INVALID' })
  t.match(wish({ pageSize: 5 }), { pages: { first: 1, last: 1 }, pageSize: 5 })
})

t.test('a window has both its ends, and its rows say where they stood', async (t) => {
  const found = cut({}, { range: 'timestamp=2-5' })
  t.equal(found.status, 206)
  t.same(
    found.rows.map(({ n }) => n),
    [2, 3, 4, 5],
  )
  t.equal(found.headers['content-range'], 'timestamp 3-6/10')
  t.throws(() => cut({}, { range: 'timestamp=50-60' }), { message: /timestamp \*\/10/ })
  t.same(cut({ from: '50' }).rows, [], 'asked by the query it is simply empty')
})

t.test('rows that know only their day have the time at which it begins', async (t) => {
  const days = [{ date: '19700102' }, { date: '1970-01-03' }, { date: 'never' }]
  const wished = wish({ from: '1970-01-02', to: '1970-01-02' })
  t.same(wished && cutList(days, wished, rule, {}).rows, [{ date: '19700102' }])
})

t.test('a summary has no more than its members, nested ones where they lay', async (t) => {
  t.same(cut({ view: 'summary', maxRows: 1 }).rows, [{ n: 0, in: { b: 0 } }])
  t.same(cut({ maxRows: 3 }).headers['ibrest-more-rows'], 'true')
  t.same(cut({ maxRows: 10 }).headers['ibrest-more-rows'], 'false')
})

t.test('an empty list has one empty page', async (t) => {
  const wished = wish({ page: 1 })
  t.match(wished && cutList([], wished, rule, {}), { rows: [], headers: { link: /rel="last"/ } })
})

t.test('all pages together are the list, each row once', async (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 1, max: 20 }),
        (length, pageSize) => {
          const all = Array.from({ length }, (_, n) => ({ n }))
          const seen: unknown[] = []
          let next: string | null = '1'
          while (next !== null) {
            const wished = wish({ page: Number(next), pageSize })
            if (wished === undefined) return false
            const page = cutList(all, wished, rule, { pageSize, symbol: 'A&B' })
            seen.push(...page.rows)
            const link = /<([^>]*)>; rel="next"/.exec(page.headers.link ?? '')?.[1]
            next = link === undefined ? null : new URL(link, 'http://h/x').searchParams.get('page')
          }
          return JSON.stringify(seen) === JSON.stringify(all)
        },
      ),
    ),
  )
})
