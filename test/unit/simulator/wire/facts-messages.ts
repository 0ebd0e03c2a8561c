/**
 * What a gateway says, as facts §1.3 to §1.5 list it, with the changes of §1.7: the fields after the number, in order.
 *
 * `name:kind` is a field: `i` whole number, `d` number, `b` yes or no, `t` text. After a second `=` stands what is written when
 * it is not set: nothing, a word, `U` unset double, `I` unset int, `L` unset long. `=x` is exactly x. `name*[ … ]` is a count and
 * that many groups, `@183[ … ]` came with a version, `@187-189[ … ]` came and went, `?name=x[ … ]` and `?name!x[ … ]` depend on a field.
 */
export type FactsTable = Readonly<Record<string, string>>

const c11 =
  'conId:i symbol:t secType:t lastTradeDateOrContractMonth:t strike:d right:t multiplier:t exchange:t currency:t localSymbol:t tradingClass:t'
const p11 = c11.replace('exchange:t', 'primaryExch:t')
const orderC11 = c11.replace('right:t', 'right:t=?')

const terms =
  'action:t totalQuantity:d orderType:t lmtPrice:d= auxPrice:d= tif:t ocaGroup:t= account:t openClose:t= origin:i=0 orderRef:t='
const visibility = 'outsideRth:b hidden:b discretionaryAmt:d=0 goodAfterTime:t='
const adviser = 'faGroup:t= faMethod:t= faPercentage:t= modelCode:t= goodTillDate:t='
const house =
  'rule80A:t= percentOffset:d= settlingFirm:t= shortSaleSlot:i=0 designatedLocation:t= exemptCode:i=-1'
const box = 'startingPrice:d= stockRefPrice:d= delta:d= stockRangeLower:d= stockRangeUpper:d='
const counts =
  'legs*[ conId:i ratio:i action:t exchange:t openClose:i shortSaleSlot:i designatedLocation:t exemptCode:i ] legPrices*[ price:d ] routingParams*[ tag:t value:t ]'
const scale =
  'scaleInitLevelSize:i=I scaleSubsLevelSize:i=I scalePriceIncrement:d= ?scalePriceIncrement>0[ scalePriceAdjustValue:d scalePriceAdjustInterval:i' +
  ' scaleProfitOffset:d scaleAutoReset:b scaleInitPosition:i scaleInitFillQty:i scaleRandomPercent:b ]'
const hedge = 'hedgeType:t= ?hedgeType![ hedgeParam:t ]'
const neutralContract =
  'deltaNeutral:b ?deltaNeutral=true[ deltaNeutralContractConId:i deltaNeutralContractDelta:d deltaNeutralContractPrice:d ]'
const algo = 'algoStrategy:t= ?algoStrategy![ algoParams*[ tag:t value:t ] ]'
const peg =
  '?orderType=PEG~BENCH[ referenceContractId:i isPeggedChangeAmountDecrease:b peggedChangeAmount:d referenceChangeAmount:d referenceExchangeId:t ]'
const competition =
  'minTradeQty:i= minCompeteSize:i=100 competeAgainstBestOffset:d=0.02 midOffsetAtWhole:d= midOffsetAtHalf:d='
const customer = '@183[ customerAccount:t= ] @184[ professionalCustomer:b ]'

const openOrder = [
  `orderId:i ${orderC11} ${terms} clientId:i permId:i ${visibility} sharesAllocation:t ${adviser} ${house} auctionStrategy:i=0 ${box}`,
  'displaySize:i=I blockOrder:b sweepToFill:b allOrNone:b minQty:i= ocaType:i=3 eTradeOnly:b firmQuoteOnly:b nbboPriceCap:d= parentId:i=0 triggerMethod:i=0',
  'volatility:d= volatilityType:i=0 deltaNeutralOrderType:t=None deltaNeutralAuxPrice:d= deltaNeutralConId:i=0 deltaNeutralSettlingFirm:t=',
  'deltaNeutralClearingAccount:t= deltaNeutralClearingIntent:t= deltaNeutralOpenClose:t=? deltaNeutralShortSale:b deltaNeutralShortSaleSlot:i=0',
  'deltaNeutralDesignatedLocation:t= continuousUpdate:i=0 referencePriceType:i=0 trailStopPrice:d= trailingPercent:d= basisPoints:d= basisPointsType:i=',
  `comboLegsDescrip:t= ${counts} ${scale} ${hedge} optOutSmartRouting:b clearingAccount:t= clearingIntent:t=IB notHeld:b ${neutralContract} ${algo}`,
  'solicited:b whatIf:b status:t initMarginBefore:d=U maintMarginBefore:d=U equityWithLoanBefore:d=U initMarginChange:d=U maintMarginChange:d=U',
  'equityWithLoanChange:d=U initMarginAfter:d=U maintMarginAfter:d=U equityWithLoanAfter:d=U commission:d= minCommission:d= maxCommission:d=',
  `commissionCurrency:t= warningText:t= randomizeSize:b randomizePrice:b ${peg} =0 adjustedOrderType:t=None triggerPrice:d=U trailStopPrice:d=U lmtPriceOffset:d=U`,
  'adjustedStopPrice:d=U adjustedStopLimitPrice:d=U adjustedTrailingAmount:d=U adjustableTrailingUnit:i=0 softDollarName:t= softDollarValue:t=',
  'softDollarDisplayName:t= cashQty:d=0 dontUseAutoPriceForHedge:b=1 isOmsContainer:b discretionaryUpToLimitPrice:b usePriceMgmtAlgo:b=0 duration:i=',
  `postToAts:i= autoCancelParent:b ${competition} ${customer} @185[ bondAccruedInterest:t= ] @189[ includeOvernight:b ] @193[ extOperator:t= manualOrderIndicator:i=I ]`,
].join(' ')

