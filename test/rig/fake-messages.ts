import type { Field } from './fake-gateway.ts'

const UNSET = '1.7976931348623157E308'
const UNSET_INTEGER = 2_147_483_647

/** What a test says of an order; the rest is as a gateway sends it for a plain stock order. */
export interface SaidOrder {
  readonly orderId: number
  readonly clientId?: number
  readonly permId?: number
  readonly status?: string
  readonly action?: string
  readonly quantity?: number
  readonly orderType?: string
  readonly limit?: number
  readonly parentId?: number
  readonly account?: string
  readonly symbol?: string
}

/** openOrder as a gateway of version 178 writes it: 135 fields (facts §1.4). */
export function openOrder(order: SaidOrder): Field[] {
  const fields: Field[] = Array.from({ length: 135 }, () => '')
  const set = (from: number, ...values: Field[]) => {
    for (const [index, value] of values.entries()) fields[from + index] = value
  }
  const symbol = order.symbol ?? 'AAPL'
  set(0, 5, order.orderId, 265598, symbol, 'STK', '', 0, '?', '', 'SMART', 'USD', symbol, 'NMS')
  set(13, order.action ?? 'BUY', order.quantity ?? 100, order.orderType ?? 'MKT')
  set(16, order.limit ?? 0, 0, 'DAY', '', order.account ?? 'DU1')
  set(21, '', 0, '', order.clientId ?? 0)
  set(25, order.permId ?? 900_000 + order.orderId, 0, 0, 0)
  set(39, 0, '', -1, 0)
  set(48, UNSET_INTEGER, 0, 0, 0, '', 3, 0, 0, '', order.parentId ?? 0, 0)
  set(60, 0, 'None', '', 0, '', '', '', '?', 0, 0, '', 0, 0)
  set(78, 0, 0, 0, UNSET_INTEGER, UNSET_INTEGER)
  set(85, 0, '', 'IB', 0, 0, '', 0, 0, order.status ?? 'Submitted')
  for (let index = 94; index <= 102; index += 1) set(index, UNSET)
  set(103, UNSET, UNSET, UNSET, '', '', 0, 0, 0, 'None')
  for (let index = 112; index <= 117; index += 1) set(index, UNSET)
  set(118, 0, '', '', '', 0, 0, 0, 0, 0)
  set(129, 0, '', 100, 0.02)
  return fields
}

/** completedOrder (101) of a version 178 gateway: 100 fields, neither order id nor client id (facts §1.5). */
export function completedOrder(order: {
  readonly permId: number
  readonly status: string
  readonly filled: number
}): Field[] {
  const fields: Field[] = Array.from({ length: 100 }, () => '')
  const set = (from: number, ...values: Field[]) => {
    for (const [index, value] of values.entries()) fields[from + index] = value
  }
  set(0, 101, 265598, 'AAPL', 'STK', '', 0, '?', '', 'SMART', 'USD', 'AAPL', 'NMS')
  set(12, 'BUY', 0, 'LMT', 150, 0, 'DAY', '', 'DU1', '', 0, '', order.permId, 0, 0, 0)
  set(36, 0, '', -1)
  set(44, UNSET_INTEGER, 0, 0, '', 3, 0, '', 0, 'None', '', 0, 0, 0, '', 0, 0)
  set(63, 0, 0, 0, UNSET_INTEGER, UNSET_INTEGER)
  set(71, 'IB', 0, 0, '', 0, order.status, 0, 0, 0)
  set(82, 0, 1, 0, '', order.filled, UNSET_INTEGER, 0, '', 0, 0, '9223372036854775807')
  set(93, '20260105 15:30:00 US/Eastern', 'Filled Size: 100', '', 100, 0.02)
  return fields
}

/** orderStatus (3). */
export function orderStatus(
  order: SaidOrder & { readonly filled?: number; readonly average?: number },
): Field[] {
  const { orderId, status = 'Submitted', filled = 0, average = 0, quantity = 100 } = order
  const permId = order.permId ?? 900_000 + orderId
  return [
    3,
    orderId,
    status,
    filled,
    quantity - filled,
    average,
    permId,
    order.parentId ?? 0,
    average,
    order.clientId ?? 0,
    '',
    0,
  ]
}

/** error (4); -1 marks a notice. */
export function error(id: number, code: number, text: string, advanced = ''): Field[] {
  return [4, 2, id, code, text, advanced]
}

/** execDetails (11) of a version 178 gateway. */
export function execution(fill: {
  readonly execId: string
  readonly orderId: number
  readonly reqId?: number
  readonly clientId?: number
  readonly shares?: number
  readonly total?: number
  readonly price?: number
  readonly time?: string
}): Field[] {
  const { execId, orderId, reqId = -1, clientId = 0, shares = 100, price = 150 } = fill
  const time = fill.time ?? '20260105-15:30:00'
  return [
    ...[11, reqId, orderId, 265598, 'AAPL', 'STK', '', 0, '', '', 'SMART', 'USD', 'AAPL', 'NMS'],
    ...[execId, time, 'DU1', 'ISLAND', 'BOT', shares, price, 900_000 + orderId, clientId, 0],
    ...[fill.total ?? shares, price, '', '', '', '', 2, 0],
  ]
}

/** commissionReport (59). */
export function commission(execId: string, amount: number): Field[] {
  return [59, 1, execId, amount, 'USD', UNSET, UNSET, '']
}

/** contractDetails (10) of a stock, version 178. */
export function stockDetails(
  reqId: Field,
  stock: { readonly symbol?: string; readonly conId?: number; readonly sizeIncrement?: Field },
): Field[] {
  const { symbol = 'AAPL', conId = 265598, sizeIncrement = 1 } = stock
  return [
    ...[10, reqId, symbol, 'STK', '', 0, '', 'SMART', 'USD', symbol, 'NMS', 'NMS', conId, 0.01, ''],
    ...[
      'LMT,MKT',
      'SMART,ISLAND',
      1,
      0,
      `${symbol} INC`,
      'NASDAQ',
      '',
      'Tech',
      '',
      '',
      'US/Eastern',
    ],
    ...[
      '20260105:0930-20260105:1600',
      '20260105:0930-20260105:1600',
      '',
      '',
      0,
      1,
      '',
      '',
      '26',
      '',
    ],
    ...['COMMON', sizeIncrement, sizeIncrement, 100],
  ]
}

/** position (61). */
export function position(account: string, quantity: number): Field[] {
  return [
    ...[61, 3, account, 265598, 'AAPL', 'STK', '', 0, '', '', '', 'USD', 'AAPL', 'NMS'],
    ...[quantity, 150.5],
  ]
}

/** historicalData (17): `bars` bars a minute apart. */
export function history(reqId: Field, bars: number): Field[] {
  const fields: Field[] = [17, reqId, '20260105 00:00:00', '20260105 23:59:59', bars]
  for (let index = 0; index < bars; index += 1)
    fields.push(1_767_600_000 + index * 60, 100.5, 101.25, 99.75, 100.1, 1200, 100.3, 17)
  return fields
}

/** Orders as tests place them. */
export const market = { symbol: 'AAPL', action: 'BUY', totalQuantity: 100, orderType: 'MKT' }
export const limit = { ...market, orderType: 'LMT', lmtPrice: 150 }

/** Indices of PLACE_ORDER's fields that tests look at (facts §1.6). */
export const FIELD = {
  orderId: 1,
  symbol: 3,
  secType: 4,
  exchange: 9,
  currency: 11,
  action: 16,
  quantity: 17,
  type: 18,
  limit: 19,
  transmit: 27,
  parentId: 28,
}
