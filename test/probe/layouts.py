"""What a TWS server may say, as tables written from the facts of the protocol (facts §1.2 to §1.5, §1.7).

A message is a row of tokens, one for each field after the message number:
  name:i  whole number        name:I  whole number or empty
  name:d  number              name:D  number or empty
  name:U  number, or the sentinel of an unset double
  name:V  number, the sentinel of an unset double, or empty
  name:J  whole number or the sentinel of an unset int        name:L  the same for longs
  name:b  0 or 1              name:B  0, 1 or empty
  name:t  any text            name:T  text that is not empty
  =x      exactly x
  name*[ ... ]   a count, then that many groups
  @182[ ... ]    only from that server version on
  ?name=x[ ... ] only when the field read before is x;  ?name!x[ ... ] only when it is not
"""

import re

UNSET_DOUBLE = "1.7976931348623157E308"
UNSET_INT = "2147483647"
UNSET_LONG = "9223372036854775807"

_START = "conId:i symbol:t secType:T lastTradeDateOrContractMonth:t strike:d right:t multiplier:t "
_END = " currency:t localSymbol:t tradingClass:t "
C11 = _START + "exchange:t" + _END
P11 = _START + "primaryExch:t" + _END

_DELTA_NEUTRAL = "deltaNeutralConId:i settlingFirm2:t clearingAccount2:t clearingIntent2:t openClose2:t shortSale2:b shortSaleSlot2:i designatedLocation2:t"
_LEGS = "legs*[ conId:i ratio:i action:T exchange:t openClose:i shortSaleSlot:i designatedLocation:t exemptCode:i ] legPrices*[ price:D ] routing*[ tag:T value:t ]"
_SCALE = "scaleInit:J scaleSubs:J scaleIncrement:D ?scaleIncrement>0[ priceAdjustValue:D priceAdjustInterval:I profitOffset:D autoReset:b initPosition:I initFillQty:I randomPercent:b ]"
_HEDGE = "hedgeType:t ?hedgeType![ hedgeParam:t ]"
_DN_CONTRACT = "dnFlag:b ?dnFlag=1[ dnConId:i dnDelta:d dnPrice:d ]"
_ALGO = "algoStrategy:t ?algoStrategy![ algoParams*[ tag:T value:t ] ]"
_PEG = "?orderType=PEG~BENCH[ refContractId:i pegDecrease:b pegAmount:d refAmount:d refExchange:t ]"
_CONDITIONS = (
    "conditions*[ type:i conjunction:T ?type=1[ isMore:b price:d conId:i exchange:t trigger:i ] ?type=3[ isMore:b time:T ]"
    " ?type=4[ isMore:b percent:d ] ?type=5[ secType:T exchange:t symbol:t ] ?type=6[ isMore:b volume:d conId:i exchange:t ]"
    " ?type=7[ isMore:b change:d conId:i exchange:t ] ] ?conditions!0[ ignoreRth:b cancelOrder:b ]"
)
_COMPETE = "minTradeQty:I minCompeteSize:I competeOffset:D midWhole:D midHalf:D"
_TERMS = "action:T totalQuantity:d orderType:T lmtPrice:D auxPrice:D tif:T ocaGroup:t account:T openClose:t origin:i orderRef:t"
_ADVISER = "faGroup:t faMethod:t faPercentage:t modelCode:t goodTillDate:t rule80A:t percentOffset:D settlingFirm:t shortSaleSlot:i designatedLocation:t exemptCode:i"
_MARGINS = " ".join(f"{name}{when}:U" for when in ("Before", "Change", "After") for name in ("initMargin", "maintMargin", "equity"))