const completedOrder = [
  `${orderC11} ${terms} permId:i ${visibility} ${adviser} ${house} ${box} displaySize:i=I sweepToFill:b allOrNone:b minQty:i= ocaType:i=3 triggerMethod:i=0`,
  'volatility:d= volatilityType:i=0 deltaNeutralOrderType:t=None deltaNeutralAuxPrice:d= deltaNeutralConId:i=0 deltaNeutralShortSale:b',
  'deltaNeutralShortSaleSlot:i=0 deltaNeutralDesignatedLocation:t= continuousUpdate:i=0 referencePriceType:i=0 trailStopPrice:d= trailingPercent:d=',
  `comboLegsDescrip:t= ${counts} ${scale} ${hedge} clearingAccount:t= clearingIntent:t=IB notHeld:b ${neutralContract} ${algo} solicited:b status:t`,
  `randomizeSize:b randomizePrice:b ${peg} =0 trailStopPrice:d=U lmtPriceOffset:d=U cashQty:d=0 dontUseAutoPriceForHedge:b=1 isOmsContainer:b autoCancelDate:t=`,
  'filledQuantity:d=0 refFuturesConId:i=I autoCancelParent:b shareholder:t= imbalanceOnly:b routeMarketableToBbo:b parentPermId:i=L completedTime:t',
  `completedStatus:t ${competition} ${customer}`,
].join(' ')

const bar = 'date:t open:d high:d low:d close:d volume:d wap:d barCount:i'
const contractDetails = [
  'reqId:i symbol:t secType:t lastTradeDateOrContractMonth:t @182[ lastTradeDate:t ] strike:d right:t exchange:t currency:t localSymbol:t marketName:t',
  'tradingClass:t conId:i minTick:d multiplier:t orderTypes:t validExchanges:t priceMagnifier:i underConId:i longName:t primaryExch:t contractMonth:t',
  'industry:t category:t subcategory:t timeZoneId:t tradingHours:t liquidHours:t evRule:t evMultiplier:t secIds*[ tag:t value:t ] aggGroup:i underSymbol:t',
  'underSecType:t marketRuleIds:t realExpirationDate:t stockType:t minSize:d sizeIncrement:d suggestedSizeIncrement:d',
  '@186[ ineligibilityReasons*[ id:t description:t ] ]',
].join(' ')

