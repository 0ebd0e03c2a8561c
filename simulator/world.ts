import { limitsOf } from './limits/settings.ts'
import { Usage } from './limits/usage.ts'
import { Account } from './trading/account.ts'
import { Adviser } from './trading/adviser.ts'
import { Desk } from './trading/desk.ts'
import type { DeskListener } from './trading/listener.ts'
import { Bulletins } from './world/bulletins.ts'
import { Catalogue } from './world/catalogue.ts'
import { Beat, type Clock } from './world/clock.ts'
import { DisplayGroups } from './world/display-groups.ts'
import { Fundamentals } from './world/fundamentals.ts'
import type { Instrument } from './world/instrument.ts'
import { Market } from './world/market.ts'
import { News } from './world/news.ts'
import type { TradingHours } from './world/sessions.ts'
import { Signal } from './world/signal.ts'
import { Tape } from './world/tape.ts'

/** How quotes of exchanges are served. */
export type MarketData = 'live' | 'delayed'
/** How late delayed quotes are, ms. */
const DELAY_MS = 900_000

export interface WorldOptions {
  readonly clock: Clock
  readonly seed: number
  readonly accounts: readonly string[]
  readonly startingCash: number
  readonly beatMs: number
  readonly fillDelayMs: number
  /** zone of the login: times without a zone are meant in it */
  readonly homeZone: string
  /** the login is one of an adviser, who has groups of accounts */
  readonly isAdviser?: boolean
  /** what clients may use; IB's own limits unless told */
  readonly usage?: Usage
  /** whether the market trades at all hours, or in those of its exchanges; always unless told */
  readonly hours?: TradingHours
  /** whether quotes of exchanges are subscribed, or told with a delay only; live unless told */
  readonly marketData?: MarketData
  /** working orders per contract, side and account; 0 or nothing for any number */
  readonly maxOpenOrders?: number
}

/** Everything that is the same for all clients and outlives their connections: market, accounts, orders. */
export class World {
  readonly clock: Clock
  readonly homeZone: string
  readonly beat: Beat
  readonly catalogue: Catalogue
  readonly market: Market
  readonly tape: Tape
  /** the same a quarter of an hour late */
  readonly delayedTape: Tape
  readonly marketData: MarketData
  readonly accounts: ReadonlyMap<string, Account>
  readonly desk: Desk
  /** what clients use of what the house allows */
  readonly usage: Usage
  /** which account each client follows with account updates: all must follow the same one (facts §3.1) */
  readonly followed = new Map<number, string>()
  readonly news: News
  readonly bulletins: Bulletins
  readonly fundamentals: Fundamentals
  readonly displayGroups = new DisplayGroups()
  /** undefined for a login that is no adviser's */
  readonly adviser: Adviser | undefined
  /** an account has traded */
  readonly traded = new Signal<{ account: Account; instrument: Instrument }>()

  /** trading in an instrument was halted, or goes on */
  readonly halted = new Signal<{ instrument: Instrument; isHalted: boolean }>()

  constructor(options: WorldOptions, listener: Omit<DeskListener, 'positionChanged'>) {
    const { clock, homeZone } = options
    this.clock = clock
    this.homeZone = homeZone
    this.usage = options.usage ?? new Usage(limitsOf(), clock)
    this.beat = new Beat(clock, options.beatMs)
    this.catalogue = new Catalogue(clock.now)
    this.news = new News(options.seed)
    this.bulletins = new Bulletins(clock, homeZone)
    this.fundamentals = new Fundamentals(options.seed)
    this.adviser = options.isAdviser === true ? new Adviser(options.accounts) : undefined
    const { seed, hours = 'always' } = options
    this.market = new Market({ clock, catalogue: this.catalogue, seed, hours })
    const { market, beat } = this
    this.tape = new Tape({ market, beat })
    this.delayedTape = new Tape({ market, beat, lagMs: DELAY_MS })
    this.marketData = options.marketData ?? 'live'
    this.accounts = new Map(
      options.accounts.map((name) => {
        const { startingCash } = options
        return [name, new Account({ name, startingCash, market, clock, homeZone })]
      }),
    )
    this.desk = new Desk({
      catalogue: this.catalogue,
      market: this.market,
      clock,
      beat: this.beat,
      accounts: this.accounts,
      listener: {
        ...listener,
        positionChanged: (account, instrument) => this.traded.tell({ account, instrument }),
      },
      fillDelayMs: options.fillDelayMs,
      maxOpenOrders: options.maxOpenOrders ?? 0,
      homeZone,
    })
  }

  now(): number {
    return this.clock.now()
  }

  /** Stops all quotes, or lets them go on. */
  stillQuotes(isStill: boolean): void {
    this.tape.isStill = isStill
    this.delayedTape.isStill = isStill
  }

  /** Halts trading in an instrument, or lets it go on, and tells those who stream it. */
  halt(instrument: Instrument, isHalted: boolean): void {
    this.market.halt(instrument, isHalted)
    this.halted.tell({ instrument, isHalted })
  }

  /** The accounts a client means: one by name, a group of an adviser, or all for an empty name or `All`. */
  accountsNamed(name: string): Account[] {
    if (name === '' || name === 'All') return [...this.accounts.values()]
    const group = this.adviser?.membersOf(name)
    if (group !== undefined) return group.flatMap((member) => this.accountsNamed(member))
    const account = this.accounts.get(name)
    return account === undefined ? [] : [account]
  }
}
