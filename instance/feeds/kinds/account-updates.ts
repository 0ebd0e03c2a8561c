import { accountUpdatesFeed } from '../../../shared/api/account-feeds.ts'
import { type AccountQuestion, accountUpdates } from '../../ib/account-streams.ts'
import type { FeedKind } from '../kind.ts'

/** Values in all currencies, and as many positions. */
const MAX_ROWS = 10_000
/** A download takes some hundred messages. */
const SETTLE_MS = 5000

/** `/account/updates/feed`; `question` is left to who knows what else reads the account. */
export function accountUpdatesKind(
  question: FeedKind<AccountQuestion>['question'],
): FeedKind<AccountQuestion> {
  return {
    feed: accountUpdatesFeed,
    capacity: MAX_ROWS,
    retells: true,
    rereads: true,
    taken: ({ account }) => `account ${account}`,
    settleMs: SETTLE_MS,
    question,
    key: ({ account }) => account,
    follow: (asked, sink, session) => {
      const following = session.follow(accountUpdates, asked, sink, sink)
      return { stop: () => following.close() }
    },
  }
}
