import t from 'tap'
import { bulletins, headlines } from '../../../../instance/ib/news-streams.ts'
import { scanner } from '../../../../instance/ib/scanner-stream.ts'
import type { Rows } from '../../../../instance/ib/stream.ts'

/** Rows as a plain map. */
class Plain implements Rows {
  readonly rows = new Map<string, Readonly<Record<string, unknown>>>()
  put(rowRef: string, fields: Readonly<Record<string, unknown>>): void {
    this.rows.set(rowRef, { ...this.rows.get(rowRef), ...fields })
  }
  remove(rowRef: string): void {
    this.rows.delete(rowRef)
  }
  clear(): void {
    this.rows.clear()
  }
}

const about = { contract: { conId: 1, symbol: 'A', secType: 'STK', exchange: null } }
const question = { ...about, providerCodes: [] }

t.test('a headline is told by provider and article, without what stands in braces', async (t) => {
  const plain = new Plain()
  const tell = headlines.reads.tickNews
  tell?.(plain, [7, 1_763_650_800_123, 'BRFG', 'BRFG$04507322', 'Plain', ''], undefined, question)
  const marked = '{A:800015:L:en:K:0.95:C:0.9}Marked {by someone}'
  tell?.(plain, [7, 1_763_650_801_000, 'FLY', '99', marked, 'K:0.95'], undefined, question)
  tell?.(plain, [7, Number.NaN, 'FLY', '100', 'No time', ''], undefined, question)
  t.match(Object.fromEntries(plain.rows), {
    BRFG$04507322: {
      datetime: '2025-11-20T15:00:00.123Z',
      headline: 'Plain',
      metadata: null,
      extraData: null,
    },
    FLY$99: {
      articleId: '99',
      headline: 'Marked {by someone}',
      metadata: 'A:800015:L:en:K:0.95:C:0.9',
      extraData: 'K:0.95',
    },
    FLY$100: { datetime: null },
  })
})

t.test('a bulletin of a type nobody knows is told all the same', async (t) => {
  const plain = new Plain()
  bulletins.reads.updateNewsBulletin?.(plain, [5, 9, 'What is this', ''], undefined, undefined)
  t.match(plain.rows.get('5'), { newsMsgType: null, message: 'What is this' })
})

t.test('a scan that IB says finds nothing is empty, with or without an empty list', async (t) => {
  const plain = new Plain()
  const asked = {
    instrument: 'STK',
    locationCode: 'STK.US',
    scanCode: 'MOST_ACTIVE',
    numberOfRows: 5,
    filterOptions: [],
  }
  const bag = scanner.begin(asked)
  const { scannerData, scannerDataEnd } = scanner.reads
  const list = (...conIds: number[]) => {
    for (const [rank, conId] of conIds.entries()) {
      const details = { contract: { conId, symbol: `S${conId}` } } as never
      const fullness = scannerData?.(plain, [1, rank, details, '', '', '', ''], bag, asked)
      t.equal(fullness, 'part')
    }
    return scannerDataEnd?.(plain, [1], bag, asked)
  }
  t.equal(list(1, 2, 3), 'whole')
  t.equal(list(3, 1), 'whole')
  t.strictSame([...plain.rows.keys()].sort(), ['1', '3'])
  t.equal(plain.rows.get('3')?.rank, 0)
  t.equal(scanner.notices?.[165]?.(plain, bag), 'whole')
  t.equal(plain.rows.size, 0)
  t.equal(list(), 'whole')
  t.equal(list(2), 'whole')
  t.strictSame([...plain.rows.keys()], ['2'])
})
