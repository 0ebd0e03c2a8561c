import { executionsFeed } from '../../../shared/api/account-feeds.ts'
import { Problem, problem } from '../../../shared/problem.ts'
import type { Execution } from '../../../shared/schemas/execution.ts'
import type { Fills } from '../../ib/fills.ts'
import { revision } from '../../ledger/latest-fills.ts'
import type { FeedKind } from '../kind.ts'

const MAX_ROWS = 10_000
/** A list of a busy day takes some thousand messages. */
const SETTLE_MS = 5000
/** So much may IB's clock be behind ours, ms. */
const CLOCKS_MS = 60_000
/** For one reading of the list, ms; a feed that could not read it tries again. */
const LIST_MS = 30_000

/**
 * `/executions/feed`: the fills this client is told of. What came while nobody listened is in the list that is read again
 * before a gap closes; what is not in a list of another day has happened all the same, and stays.
 */
export function executionsKind({ fills }: { readonly fills: Fills }): FeedKind<void> {
  return {
    feed: executionsFeed,
    capacity: MAX_ROWS,
    rereads: true,
    settleMs: SETTLE_MS,
    question: async (_, { terms: { caller } }) => {
      if (caller?.hasAccounts === true)
        throw problem('REQUEST_FORBIDDEN', {
          detail: 'This feed tells the fills of every account; yours are at GET /executions',
        })
    },
    key: () => 'all',
    follow: (_, sink, __, table) => {
      /** which of the versions of a fill the table has (facts §3.2: a correction differs after the last dot) */
      const latest = new Map<string, string>()
      const look = () => {
        latest.clear()
        for (const { rowRef } of table.rows()) latest.set(revision(rowRef).root, rowRef)
      }
      look()
      /** told before the list was read, which has them in their sequence; undefined since */
      let early: Execution[] | undefined = []
      const put = (fill: Execution) => {
        const { root, number } = revision(fill.execId)
        const known = latest.get(root)
        if (known !== undefined && known !== fill.execId) {
          if (number < revision(known).number) return
          sink.remove(known)
        }
        latest.set(root, fill.execId)
        sink.put(fill.execId, fill)
        if (latest.size > 2 * MAX_ROWS) look()
      }
      const stop = fills.follow({
        filled: (fill) => {
          if (early !== undefined) {
            early.push(fill)
            return
          }
          put(fill)
          sink.told('part')
        },
        commissioned: (execId, cost) => {
          if (table.get(execId) === undefined) return
          sink.put(execId, { ...cost })
          if (early === undefined) sink.told('part')
        },
      })
      // what the ledger was told between two tries, though midnight lay between them
      const since = table.changedAt && new Date(table.changedAt.getTime() - CLOCKS_MS)
      const listed = (today: readonly Execution[]) => {
        // older ones had to leave
        for (const fill of today.slice(-MAX_ROWS)) put(fill)
        // its commission may have come since
        for (const fill of early ?? []) put(fills.joined(fill))
        early = undefined
      }
      fills.today({ deadlineAt: performance.now() + LIST_MS }, since).then(
        (today) => {
          listed(today)
          sink.told('whole')
        },
        (error: unknown) => {
          stop()
          listed([])
          sink.failed(
            error instanceof Problem ? error : problem('INTERNAL', { detail: String(error) }),
          )
        },
      )
      return { stop }
    },
  }
}
