import { profitFeed } from '../../../shared/api/account-feeds.ts'
import { type AccountNamed, oneAccountOf } from '../../accounts.ts'
import { positionProfitAndLoss, profitAndLoss } from '../../ib/account-streams.ts'
import type { Link } from '../../ib/link.ts'
import type { ProfitQuestion } from '../../ib/translate-account.ts'
import type { FeedKind } from '../kind.ts'

interface Written extends AccountNamed {
  readonly modelCode?: string
  readonly conId?: number
}

/** `/account/pnl/feed` */
export function profitKind({ link }: { readonly link: Link }): FeedKind<ProfitQuestion> {
  return {
    feed: profitFeed,
    capacity: 1,
    rereads: true,
    settleMs: 1000,
    question: async (written, { endpoint, terms }) => {
      const { modelCode = '', conId = null, ...named } = written as Written
      return {
        account: oneAccountOf(named, link.ready().accounts, endpoint, terms.caller),
        modelCode,
        conId,
      }
    },
    key: ({ account, modelCode, conId }) => JSON.stringify([account, modelCode, conId]),
    follow: (question, sink, session) => {
      const stream = question.conId === null ? profitAndLoss : positionProfitAndLoss
      const following = session.follow(stream, question, sink, sink)
      return { stop: () => following.close() }
    },
  }
}