OPEN_ORDER = (
    f"orderId:i {C11} {_TERMS} clientId:i permId:i outsideRth:b hidden:b discretionaryAmt:d goodAfterTime:t shares:t {_ADVISER}"
    " auctionStrategy:i startingPrice:D stockRefPrice:D delta:D rangeLower:D rangeUpper:D displaySize:J"
    " blockOrder:b sweepToFill:b allOrNone:b minQty:I ocaType:i eTradeOnly:b firmQuoteOnly:b nbboPriceCap:D parentId:i triggerMethod:i"
    f" volatility:D volatilityType:i deltaNeutralOrderType:t deltaNeutralAuxPrice:D ?deltaNeutralOrderType![ {_DELTA_NEUTRAL} ]"
    " continuousUpdate:i referencePriceType:i trailStopPrice:D trailingPercent:D basisPoints:D basisPointsType:I comboLegsDescrip:t"
    f" {_LEGS} {_SCALE} {_HEDGE} optOut:b clearingAccount:t clearingIntent:t notHeld:b {_DN_CONTRACT} {_ALGO} solicited:b whatIf:b"
    f" status:T {_MARGINS} commission:V minCommission:V maxCommission:V commissionCurrency:t warningText:t"
    f" randomizeSize:b randomizePrice:b {_PEG} {_CONDITIONS} adjustedOrderType:t triggerPrice:U trailStopPrice2:U lmtPriceOffset:U"
    " adjustedStopPrice:U adjustedStopLimitPrice:U adjustedTrailingAmount:U adjustableTrailingUnit:i tierName:t tierValue:t tierDisplay:t"
    f" cashQty:d dontUseAutoPriceForHedge:b isOmsContainer:b discretionaryUpToLimit:b usePriceMgmtAlgo:b duration:I postToAts:I autoCancelParent:b {_COMPETE}"
    " @183[ customerAccount:t ] @184[ professionalCustomer:b ] @185[ bondAccruedInterest:t ] @189[ includeOvernight:b ] @193[ extOperator:t manualOrderIndicator:J ]"
)
COMPLETED_ORDER = (
    f"{C11} {_TERMS} permId:i outsideRth:b hidden:b discretionaryAmt:d goodAfterTime:t {_ADVISER}"
    " startingPrice:D stockRefPrice:D delta:D rangeLower:D rangeUpper:D displaySize:J sweepToFill:b allOrNone:b minQty:I ocaType:i triggerMethod:i"
    " volatility:D volatilityType:i deltaNeutralOrderType:t deltaNeutralAuxPrice:D ?deltaNeutralOrderType![ conId2:i shortSale2:b shortSaleSlot2:i designatedLocation2:t ]"
    f" continuousUpdate:i referencePriceType:i trailStopPrice:D trailingPercent:D comboLegsDescrip:t {_LEGS} {_SCALE} {_HEDGE}"
    f" clearingAccount:t clearingIntent:t notHeld:b {_DN_CONTRACT} {_ALGO} solicited:b status:T randomizeSize:b randomizePrice:b {_PEG} {_CONDITIONS}"
    " trailStopPrice2:U lmtPriceOffset:U cashQty:d dontUseAutoPriceForHedge:b isOmsContainer:b autoCancelDate:t filledQuantity:d refFuturesConId:J"
    f" autoCancelParent:b shareholder:t imbalanceOnly:b routeToBbo:b parentPermId:L completedTime:T completedStatus:T {_COMPETE}"
    " @183[ customerAccount:t ] @184[ professionalCustomer:b ]"
)

_BAR = "date:T open:d high:d low:d close:d volume:d wap:d barCount:i"

