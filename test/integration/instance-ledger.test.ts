import { join } from 'node:path'
import t from 'tap'
import { simulated } from '../rig/instanced.ts'
import { tempDir } from '../rig/temp-dir.ts'
import { until } from '../rig/until.ts'

const buy = { symbol: 'AAPL', action: 'BUY', totalQuantity: 1, orderType: 'MKT', account: 'DU1' }

t.test('a ledger serves one login: another one is refused before anything is mixed', async (t) => {
  const ledgerPath = join(tempDir(t), 'client-0.sqlite')
  const first = await simulated(t, { config: { ledgerPath } })
  const { body: placed } = await first.order(buy)
  await until(
    async () => (await first.call(`/order/${placed.id}`)).body.status === 'Filled',
    'the order filled',
  )
  await first.instance.stop()

  const other = await simulated(t, {
    config: { ledgerPath },
    simulator: { accounts: ['U77'] },
    impatient: true,
  })
  const status = await until(async () => {
    const seen = await other.status()
    return seen.reason !== null && /belongs to DU1/.test(seen.reason) && seen
  }, 'the refusal')
  t.match(status, { connected: false, hint: /DATA_DIR of its own/ })
  t.equal((await other.order({ ...buy, account: 'U77' })).answer.status, 503)
  await other.instance.stop()

  const again = await simulated(t, {
    config: { ledgerPath },
    simulator: { accounts: ['DU1', 'DU3'] },
  })
  t.match(
    (await again.call('/order/filled')).body,
    [{ id: placed.id }],
    'the same login finds its fills',
  )
})
