import { scanners } from '../../../shared/api/news-feeds.ts'
import { type ScannerQuestion, scanner } from '../../ib/scanner-stream.ts'
import type { FeedKind } from '../kind.ts'

/** The longest list IB gives (facts §2.4). */
const MAX_ROWS = 50
/** A scan of the whole market takes IB a while, ms. */
const SETTLE_MS = 5000

/** `/market/scanners`. No silence is too long: IB does not tell a list again that has not changed. */
export const scannersKind: FeedKind<ScannerQuestion> = {
  feed: scanners,
  line: 'scanner',
  capacity: MAX_ROWS,
  compare: (a, b) => Number(a.rank) - Number(b.rank),
  farm: 'history',
  retells: true,
  settleMs: SETTLE_MS,
  question: (written) => {
    const { filterOptions = '', ...asked } = written as { filterOptions?: string }
    return Promise.resolve({
      instrument: 'STK',
      locationCode: 'STK.US.MAJOR',
      numberOfRows: MAX_ROWS,
      ...asked,
      filterOptions: optionsOf(filterOptions),
    } as ScannerQuestion)
  },
  key: (question) => JSON.stringify(Object.entries(question).sort()),
  follow: (question, sink, session) => {
    const following = session.follow(scanner, question, sink, sink)
    return { stop: () => following.close() }
  },
}

/** `priceAbove=5;volumeAbove=100000` as tags and values, in one sequence whichever way they are written. */
function optionsOf(text: string): ScannerQuestion['filterOptions'] {
  return text
    .split(';')
    .filter((part) => part !== '')
    .sort()
    .map((part) => {
      const [tag = '', value = ''] = part.split('=')
      return { tag, value }
    })
}