MESSAGES = {
    1: ("tickPrice", "=6 reqId:i tickType:i price:d size:d attributes:i"),
    2: ("tickSize", "=6 reqId:i tickType:i size:d"),
    3: ("orderStatus", "orderId:i status:T filled:d remaining:d avgFillPrice:d permId:i parentId:i lastFillPrice:d clientId:i whyHeld:t mktCapPrice:d"),
    4: ("error", "=2 id:i code:i text:T reject:t"),
    5: ("openOrder", OPEN_ORDER),
    6: ("updateAccountValue", "=2 key:T value:t currency:t account:T"),
    7: ("updatePortfolio", f"=8 {P11} position:d marketPrice:d marketValue:d averageCost:d unrealized:d realized:d account:T"),
    8: ("updateAccountTime", "=1 time:T"),
    9: ("nextValidId", "=1 id:i"),
    10: (
        "contractDetails",
        "reqId:i symbol:T secType:T lastTradeDateOrContractMonth:t @182[ lastTradeDate:t ] strike:d right:t exchange:T currency:T localSymbol:t marketName:t"
        " tradingClass:t conId:i minTick:d multiplier:t orderTypes:T validExchanges:T priceMagnifier:i underConId:i longName:t primaryExch:t contractMonth:t"
        " industry:t category:t subcategory:t timeZoneId:T tradingHours:T liquidHours:T evRule:t evMultiplier:t secIds*[ tag:T value:T ] aggGroup:i underSymbol:t"
        " underSecType:t marketRuleIds:T realExpirationDate:t stockType:t minSize:d sizeIncrement:d suggestedSizeIncrement:d"
        " @179[ ?secType=FUND[ fundName:t fundFamily:t fundType:t frontLoad:t backLoad:t backLoadInterval:t managementFee:t closed:b closedInvestors:b closedMoney:b"
        " notifyAmount:t minInitial:t minSubsequent:t blueSky:t blueSkyTerritories:t distribution:t assetType:t ] ]"
        " @186[ reasons*[ id:T description:t ] ]",
    ),
    11: (
        "execDetails",
        f"reqId:i orderId:i {C11} execId:T time:T account:T execExchange:T side:T shares:d price:d permId:i clientId:i liquidation:i cumQty:d avgPrice:d"
        " orderRef:t evRule:t evMultiplier:t modelCode:t lastLiquidity:i pendingPriceRevision:b",
    ),
    12: ("updateMktDepth", "=1 reqId:i position:i operation:i side:i price:d size:d"),
    13: ("updateMktDepthL2", "=1 reqId:i position:i marketMaker:t operation:i side:i price:d size:d isSmartDepth:b"),
    14: ("newsBulletin", "=1 msgId:i msgType:i text:T exchange:t"),
    15: ("managedAccounts", "=1 accounts:T"),
    16: ("receiveFA", "=1 faDataType:i xml:T"),
    17: ("historicalData", f"reqId:i start:T end:T bars*[ {_BAR} ]"),
    19: ("scannerParameters", "=1 xml:T"),
    20: (
        "scannerData",
        "=3 reqId:i rows*[ rank:i conId:i symbol:T secType:T lastTradeDate:t strike:d right:t exchange:T currency:T localSymbol:t marketName:t tradingClass:t"
        " distance:t benchmark:t projection:t legs:t ]",
    ),
    21: ("tickOptionComputation", "reqId:i tickType:i attributes:i iv:d delta:d optPrice:d pvDividend:d gamma:d vega:d theta:d undPrice:d"),
    45: ("tickGeneric", "=6 reqId:i tickType:i value:d"),
    46: ("tickString", "=6 reqId:i tickType:i value:t"),
    49: ("currentTime", "=1 time:i"),
    50: ("realtimeBar", "=3 reqId:i time:i open:d high:d low:d close:d volume:d wap:d count:i"),
    51: ("fundamentalData", "=1 reqId:i xml:T"),
    52: ("contractDetailsEnd", "=1 reqId:i"),
    53: ("openOrderEnd", "=1"),
    54: ("accountDownloadEnd", "=1 account:T"),
    55: ("execDetailsEnd", "=1 reqId:i"),
    57: ("tickSnapshotEnd", "=1 reqId:i"),
    58: ("marketDataType", "=1 reqId:i type:i"),
    59: ("commissionReport", "=1 execId:T commission:d currency:T realizedPNL:U yield:U redemption:I"),
    61: ("position", f"=3 account:T {C11} position:d avgCost:d"),
    62: ("positionEnd", "=1"),
    63: ("accountSummary", "=1 reqId:i account:T tag:T value:t currency:t"),
    64: ("accountSummaryEnd", "=1 reqId:i"),
    67: ("displayGroupList", "=1 reqId:i groups:T"),
    68: ("displayGroupUpdated", "=1 reqId:i contract:T"),
    71: ("positionMulti", f"=1 reqId:i account:T {C11} position:d avgCost:d modelCode:t"),
    72: ("positionMultiEnd", "=1 reqId:i"),
    73: ("accountUpdateMulti", "=1 reqId:i account:T modelCode:t key:T value:t currency:t"),
    74: ("accountUpdateMultiEnd", "=1 reqId:i"),
    75: ("securityDefinitionOptionParameter", "reqId:i exchange:T underConId:i tradingClass:T multiplier:T expiries*[ expiry:T ] strikes*[ strike:d ]"),
    76: ("securityDefinitionOptionParameterEnd", "reqId:i"),
    77: ("softDollarTiers", "reqId:i tiers*[ name:T value:t display:t ]"),
    78: ("familyCodes", "codes*[ account:T code:t ]"),
    79: ("symbolSamples", "reqId:i samples*[ conId:i symbol:T secType:T primaryExch:t currency:t derivatives*[ secType:T ] description:t issuerId:t ]"),
    80: ("mktDepthExchanges", "exchanges*[ exchange:T secType:T listingExch:t serviceDataType:T aggGroup:i ]"),
    81: ("tickReqParams", "reqId:i minTick:d bboExchange:t snapshotPermissions:i"),
    82: ("smartComponents", "reqId:i components*[ bit:i exchange:T letter:T ]"),
    83: ("newsArticle", "reqId:i type:i text:t"),
    84: ("tickNews", "reqId:i epochMs:i provider:T articleId:T headline:T extra:t"),
    85: ("newsProviders", "providers*[ code:T name:T ]"),
    86: ("historicalNews", "reqId:i time:T provider:T articleId:T headline:T"),
    87: ("historicalNewsEnd", "reqId:i hasMore:b"),
    88: ("headTimestamp", "reqId:i time:T"),
    89: ("histogramData", "reqId:i entries*[ price:d size:i ]"),
    90: ("historicalDataUpdate", "reqId:i barCount:i date:T open:d close:d high:d low:d wap:d volume:d"),
    93: ("marketRule", "ruleId:i increments*[ lowEdge:d increment:d ]"),
    94: ("pnl", "reqId:i daily:U unrealized:U realized:U"),
    95: ("pnlSingle", "reqId:i position:d daily:U unrealized:U realized:U value:U"),
    96: ("historicalTicks", "reqId:i ticks*[ time:i =0 price:d size:d ] done:b"),
    97: ("historicalTicksBidAsk", "reqId:i ticks*[ time:i mask:i bid:d ask:d bidSize:d askSize:d ] done:b"),
    98: ("historicalTicksLast", "reqId:i ticks*[ time:i mask:i price:d size:d exchange:T conditions:t ] done:b"),
    99: (
        "tickByTick",
        "reqId:i type:i time:i ?type=1[ price:d size:d mask:i exchange:T conditions:t ] ?type=2[ price:d size:d mask:i exchange:T conditions:t ]"
        " ?type=3[ bid:d ask:d bidSize:d askSize:d mask:i ] ?type=4[ midpoint:d ]",
    ),
    100: ("orderBound", "permId:i clientId:i orderId:i"),
    101: ("completedOrder", COMPLETED_ORDER),
    102: ("completedOrdersEnd", ""),
    103: ("replaceFAEnd", "reqId:i text:t"),
    106: ("historicalSchedule", "reqId:i start:t end:t zone:T sessions*[ start:T end:T refDate:T ]"),
    107: ("userInfo", "reqId:i whiteBrandingId:t"),
}

