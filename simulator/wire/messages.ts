import { accountMessages } from './account-messages.ts'
import { fixed, flag, id, int, layout, real, text, UNSET_REAL } from './column.ts'
import { contract11 } from './contract-columns.ts'
import { marketMessages } from './market-messages.ts'
import { completedOrder, openOrder } from './order-messages.ts'
import { referenceMessages } from './reference-messages.ts'

const reqId = id('reqId')
const v1 = fixed('1')

/** Every message of facts §1.3, by the name of its event: number, then the fields after it. */
export const messages = {
  orderStatus: layout(
    3,
    'orderStatus',
    id('orderId'),
    text('status'),
    real('filled'),
    real('remaining'),
    real('avgFillPrice'),
    id('permId'),
    int('parentId', '0'),
    real('lastFillPrice'),
    id('clientId'),
    text('whyHeld'),
    real('mktCapPrice', '0'),
  ),
  error: layout(
    4,
    'error',
    fixed('2'),
    id('id'),
    id('code'),
    text('text'),
    text('advancedOrderRejectJson'),
  ),
  openOrder,
  nextValidId: layout(9, 'nextValidId', v1, id('orderId')),
  execDetails: layout(
    11,
    'execDetails',
    reqId,
    id('orderId'),
    ...contract11,
    text('execId'),
    text('time'),
    text('account'),
    text('execExchange'),
    text('side'),
    real('shares'),
    real('price'),
    id('permId'),
    id('clientId'),
    int('liquidation', '0'),
    real('cumQty'),
    real('avgPrice'),
    text('orderRef'),
    text('evRule'),
    text('evMultiplier'),
    text('modelCode'),
    int('lastLiquidity', '0'),
    flag('pendingPriceRevision'),
  ),
  currentTime: layout(49, 'currentTime', v1, id('time')),
  openOrderEnd: layout(53, 'openOrderEnd', v1),
  execDetailsEnd: layout(55, 'execDetailsEnd', v1, reqId),
  commissionReport: layout(
    59,
    'commissionReport',
    v1,
    text('execId'),
    real('commission'),
    text('currency'),
    real('realizedPNL', UNSET_REAL),
    real('yield', UNSET_REAL),
    int('yieldRedemptionDate'),
  ),
  orderBound: layout(100, 'orderBound', id('permId'), id('clientId'), id('orderId')),
  completedOrder,
  completedOrdersEnd: layout(102, 'completedOrdersEnd'),
  ...marketMessages,
  ...accountMessages,
  ...referenceMessages,
} as const
