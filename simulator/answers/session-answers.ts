import { messages } from '../wire/messages.ts'
import { requests } from '../wire/requests.ts'
import { type Answer, answer, validating } from './answer.ts'

/** Tiers of an adviser's soft dollar agreement. */
const SOFT_DOLLAR_TIERS = [1, 2, 3].map((tier) => ({
  ...{ name: `Tier ${tier}`, value: String(tier), displayName: `Soft dollar tier ${tier}` },
}))
/** What joins the accounts of one adviser. */
const FAMILY_CODE = 'F1000001A'

/** Time, accounts, ids, and other small questions about the session. */
export const sessionAnswers: readonly Answer[] = [
  answer(requests.reqCurrentTime, (client) =>
    client.send(messages.currentTime, { time: Math.floor(client.world.now() / 1000) }),
  ),
  answer(requests.reqManagedAccts, (client) =>
    client.send(messages.managedAccounts, {
      accounts: [...client.world.accounts.keys()].join(','),
    }),
  ),
  answer(requests.reqIds, (client) =>
    client.send(messages.nextValidId, {
      orderId: client.world.desk.nextValidId(client.clientId),
    }),
  ),
  answer(requests.setServerLogLevel, () => undefined),
  answer(requests.reqMarketDataType, (client, { marketDataType }) => {
    if (marketDataType < 1 || marketDataType > 4) {
      client.error(-1, 321, validating(`Invalid market data type ${marketDataType}`))
    } else client.marketDataType = marketDataType
  }),
  answer(requests.reqUserInfo, (client, { reqId }) =>
    client.send(messages.userInfo, { reqId, whiteBrandingId: '' }),
  ),
  answer(requests.reqFamilyCodes, (client) =>
    client.send(messages.familyCodes, {
      codes: [...client.world.accounts.keys()].map((account) => ({
        account,
        code: client.world.adviser === undefined ? '' : FAMILY_CODE,
      })),
    }),
  ),
  // tiers and family codes are an adviser's: other logins have none
  answer(requests.reqSoftDollarTiers, (client, { reqId }) =>
    client.send(messages.softDollarTiers, {
      reqId,
      tiers: client.world.adviser === undefined ? [] : SOFT_DOLLAR_TIERS,
    }),
  ),
]
