import { type PlaceOrderRow, placeOrder } from '../../../simulator/wire/place-order.ts'

/** An order row with every field at its default, save those given. */
export function plainOrder(fields: Partial<PlaceOrderRow>): PlaceOrderRow {
  const blank = ['3', '1', ...Array.from({ length: 112 }, () => '')]
  return {
    ...placeOrder.read(blank, 178),
    symbol: 'AAPL',
    secType: 'STK',
    exchange: 'SMART',
    currency: 'USD',
    action: 'BUY',
    totalQuantity: 100,
    orderType: 'MKT',
    transmit: true,
    ...fields,
  }
}
