import { join } from 'node:path'
import t from 'tap'
import { simulated } from '../rig/instanced.ts'
import { tempDir } from '../rig/temp-dir.ts'
import { until } from '../rig/until.ts'

const buy = { symbol: 'AAPL', action: 'BUY', totalQuantity: 1, orderType: 'MKT', account: 'DU1' }

t.test(
  'every answer about orders says whose money it is, errors too, and no other does',
  async (t) => {
    const { call, order, status } = await simulated(t)
    t.equal((await status()).tradingMode, 'paper')
    const mode = ({ answer }: { answer: Response }) => answer.headers.get('trading-mode')
    const placed = await order(buy)
    t.equal(mode(placed), 'paper')
    t.equal(mode(await order({})), 'paper', '422')
    t.equal(mode(await call('/order/77777')), 'paper', '404')
    t.equal(mode(await call('/order', { method: 'POST', body: '{' })), 'paper', '415')
    t.equal(mode(await call(`/order/${placed.body.id}`)), 'paper')
    t.equal(mode(await call('/order/filled')), 'paper')
    t.equal(mode(await call('/account/positions/5', { method: 'DELETE' })), 'paper', '404')
    t.equal(mode(await call('/account/positions')), null)
    const live = await simulated(t, { simulator: { accounts: ['DU1', 'U2'] } })
    t.equal(mode(await live.call('/order')), 'live')
    const environment = { TRADING_MODE: 'simulated' }
    const simulator = { accounts: ['U2'] }
    t.equal(
      mode(await (await simulated(t, { environment, simulator })).call('/order')),
      'simulated',
    )
  },
)

t.test(
  'a login whose accounts contradict TRADING_MODE never trades, and claims no ledger',
  async (t) => {
    const ledgerPath = join(tempDir(t), 'client-0.sqlite')
    const wrong = await simulated(t, {
      environment: { TRADING_MODE: 'paper' },
      config: { ledgerPath },
      simulator: { accounts: ['U77'] },
      impatient: true,
    })
    const status = await until(async () => {
      const seen = await wrong.status()
      return seen.reason !== null && /TRADING_MODE is paper/.test(seen.reason) && seen
    }, 'the refusal')
    t.match(status, { connected: false, hint: /IBGW_PORT/, tradingMode: 'paper' })
    const refused = await wrong.order({ ...buy, account: 'U77' })
    t.equal(refused.answer.status, 503)
    t.equal(refused.answer.headers.get('trading-mode'), 'paper')
    await wrong.instance.stop()
    const right = await simulated(t, { config: { ledgerPath } })
    t.equal((await right.order(buy)).answer.status, 201)
  },
)
