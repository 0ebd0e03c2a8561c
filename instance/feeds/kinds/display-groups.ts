import { displayGroups } from '../../../shared/api/news-feeds.ts'
import { Problem, problem } from '../../../shared/problem.ts'
import type { Contracts } from '../../ib/contracts.ts'
import { displayGroup, groupList } from '../../ib/display-group-streams.ts'
import type { Session } from '../../ib/session.ts'
import type { Following } from '../../ib/stream.ts'
import { contractSchemaOf } from '../../ib/translate-contract.ts'
import type { FeedKind, Sink, Source } from '../kind.ts'

/** More groups than any TWS has. */
const MAX_GROUPS = 100
/** A TWS names its groups from memory; a gateway that has none may say nothing, ms. */
const LIST_MS = 2000
/** How long IB has to say what a contract is that a group shows, ms. */
const NAME_MS = 5000

/** `/displaygroups`: a row for each group. */
export function displayGroupsKind(contracts: Contracts): FeedKind<undefined> {
  return {
    feed: displayGroups,
    capacity: MAX_GROUPS,
    compare: (a, b) => Number(a.groupId) - Number(b.groupId),
    retells: true,
    settleMs: LIST_MS + NAME_MS,
    question: () => Promise.resolve(undefined),
    key: () => '',
    follow: (_, sink, session) => new Groups(sink, session, contracts),
  }
}

/** The groups of one window, each followed by itself. */
class Groups implements Source {
  readonly #sink: Sink
  readonly #session: Session
  readonly #contracts: Contracts
  readonly #followings: Following[] = []
  /** groups that have not said yet what they show */
  readonly #untold = new Set<number>()
  /** what each shows now; a contract that was named too late is not put */
  readonly #shown = new Map<number, string>()
  readonly #patience: NodeJS.Timeout
  #isOver = false

  constructor(sink: Sink, session: Session, contracts: Contracts) {
    this.#sink = sink
    this.#session = session
    this.#contracts = contracts
    const told = (groupIds: readonly number[]) => this.#listed(groupIds)
    this.#followings.push(session.follow(groupList, { told }, sink, this.#observer))
    this.#patience = setTimeout(
      () => this.#fail(none(`It named none within ${LIST_MS / 1000} s`)),
      LIST_MS,
    )
    this.#patience.unref()
  }

  stop(): void {
    this.#isOver = true
    clearTimeout(this.#patience)
    for (const following of this.#followings) following.close()
  }

  get #observer() {
    return { told: () => undefined, failed: (reason: Problem) => this.#fail(reason) }
  }

  #fail(reason: Problem): void {
    if (this.#isOver) return
    this.stop()
    this.#sink.failed(reason)
  }

  #listed(groupIds: readonly number[]): void {
    clearTimeout(this.#patience)
    if (groupIds.length === 0) {
      this.#fail(none('It says that it has none'))
      return
    }
    for (const groupId of groupIds.slice(0, MAX_GROUPS)) this.#untold.add(groupId)
    try {
      for (const groupId of this.#untold) {
        const shows = (contractInfo: string) => void this.#shows(groupId, contractInfo)
        this.#followings.push(
          this.#session.follow(displayGroup, { groupId, shows }, this.#sink, this.#observer),
        )
      }
    } catch (error) {
      // cut off from IB between the question and its answer
      this.#fail(error instanceof Problem ? error : problem('INTERNAL', { cause: error }))
    }
  }

  async #shows(groupId: number, contractInfo: string): Promise<void> {
    this.#shown.set(groupId, contractInfo)
    const [conId, exchange] = numberedIn(contractInfo)
    const contract = conId === null ? null : await this.#named(conId, exchange)
    if (this.#isOver || this.#shown.get(groupId) !== contractInfo) return
    const symbol = contract?.symbol ?? null
    this.#sink.put(String(groupId), { groupId, contractInfo, conId, exchange, symbol, contract })
    this.#untold.delete(groupId)
    this.#sink.told(this.#untold.size === 0 ? 'whole' : 'part')
  }

  /** What a number stands for; null where IB does not say. */
  async #named(conId: number, exchange: string | null) {
    const terms = { deadlineAt: performance.now() + NAME_MS }
    const query = { conId, ...(exchange !== null && { exchange }) }
    try {
      return contractSchemaOf(await this.#contracts.only(query, terms, displayGroups.url))
    } catch {
      return null
    }
  }
}

/** `8314@SMART` in its parts. */
function numberedIn(
  contractInfo: string,
): readonly [conId: number | null, exchange: string | null] {
  const [, conId, exchange = null] = /^(\d{1,10})(?:@([\w.]+))?$/.exec(contractInfo) ?? []
  return [conId === undefined ? null : Number(conId), exchange]
}

function none(why: string): Problem {
  const detail = `The gateway has no display groups: only the windows of a TWS have them. ${why}.`
  return problem('REQUEST_NOT_IMPLEMENTED', { detail })
}
