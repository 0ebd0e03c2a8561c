import { problem } from '../../shared/problem.ts'
import type { AccountUpdate, PortfolioItem } from '../../shared/schemas/account.ts'
import { accountOf } from '../accounts.ts'
import {
  type AccountQuestion,
  accountUpdates,
  isPortfolioRow,
  isValueRow,
  TIME_ROW,
} from '../ib/account-streams.ts'
import type { Link } from '../ib/link.ts'
import type { Mirror, Source } from '../ib/mirror.ts'
import type { Outcome, Terms } from '../ib/query.ts'
import { Turns } from '../ib/turns.ts'
import type { Feed } from './feed.ts'
import type { FeedKind } from './kind.ts'
import { accountUpdatesKind } from './kinds/account-updates.ts'
import type { OpenFeeds } from './open-feeds.ts'

export interface AccountReadingsOptions {
  readonly link: Link
  readonly feeds: OpenFeeds
  readonly mirror: Mirror
  /** IB was asked, and how that ended, seconds */
  readonly onAsked: (name: string, outcome: Outcome, seconds: number) => void
}

/** One account as IB tells it, and how fresh that is. */
export interface AccountTold {
  readonly update: AccountUpdate
  readonly source: Source
  /** when IB last said anything of it */
  readonly asOf: Date
}

/**
 * Values and portfolio of one account at a time, since IB has one such subscription gateway-wide (F5): a feed keeps it, a
 * call that wants it once reads along, or opens the feed for as long as that takes. So neither ends the other's.
 */
export class AccountReadings {
  readonly kind: FeedKind<AccountQuestion>
  readonly #options: AccountReadingsOptions
  readonly #turns = new Turns<'account'>()
  /** the account that a call is reading once */
  #reading: string | undefined

  constructor(options: AccountReadingsOptions) {
    this.#options = options
    this.kind = accountUpdatesKind(async ({ acctCode }, { endpoint, terms }) => {
      const account = this.#named({ acctCode: acctCode as string }, endpoint, terms)
      // who reads another account once has soon done
      if (this.#reading !== undefined && this.#reading !== account)
        await this.#turns.take('account', terms, async () => undefined)
      return { account }
    })
  }

  /** @throws Problem */
  #named(named: { readonly acctCode: string }, endpoint: string, { caller }: Terms): string {
    return accountOf(named, this.#options.link.ready().accounts, endpoint, caller) ?? named.acctCode
  }

  /**
   * Values and portfolio of an account now: what its feed has where that is all IB would say, or asked of IB, always with
   * `isFresh`.
   * @throws Problem INSTANCE_FEED_TAKEN while another account is followed, INSTANCE_QUERY_TIMEOUT, or what IB said
   */
  async read(
    named: { readonly acctCode: string },
    endpoint: string,
    terms: Terms,
    isFresh: boolean,
  ): Promise<AccountTold> {
    const { feeds, link } = this.#options
    const account = this.#named(named, endpoint, terms)
    const feed = feeds.find(this.kind, { account })
    if (feed?.state === 'live' && !isFresh) {
      // what came before the question may not have been read yet
      await link.caughtUp()
      if (feed.state === 'live' && this.#isCurrent(feed, account))
        return toldBy(feed, account, 'mirror')
    }
    return await this.#turns.take('account', terms, async () => {
      this.#reading = account
      try {
        return await this.#ask(account, terms, isFresh)
      } finally {
        this.#reading = undefined
      }
    })
  }

  /** A fill shows in the positions as soon as here: where it does not yet, this is behind. */
  #isCurrent({ table }: Feed, account: string): boolean {
    const holdings = table.rows().flatMap(({ rowRef, fields }) => {
      return isPortfolioRow(rowRef) ? [fields as unknown as PortfolioItem] : []
    })
    return this.#options.mirror.agrees(account, holdings)
  }

  async #ask(account: string, terms: Terms, isFresh: boolean): Promise<AccountTold> {
    const { feeds, link, onAsked } = this.#options
    link.ready()
    const isOpen = feeds.find(this.kind, { account }) !== undefined
    const feed = feeds.enter(this.kind, { account })
    const begun = performance.now()
    let outcome: Outcome = 'error'
    try {
      const isComing = feed.state !== 'live' && feed.isFollowing
      if (isComing) await whole(feed, terms, begun)
      if (isOpen && (isFresh || !isComing)) feed.renew('all of it was asked for anew')
      await whole(feed, terms, begun)
      outcome = 'answered'
      return toldBy(feed, account, 'gateway')
    } catch (error) {
      if (performance.now() >= terms.deadlineAt) outcome = 'timeout'
      else if (terms.gone?.aborted) outcome = 'gone'
      throw error
    } finally {
      const ms = performance.now() - begun
      terms.spent?.('ib', ms)
      onAsked(accountUpdates.name, outcome, ms / 1000)
      feeds.leave(feed)
      // a download that was cut off could end in the middle of the next
      if (feed.readers === 0 && !isOpen && feed.state === 'live') feed.end('it was read once')
    }
  }
}

/** Waits until all was told. @throws Problem why it was not */
async function whole(feed: Feed, terms: Terms, begun: number): Promise<void> {
  for (;;) {
    const { state, refusal, table } = feed
    if (state === 'live') return
    if (refusal !== undefined) throw refusal
    if (state === 'ended')
      throw problem('INSTANCE_SESSION_LOST', {
        detail: `The gateway was left while it told of the account: ${feed.reason}`,
        retryable: true,
        retryAfter: 1,
      })
    const leftMs = terms.deadlineAt - performance.now()
    if (leftMs <= 0 || terms.gone?.aborted === true) {
      const seconds = Math.round((performance.now() - begun) / 10) / 100
      const detail =
        leftMs <= 0
          ? `The gateway did not answer ${accountUpdates.name} within ${seconds} s`
          : `The caller left before ${accountUpdates.name} was answered`
      throw problem('INSTANCE_QUERY_TIMEOUT', { detail, retryable: true })
    }
    if (state === 'opening') await feed.settled(leftMs, terms.gone)
    else await table.changed(table.sequence, leftMs, terms.gone)
  }
}

function toldBy({ table }: Feed, account: string, source: Source): AccountTold {
  const rows = table.rows().map(({ rowRef, fields = {} }) => ({ rowRef, fields }))
  const time = table.get(TIME_ROW)?.fields?.accountTime
  return {
    source,
    asOf: table.changedAt ?? new Date(),
    update: {
      account,
      accountTime: typeof time === 'string' ? time : null,
      values: rows
        .filter(({ rowRef }) => isValueRow(rowRef))
        .map(({ fields: { key, value, currency } }) => ({
          account,
          tag: String(key),
          value: String(value),
          currency: currency as string | null,
        })),
      portfolio: rows
        .filter(({ rowRef }) => isPortfolioRow(rowRef))
        .map(({ fields }) => ({ ...(fields as unknown as PortfolioItem) })),
    },
  }
}
