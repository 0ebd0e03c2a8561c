import type { Reached } from './instanced.ts'

export const AAPL = 265598

/** Buys 10 AAPL for DU1 at the market, or what is said beyond that, and waits for the fill. */
export async function filledOrder(system: Reached, more: object = {}): Promise<void> {
  const plain = { symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'MKT' }
  const { answer, body } = await system.call('/order?until=filled', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...plain, account: 'DU1', ...more }),
  })
  if (answer.status !== 201 || body.state !== 'executed') throw new Error(JSON.stringify(body))
}
