import type { Account, Position } from '../trading/account.ts'
import { messages } from '../wire/messages.ts'
import { requests } from '../wire/requests.ts'
import type { Cancel } from '../world/clock.ts'
import { contractOf, type Instrument } from '../world/instrument.ts'
import { accountsFor } from './account-answers.ts'
import { type Answer, answer, type Client } from './answer.ts'

/** Positions know no request id: a client has one subscription. */
const POSITIONS_ID = 0
/** Profit and loss is told anew at most this often, ms. */
const PNL_MS = 1000

function sendPosition(client: Client, account: Account, held: Position): void {
  client.send(messages.position, {
    account: account.name,
    ...contractOf(held.instrument, held.instrument.primaryExch || held.instrument.exchange),
    position: held.quantity,
    avgCost: Number(held.averageCost.toFixed(8)),
  })
}

function sendPositionMulti(client: Client, reqId: number, account: Account, held: Position): void {
  client.send(messages.positionMulti, {
    reqId,
    account: account.name,
    ...contractOf(held.instrument, held.instrument.primaryExch || held.instrument.exchange),
    position: held.quantity,
    avgCost: Number(held.averageCost.toFixed(8)),
    modelCode: '',
  })
}

function sendPnl(client: Client, reqId: number, accounts: readonly Account[]): void {
  let daily = 0
  let unrealized = 0
  let realized = 0
  for (const account of accounts) {
    const balance = account.balance()
    daily += account.dailyPnl()
    unrealized += balance.unrealizedPnl
    realized += balance.realizedPnl
  }
  client.send(messages.pnl, { reqId, daily, unrealized, realized })
}

function sendPnlSingle(client: Client, reqId: number, account: Account, conId: number): void {
  const held = account.position(conId)
  client.send(messages.pnlSingle, {
    reqId,
    position: held?.quantity ?? 0,
    daily: held && account.dailyPnlOf(held),
    unrealized: held && account.unrealizedPnlOf(held),
    realized: held?.realizedPnl ?? 0,
    value: held ? account.valueOf(held) : 0,
  })
}

/** Tells at once, then at most once a second while the market moves, and after every trade. */
function tellOften(client: Client, tell: () => void): Cancel {
  const { world } = client
  let toldAt = world.now()
  tell()
  const stopBeat = world.beat.listen((now) => {
    if (now - toldAt < PNL_MS) return
    toldAt = now
    tell()
  })
  const stopTrades = world.traded.listen(tell)
  return () => {
    stopBeat()
    stopTrades()
  }
}

function onTrades(
  client: Client,
  accounts: readonly Account[],
  tell: (account: Account, held: Position) => void,
): Cancel {
  return client.world.traded.listen(
    ({ account, instrument }: { account: Account; instrument: Instrument }) => {
      const held = account.position(instrument.conId)
      if (held !== undefined && accounts.includes(account)) tell(account, held)
    },
  )
}

/** Positions, and what they have brought in. */
export const positionAnswers: readonly Answer[] = [
  answer(requests.reqPositions, (client) => {
    const accounts = [...client.world.accounts.values()]
    client.drop('positions', POSITIONS_ID)
    for (const account of accounts) {
      for (const held of account.held) sendPosition(client, account, held)
    }
    client.send(messages.positionEnd, {})
    const stop = onTrades(client, accounts, (account, held) => sendPosition(client, account, held))
    client.keep('positions', POSITIONS_ID, stop)
  }),
  answer(requests.cancelPositions, (client) => {
    client.drop('positions', POSITIONS_ID)
  }),
  answer(requests.reqPositionsMulti, (client, { reqId, account: name }) => {
    const accounts = accountsFor(client, reqId, name)
    if (accounts === undefined) return
    client.drop('positionsMulti', reqId)
    for (const account of accounts) {
      for (const held of account.held) sendPositionMulti(client, reqId, account, held)
    }
    client.send(messages.positionMultiEnd, { reqId })
    const stop = onTrades(client, accounts, (account, held) =>
      sendPositionMulti(client, reqId, account, held),
    )
    client.keep('positionsMulti', reqId, stop)
  }),
  answer(requests.cancelPositionsMulti, (client, { reqId }) => {
    client.drop('positionsMulti', reqId)
  }),
  answer(requests.reqPnL, (client, { reqId, account: name }) => {
    const accounts = accountsFor(client, reqId, name)
    if (accounts === undefined) return
    client.drop('pnl', reqId)
    const stop = tellOften(client, () => sendPnl(client, reqId, accounts))
    client.keep('pnl', reqId, stop)
  }),
  answer(requests.cancelPnL, (client, { reqId }) => {
    client.drop('pnl', reqId)
  }),
  answer(requests.reqPnLSingle, (client, { reqId, account: name, conId = 0 }) => {
    const [account] = accountsFor(client, reqId, name) ?? []
    if (account === undefined) return
    client.drop('pnlSingle', reqId)
    const stop = tellOften(client, () => sendPnlSingle(client, reqId, account, conId))
    client.keep('pnlSingle', reqId, stop)
  }),
  answer(requests.cancelPnLSingle, (client, { reqId }) => {
    client.drop('pnlSingle', reqId)
  }),
]
