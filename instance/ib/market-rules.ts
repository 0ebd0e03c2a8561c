import type { PriceRule } from '../../shared/schemas/config.ts'
import type { ContractDetails } from '../../shared/schemas/contract.ts'
import type { Link } from './link.ts'
import type { Query, Terms } from './query.ts'

type Increments = PriceRule['increments']

/** Rules change with an exchange's own; ms. */
const FRESH_MS = 3_600_000
/** Rules asked for one contract: more exchanges share few of them. */
const MOST_RULES = 8

/** The price steps of a rule (reqMarketRule). The gateway names only the rule in its answer. */
export const marketRule: Query<number, { increments: Increments }, Increments> = {
  name: 'marketRule',
  answeredBy: 'kind',
  begin: () => ({ increments: [] }),
  start: (api, _, ruleId) => void api.reqMarketRule(ruleId),
  cancel: null,
  reads: {
    marketRule: (bag, [ruleId, increments], asked) => {
      // of a question nobody waits for any more
      if (ruleId !== asked) return 'more'
      bag.increments = increments.map(({ lowEdge, increment }) => ({ lowEdge, increment }))
      return 'end'
    },
  },
  answer: ({ increments }) => increments,
}

/** The price steps of contracts, each rule asked for once an hour. */
export class MarketRules {
  readonly #link: Link
  readonly #known = new Map<number, { readonly increments: Increments; readonly at: number }>()

  constructor(link: Link) {
    this.#link = link
  }

  /** The rules by which a contract is quoted, with the exchanges each holds at. @throws Problem */
  async of({ marketRuleIds, validExchanges }: ContractDetails, terms: Terms): Promise<PriceRule[]> {
    const exchanges = new Map<number, string[]>()
    for (const [index, ruleId] of marketRuleIds.entries()) {
      const exchange = validExchanges[index]
      const known = exchanges.get(ruleId) ?? []
      exchanges.set(ruleId, exchange === undefined ? known : [...known, exchange])
    }
    const rules: PriceRule[] = []
    for (const [marketRuleId, at] of [...exchanges].slice(0, MOST_RULES))
      rules.push({
        marketRuleId,
        exchanges: at,
        increments: await this.#increments(marketRuleId, terms),
      })
    return rules
  }

  async #increments(ruleId: number, terms: Terms): Promise<Increments> {
    const known = this.#known.get(ruleId)
    if (known !== undefined && performance.now() - known.at < FRESH_MS) return known.increments
    const increments = await this.#link.query(marketRule, ruleId, terms)
    this.#known.set(ruleId, { increments, at: performance.now() })
    return increments
  }
}