_INT = re.compile(r"-?\d+\Z")
_NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?\Z")


class Mismatch(Exception):
    """A message that is not as the facts say."""


def _scalar(kind, name, field):
    def wrong(what):
        return Mismatch(f"{name}: {field[:60]!r} is not {what}")

    if kind in "tT":
        if kind == "T" and field == "":
            raise wrong("text")
        return field
    if field == "" and kind in "IDBV":
        return None
    if kind in "UV" and field == UNSET_DOUBLE or kind == "J" and field == UNSET_INT or kind == "L" and field == UNSET_LONG:
        return None
    if kind in "bB":
        if field not in ("0", "1"):
            raise wrong("0 or 1")
        return field == "1"
    if kind in "iIJL":
        if not _INT.match(field):
            raise wrong("a whole number")
        # the sentinels mean "unset" wherever they stand: a required number may not be one
        if field in (UNSET_INT, UNSET_LONG):
            raise wrong("a number that is set")
        return int(field)
    if not _NUMBER.match(field) or abs(float(field)) > 1e300:
        raise wrong("a number")
    return float(field)


def _holds(test, values):
    name, sign, wanted = re.match(r"(\w+)([=!>])(.*)\Z", test).groups()
    wanted = wanted.replace("~", " ")
    value = values[name]
    if sign == ">":
        return (value or 0) > float(wanted)
    if isinstance(value, list):
        value = len(value)
    elif isinstance(value, bool):
        value = int(value)
    return (str(value) == wanted) == (sign == "=")


def _closing(tokens, start):
    depth = 0
    for place in range(start, len(tokens)):
        depth += tokens[place].endswith("[") - (tokens[place] == "]")
        if depth == 0:
            return place
    raise ValueError("a group is not closed")


def _walk(tokens, fields, version, values):
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if token.endswith("["):
            end = _closing(tokens, place)
            inner, head = tokens[place + 1 : end], token[:-1]
            place = end + 1
            if head.endswith("*"):
                name = head[:-1]
                count = _scalar("i", name, _next(fields, name))
                if count < 0:
                    raise Mismatch(f"{name}: {count} is not a count")
                values[name] = []
                for _ in range(count):
                    group = {}
                    _walk(inner, fields, version, group)
                    values[name].append(group)
            elif head.startswith("@"):
                if version >= int(head[1:]):
                    _walk(inner, fields, version, values)
            elif _holds(head[1:], values):
                _walk(inner, fields, version, values)
            continue
        place += 1
        if token.startswith("="):
            field = _next(fields, token)
            if field != token[1:]:
                raise Mismatch(f"{field!r} stands where {token[1:]!r} must")
            continue
        name, kind = token.split(":")
        values[name] = _scalar(kind, name, _next(fields, name))


def _next(fields, name):
    field = next(fields, None)
    if field is None:
        raise Mismatch(f"the message ends before {name}")
    return field


_TOKENS = {number: (name, row.split()) for number, (name, row) in MESSAGES.items()}


def read(fields, version):
    """The message as a dict: its kind, how many fields it had, and each of them by name."""
    if not fields or not _INT.match(fields[0]) or int(fields[0]) not in _TOKENS:
        raise Mismatch(f"no message has the number {fields[:1]!r}")
    kind, tokens = _TOKENS[int(fields[0])]
    values = {"kind": kind, "length": len(fields)}
    rest = iter(fields[1:])
    try:
        _walk(tokens, rest, version, values)
        left = len(list(rest))
        if left:
            raise Mismatch(f"{left} fields too many")
    except Mismatch as error:
        raise Mismatch(f"{kind} of {len(fields)} fields: {error}: {'|'.join(fields)[:400]}") from None
    return values
