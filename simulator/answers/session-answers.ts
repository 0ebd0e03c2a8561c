import { messages } from '../wire/messages.ts'
import { requests } from '../wire/requests.ts'
import { type Answer, answer, validating } from './answer.ts'

/** Time, accounts, ids, display groups, and other small questions about the session. */
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
      codes: [...client.world.accounts.keys()].map((account) => ({ account, code: '' })),
    }),
  ),
  answer(requests.reqSoftDollarTiers, (client, { reqId }) =>
    client.send(messages.softDollarTiers, { reqId, tiers: [] }),
  ),
  answer(requests.queryDisplayGroups, (client, { reqId }) =>
    client.send(messages.displayGroupList, { reqId, groups: '1|2|3' }),
  ),
  answer(requests.subscribeToGroupEvents, (client, { reqId }) => {
    if (client.keep('group', reqId, () => undefined)) {
      client.send(messages.displayGroupUpdated, { reqId, contract: 'none' })
    } else client.error(reqId, 102, 'Duplicate ticker ID.')
  }),
  answer(requests.updateDisplayGroup, (client, { reqId, contract }) =>
    client.send(messages.displayGroupUpdated, { reqId, contract }),
  ),
  answer(requests.unsubscribeFromGroupEvents, (client, { reqId }) => {
    client.drop('group', reqId)
  }),
  answer(requests.reqNewsProviders, (client) =>
    client.send(messages.newsProviders, {
      providers: [{ code: 'SIMNEWS', name: 'Simulated news' }],
    }),
  ),
  // bulletins are rare: none has been issued here
  answer(requests.reqNewsBulletins, () => undefined),
  answer(requests.cancelNewsBulletins, () => undefined),
]
