import type { Account } from '../trading/account.ts'
import { allValuesOf, ledgerOf, summaryOf } from '../trading/account-values.ts'
import { messages } from '../wire/messages.ts'
import { requests } from '../wire/requests.ts'
import { every } from '../world/clock.ts'
import { contractOf } from '../world/instrument.ts'
import { clockText } from '../world/zone.ts'
import { type Answer, answer, type Client, validating } from './answer.ts'

/** Figures of accounts are told anew this often (IB's own interval). */
const REFRESH_MS = 180_000
/** Account updates know no request id: a client has one subscription. */
const UPDATES_ID = 0

function ledgerCurrencies(account: Account, tag: string): string[] {
  const [, currency = 'BASE'] = tag.split(':')
  return currency === 'ALL' ? ['BASE', ...account.currencies] : [currency]
}

function sendSummary(client: Client, reqId: number, accounts: readonly Account[], tags: string) {
  const wanted = tags.split(',').map((tag) => tag.trim())
  const { market } = client.world
  for (const account of accounts) {
    const rows = [
      ...summaryOf(account, wanted),
      ...wanted
        .filter((tag) => tag.startsWith('$LEDGER'))
        .flatMap((tag) => ledgerCurrencies(account, tag))
        .flatMap((currency) => ledgerOf(account, market, currency)),
    ]
    for (const { key: tag, value, currency } of rows) {
      client.send(messages.accountSummary, { reqId, account: account.name, tag, value, currency })
    }
  }
}

function sendPortfolio(client: Client, account: Account, conId?: number): void {
  const positions = conId === undefined ? account.positions : [account.position(conId)]
  for (const position of positions) {
    if (position === undefined) continue
    const { instrument } = position
    const marketValue = account.valueOf(position)
    client.send(messages.updatePortfolio, {
      ...contractOf(instrument),
      primaryExch: instrument.primaryExch || instrument.exchange,
      position: position.quantity,
      marketPrice: client.world.market.last(instrument),
      marketValue: cents(marketValue),
      averageCost: Number(position.averageCost.toFixed(8)),
      unrealizedPNL: cents(account.unrealizedPnlOf(position)),
      realizedPNL: cents(position.realizedPnl),
      account: account.name,
    })
  }
}

function cents(value: number): number {
  return Number(value.toFixed(4))
}

function sendValues(client: Client, account: Account): void {
  for (const { key, value, currency } of allValuesOf(account, client.world.market)) {
    client.send(messages.updateAccountValue, { key, value, currency, account: account.name })
  }
}

function sendTime(client: Client): void {
  const { homeZone } = client.world
  const time = clockText(homeZone, client.world.now()).slice(0, 5)
  client.send(messages.updateAccountTime, { time })
}

function subscribeUpdates(client: Client, account: Account): void {
  const { world } = client
  if (client.drop('updates', UPDATES_ID)) {
    client.error(
      -1,
      2100,
      'New account data requested from TWS.  API client has been unsubscribed from account data.',
    )
  }
  sendValues(client, account)
  sendPortfolio(client, account)
  sendTime(client)
  client.send(messages.accountDownloadEnd, { account: account.name })
  const stopTrades = world.traded.listen((event) => {
    if (event.account !== account) return
    sendPortfolio(client, account, event.instrument.conId)
    sendValues(client, account)
  })
  const stopRefresh = every(world.clock, REFRESH_MS, () => {
    sendValues(client, account)
    sendPortfolio(client, account)
    sendTime(client)
  })
  world.followed.set(client.clientId, account.name)
  client.keep('updates', UPDATES_ID, () => {
    world.followed.delete(client.clientId)
    stopTrades()
    stopRefresh()
  })
}

/** The accounts a request names; tells error 321 and gives undefined when there is none such. */
export function accountsFor(client: Client, reqId: number, name: string): Account[] | undefined {
  const accounts = client.world.accountsNamed(name)
  if (accounts.length > 0) return accounts
  client.error(reqId, 321, validating(`Invalid account code '${name}'`))
  return undefined
}

function sendMulti(client: Client, reqId: number, accounts: readonly Account[], short: boolean) {
  for (const account of accounts) {
    const values = allValuesOf(account, client.world.market)
    const wanted = short
      ? [
          ...ledgerOf(account, client.world.market, 'BASE'),
          ...summaryOf(account, ['NetLiquidation']),
        ]
      : values
    for (const { key, value, currency } of wanted) {
      client.send(messages.accountUpdateMulti, {
        reqId,
        account: account.name,
        modelCode: '',
        key,
        value,
        currency,
      })
    }
  }
}

/** Money: summaries, account updates. */
export const accountAnswers: readonly Answer[] = [
  answer(requests.reqAccountSummary, (client, { reqId, group, tags }) => {
    const accounts = accountsFor(client, reqId, group)
    if (accounts === undefined) return
    client.drop('summary', reqId)
    const { accountSummaries } = client.world.usage.limits
    if (accountSummaries > 0 && client.kept('summary') >= accountSummaries) {
      client.error(
        reqId,
        322,
        "Error processing request.-'sim' : cause - Maximum number of account summary requests exceeded",
      )
      return
    }
    sendSummary(client, reqId, accounts, tags)
    client.send(messages.accountSummaryEnd, { reqId })
    const stop = every(client.world.clock, REFRESH_MS, () =>
      sendSummary(client, reqId, accounts, tags),
    )
    client.keep('summary', reqId, stop)
  }),
  answer(requests.cancelAccountSummary, (client, { reqId }) => {
    client.drop('summary', reqId)
  }),
  answer(requests.reqAccountUpdates, (client, { subscribe, account: name }) => {
    if (!subscribe) {
      client.drop('updates', UPDATES_ID)
      return
    }
    // without a name the first account is meant: account updates tell of one account at a time
    const [account] = accountsFor(client, -1, name) ?? []
    if (account === undefined) return
    const { followed } = client.world
    const elsewhere = [...followed].some(
      ([other, following]) => other !== client.clientId && following !== account.name,
    )
    if (elsewhere) {
      client.error(
        -1,
        2101,
        'Unable to subscribe to account as the following clients are subscribed to a different account.',
      )
      return
    }
    subscribeUpdates(client, account)
  }),
  answer(requests.reqAccountUpdatesMulti, (client, { reqId, account: name, ledgerAndNLV }) => {
    const accounts = accountsFor(client, reqId, name)
    if (accounts === undefined) return
    client.drop('updatesMulti', reqId)
    sendMulti(client, reqId, accounts, ledgerAndNLV)
    client.send(messages.accountUpdateMultiEnd, { reqId })
    const stop = client.world.traded.listen(({ account }) => {
      if (accounts.includes(account)) sendMulti(client, reqId, [account], ledgerAndNLV)
    })
    client.keep('updatesMulti', reqId, stop)
  }),
  answer(requests.cancelAccountUpdatesMulti, (client, { reqId }) => {
    client.drop('updatesMulti', reqId)
  }),
]
