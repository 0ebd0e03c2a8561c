import type { PlaceOrderRow } from '../wire/place-order.ts'
import { placeOrder } from '../wire/place-order.ts'

/** An order placed by hand at the screen of TWS: it belongs to no API client. */
export interface ManualOrder {
  readonly account?: string
  readonly symbol?: string
  readonly conId?: number
  readonly action: 'BUY' | 'SELL'
  readonly quantity: number
  readonly orderType: string
  readonly lmtPrice?: number
  readonly auxPrice?: number
  readonly tif?: string
}

/** Fields of PLACE_ORDER at 178, its number included (facts §1.6). */
const FIELDS = 114
const VERSION = 178

/** The same order as a client would send it; a stock in US dollars where only a symbol is given. */
export function rowOf(order: ManualOrder): PlaceOrderRow {
  const { account = '', symbol = '', conId, action, quantity, orderType } = order
  const blank = ['3', '0', ...Array.from({ length: FIELDS - 2 }, () => '')]
  return {
    ...placeOrder.read(blank, VERSION),
    ...(conId === undefined ? { symbol, secType: 'STK', currency: 'USD' } : { conId }),
    ...{ exchange: conId === undefined ? 'SMART' : '', account, action, orderType },
    totalQuantity: quantity,
    lmtPrice: order.lmtPrice,
    auxPrice: order.auxPrice,
    tif: order.tif ?? '',
    transmit: true,
  }
}