/** By the name of the event and its number. */
export const factsMessages: FactsTable = {
  'tickPrice 1': '=6 reqId:i tickType:i price:d size:d attributes:i',
  'tickSize 2': '=6 reqId:i tickType:i size:d',
  'orderStatus 3':
    'orderId:i status:t filled:d remaining:d avgFillPrice:d permId:i parentId:i=0 lastFillPrice:d clientId:i whyHeld:t= mktCapPrice:d=0',
  'error 4': '=2 id:i code:i text:t advancedOrderRejectJson:t=',
  'openOrder 5': openOrder,
  'updateAccountValue 6': '=2 key:t value:t currency:t= account:t',
  'updatePortfolio 7': `=8 ${p11} position:d=0 marketPrice:d=0 marketValue:d=0 averageCost:d=0 unrealizedPNL:d=0 realizedPNL:d=0 account:t`,
  'updateAccountTime 8': '=1 time:t',
  'nextValidId 9': '=1 orderId:i',
  'contractDetails 10': contractDetails,
  'execDetails 11': `reqId:i orderId:i ${c11} execId:t time:t account:t execExchange:t side:t shares:d price:d permId:i clientId:i liquidation:i cumQty:d avgPrice:d orderRef:t= evRule:t= evMultiplier:t= modelCode:t= lastLiquidity:i pendingPriceRevision:b`,
  'updateMktDepth 12': '=1 reqId:i row:i operation:i side:i price:d size:d',
  'updateMktDepthL2 13':
    '=1 reqId:i row:i marketMaker:t operation:i side:i price:d size:d isSmartDepth:b',
  'newsBulletin 14': '=1 _:i _:i _:t _:t',
  'managedAccounts 15': '=1 accounts:t',
  'receiveFA 16': '=1 _:i _:t',
  'historicalData 17': `reqId:i start:t end:t bars*[ ${bar} ]`,
  'scannerParameters 19': '=1 xml:t',
  'scannerData 20':
    '=3 reqId:i _*[ _:i _:i _:t _:t _:t _:d _:t _:t _:t _:t _:t _:t _:t _:t _:t _:t ]',
  'tickOptionComputation 21':
    'reqId:i tickType:i attributes:i=0 impliedVol:d=-1 delta:d=-2 optPrice:d=-1 pvDividend:d=-1 gamma:d=-2 vega:d=-2 theta:d=-2 undPrice:d=-1',
  'tickGeneric 45': '=6 reqId:i tickType:i value:d',
  'tickString 46': '=6 reqId:i tickType:i value:t',
  'currentTime 49': '=1 time:i',
  'realtimeBar 50': '=3 reqId:i time:i open:d high:d low:d close:d volume:d wap:d count:i',
  'fundamentalData 51': '=1 reqId:i _:t',
  'contractDetailsEnd 52': '=1 reqId:i',
  'openOrderEnd 53': '=1',
  'accountDownloadEnd 54': '=1 account:t',
  'execDetailsEnd 55': '=1 reqId:i',
  'tickSnapshotEnd 57': '=1 reqId:i',
  'marketDataType 58': '=1 reqId:i marketDataType:i',
  'commissionReport 59':
    '=1 execId:t commission:d currency:t realizedPNL:d=U yield:d=U yieldRedemptionDate:i=',
  'position 61': `=3 account:t ${c11} position:d avgCost:d`,
  'positionEnd 62': '=1',
  'accountSummary 63': '=1 reqId:i account:t tag:t value:t currency:t=',
  'accountSummaryEnd 64': '=1 reqId:i',
  'displayGroupList 67': '=1 reqId:i groups:t',
  'displayGroupUpdated 68': '=1 reqId:i contract:t',
  'positionMulti 71': `=1 reqId:i account:t ${c11} position:d avgCost:d modelCode:t=`,
  'positionMultiEnd 72': '=1 reqId:i',
  'accountUpdateMulti 73': '=1 reqId:i account:t modelCode:t= key:t value:t currency:t=',
  'accountUpdateMultiEnd 74': '=1 reqId:i',
  'securityDefinitionOptionParameter 75':
    'reqId:i exchange:t underConId:i tradingClass:t multiplier:t expiries*[ expiry:t ] strikes*[ strike:d ]',
  'securityDefinitionOptionParameterEnd 76': 'reqId:i',
  'softDollarTiers 77': 'reqId:i tiers*[ name:t value:t displayName:t ]',
  'familyCodes 78': 'codes*[ account:t code:t ]',
  'symbolSamples 79':
    'reqId:i samples*[ conId:i symbol:t secType:t primaryExch:t currency:t derivatives*[ secType:t ] description:t issuerId:t ]',
  'mktDepthExchanges 80':
    'exchanges*[ exchange:t secType:t listingExch:t serviceDataType:t aggGroup:i=0 ]',
  'tickReqParams 81': 'reqId:i minTick:d bboExchange:t snapshotPermissions:i',
  'smartComponents 82': 'reqId:i components*[ bit:i exchange:t letter:t ]',
  'newsArticle 83': 'reqId:i _:i _:t',
  'tickNews 84': 'reqId:i _:i _:t _:t _:t _:t',
  'newsProviders 85': 'providers*[ code:t name:t ]',
  'historicalNews 86': 'reqId:i _:t _:t _:t _:t',
  'historicalNewsEnd 87': 'reqId:i hasMore:b',
  'headTimestamp 88': 'reqId:i time:t',
  'histogramData 89': 'reqId:i entries*[ price:d size:i ]',
  'historicalDataUpdate 90': 'reqId:i barCount:i date:t open:d close:d high:d low:d wap:d volume:d',
  'marketRule 93': 'ruleId:i increments*[ lowEdge:d increment:d ]',
  'pnl 94': 'reqId:i daily:d=U unrealized:d=U realized:d=U',
  'pnlSingle 95': 'reqId:i position:d daily:d=U unrealized:d=U realized:d=U value:d=U',
  'historicalTicks 96': 'reqId:i ticks*[ time:i =0 price:d size:d ] done:b',
  'historicalTicksBidAsk 97':
    'reqId:i ticks*[ time:i mask:i bid:d ask:d bidSize:d askSize:d ] done:b',
  'historicalTicksLast 98':
    'reqId:i ticks*[ time:i mask:i price:d size:d exchange:t conditions:t ] done:b',
  'tickByTickLast 99': 'reqId:i type:i time:i price:d size:d mask:i exchange:t conditions:t',
  'tickByTickBidAsk 99': 'reqId:i =3 time:i bid:d ask:d bidSize:d askSize:d mask:i',
  'tickByTickMidPoint 99': 'reqId:i =4 time:i midpoint:d',
  'orderBound 100': 'permId:i clientId:i orderId:i',
  'completedOrder 101': completedOrder,
  'completedOrdersEnd 102': '',
  'replaceFAEnd 103': 'reqId:i text:t',
  'historicalSchedule 106': 'reqId:i start:t end:t timeZone:t sessions*[ start:t end:t refDate:t ]',
  'userInfo 107': 'reqId:i whiteBrandingId:t',
}
