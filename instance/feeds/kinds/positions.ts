import { positionsFeed } from '../../../shared/api/account-feeds.ts'
import type { Position } from '../../../shared/schemas/account.ts'
import { type AccountNamed, accountOf, oneAccountOf } from '../../accounts.ts'
import type { Link } from '../../ib/link.ts'
import type { Mirror } from '../../ib/mirror.ts'
import type { FeedKind } from '../kind.ts'

const MAX_ROWS = 10_000
/** The mirror has them mostly; otherwise they are asked for. */
const SETTLE_MS = 3000

export interface PositionsQuestion {
  /** undefined: all */
  readonly account: string | undefined
}

function rowRefOf({ account, contract }: Position): string {
  return `${account}:${contract.conId}`
}

/** `/account/positions/feed`: from the subscription that the mirror keeps. */
export function positionsKind({
  link,
  mirror,
}: {
  readonly link: Link
  readonly mirror: Mirror
}): FeedKind<PositionsQuestion> {
  return {
    feed: positionsFeed,
    capacity: MAX_ROWS,
    retells: true,
    rereads: true,
    settleMs: SETTLE_MS,
    question: async (written, { endpoint, terms: { caller } }) => {
      const { accounts } = link.ready()
      // who does not see all of them names one
      const named = caller?.hasAccounts === true ? oneAccountOf : accountOf
      return { account: named(written as AccountNamed, accounts, endpoint, caller) }
    },
    key: ({ account }) => account ?? '*',
    follow: ({ account }, sink, _, table) => {
      const isMine = (position: Position) => account === undefined || position.account === account
      const stop = mirror.followPositions({
        changed: (position) => {
          if (!isMine(position)) return
          if (position.position === 0) sink.remove(rowRefOf(position))
          else sink.put(rowRefOf(position), position)
          sink.told('part')
        },
        all: (positions) => {
          const mine = positions.filter(isMine)
          const held = new Set(mine.map(rowRefOf))
          for (const { rowRef } of [...table.rows()]) if (!held.has(rowRef)) sink.remove(rowRef)
          for (const position of mine) sink.put(rowRefOf(position), position)
          sink.told('whole')
        },
        failed: (reason) => sink.failed(reason),
      })
      return { stop }
    },
  }
}
