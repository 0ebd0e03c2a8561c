"""The part of the walk that trades."""

from questions import APPLE

FINAL = ("Filled", "Cancelled", "ApiCancelled", "Inactive")
LIVE = ("ApiPending", "PendingSubmit", "PreSubmitted", "Submitted")
# fields of a plain openOrder and completedOrder that came after 178 (facts §1.7)
OPEN_MORE = (183, 184, 185, 189, 193, 193)
COMPLETED_MORE = (183, 184)


def _order(version, order_id, **terms):
    """PLACE_ORDER by the places of facts §1.6: 114 fields at 178."""
    places = {
        "action": 16, "totalQuantity": 17, "orderType": 18, "lmtPrice": 19, "auxPrice": 20, "tif": 21, "ocaGroup": 22, "account": 23,
        "orderRef": 26, "transmit": 27, "parentId": 28, "outsideRth": 33, "ocaType": 46, "whatIf": 84,
    }  # fmt: skip
    fields = [""] * 114
    fields[0], fields[1] = 3, order_id
    fields[2:14] = APPLE
    given = {"action": "BUY", "totalQuantity": 100, "orderType": "MKT", "tif": "DAY", "transmit": 1, **terms}
    for name, value in given.items():
        fields[places[name]] = value
    # zeros where clients send them
    for place in (25, 29, 30, 32, 33, 34, 43, 49, 52, 53, 61, 66, 77, 80, 81, 84, 86, 87, 88, 89, 106, 107):
        if fields[place] == "":
            fields[place] = 0
    # one field each, but for 187 to 189, which had two (facts §1.7)
    fields += [""] * (version >= 183) + [0] * (version >= 184) + (["", ""] if 187 <= version <= 189 else [])
    return fields + [0] * (version >= 189) + [""] * (version >= 192)


def _cancel(version, order_id):
    if version >= 192:
        return [4, order_id, "", "", ""]
    return [4, 1, order_id, ""] + (["", "", ""] if 187 <= version <= 189 else [])


def _new_id(client):
    order_id = client.next_id
    client.next_id += 1
    return order_id


def _place(client, **terms):
    order_id = _new_id(client)
    client.send(*_order(client.version, order_id, **terms))
    return order_id


def _about(messages, order_id):
    return [m for m in messages if m.get("orderId") == order_id or m["kind"] == "error" and m["id"] == order_id]


def _status(client, order_id, *wanted):
    return client.until(lambda m: m["kind"] == "orderStatus" and m["orderId"] == order_id and m["status"] in wanted, f"{wanted} of order {order_id}")


def _positions(client):
    client.send(61, 1)
    got = client.end_of("positionEnd")
    client.send(64, 1)
    return {(m["account"], m["conId"]): m["position"] for m in got if m["kind"] == "position"}


def _open(client, request=5):
    client.send(request, 1)
    got = client.end_of("openOrderEnd")
    shown = {(m["clientId"], m["orderId"]): m for m in got if m["kind"] == "openOrder"}
    told = {(m["clientId"], m["orderId"]): m for m in got if m["kind"] == "orderStatus"}
    return shown, told


def _check_plain(client, checks, message):
    more = sum(version <= client.version for version in OPEN_MORE)
    checks.equal(message["length"], 135 + more, "fields of a plain openOrder")
    checks.equal((message["conId"], message["symbol"], message["right"], message["strike"]), (265598, "AAPL", "?", 0), "its contract")
    checks.equal((message["deltaNeutralOrderType"], message["openClose2"], message["clearingIntent"], message["adjustedOrderType"]), ("None", "?", "IB", "None"), "its words")
    checks.equal((message["exemptCode"], message["minCompeteSize"], message["competeOffset"], message["dontUseAutoPriceForHedge"]), (-1, 100, 0.02, True), "its defaults")
    checks.equal((message["clientId"], message["permId"] > 0), (client.client_id, True), "whose it is")


def market_order(client, checks):
    before = _positions(client)
    account = client.accounts[0]
    order_id = _place(client, account=account, orderRef="probe 1")
    got = client.until(lambda m: m["kind"] == "commissionReport", "the commission")
    while not any(m["kind"] == "orderStatus" and m.get("orderId") == order_id and m["status"] == "Filled" for m in got):
        got.append(client.until(lambda m: True, "a filled order")[-1])
    got += client.settled()
    mine = _about(got, order_id)
    checks.equal([m for m in mine if m["kind"] == "error"], [], "no error")
    shown = [m for m in mine if m["kind"] == "openOrder"]
    checks.ok(bool(shown), "the order is shown")
    for message in shown:
        _check_plain(client, checks, message)
        checks.equal((message["orderRef"], message["account"], message["totalQuantity"]), ("probe 1", account, 100), "the order as it was sent")
    states = [m for m in mine if m["kind"] == "orderStatus"]
    checks.ok(all(m["filled"] + m["remaining"] == 100 for m in states), "filled and remaining are the whole", states)
    checks.ok(all(m["status"] in LIVE + ("Filled",) for m in states), "states of a market order", [m["status"] for m in states])
    fills = [m["filled"] for m in states]
    checks.equal(fills, sorted(fills), "what is filled never goes back")
    last = states[-1]
    checks.equal((last["status"], last["filled"], last["remaining"], last["whyHeld"]), ("Filled", 100, 0, ""), "the last state")
    checks.ok(last["avgFillPrice"] > 0 and last["lastFillPrice"] > 0, "a price of the fill", last)
    trades = [m for m in mine if m["kind"] == "execDetails"]
    checks.equal({m["reqId"] for m in trades}, {-1}, "trades are told unasked")
    checks.equal(sum(m["shares"] for m in trades), 100, "shares traded")
    checks.equal([m["cumQty"] for m in trades][-1], 100, "the last trade completes the order")
    checks.near(sum(m["shares"] * m["price"] for m in trades) / 100, last["avgFillPrice"], 1e-6, "the average price")
    checks.ok(all(m["side"] == "BOT" and m["permId"] == last["permId"] and m["account"] == account for m in trades), "sides of trades")
    checks.equal(len({m["execId"] for m in trades}), len(trades), "each trade has an id of its own")
    costs = [m for m in got if m["kind"] == "commissionReport"]
    checks.equal(sorted(m["execId"] for m in costs), sorted(m["execId"] for m in trades), "a commission for each trade")
    checks.ok(all(m["commission"] > 0 and m["currency"] == "USD" for m in costs), "commissions", costs)
    after = _positions(client)
    key = (account, 265598)
    checks.equal(after.get(key, 0) - before.get(key, 0), 100, "the position grows by what was bought")
    client.filled_id, client.filled_perm = order_id, last["permId"]
    client.trades = {m["execId"] for m in trades}


def limit_order(client, checks):
    low = round(client.bid * 0.9, 2)
    order_id = _place(client, orderType="LMT", lmtPrice=low, totalQuantity=10, tif="GTC")
    got = _status(client, order_id, "Submitted")
    (first, *_) = [m for m in _about(got, order_id) if m["kind"] == "openOrder"]
    _check_plain(client, checks, first)
    checks.equal((first["orderType"], first["lmtPrice"], first["auxPrice"], first["tif"]), ("LMT", low, first["auxPrice"], "GTC"), "terms of the order")
    checks.ok(first["status"] in LIVE, "the state of a resting order", first["status"])
    perm = first["permId"]
    low = round(low - 1, 2)
    client.send(*_order(client.version, order_id, orderType="LMT", lmtPrice=low, totalQuantity=20, tif="GTC"))
    changed = client.until(lambda m: m["kind"] == "openOrder" and m["orderId"] == order_id and m["lmtPrice"] == low, "the changed order")[-1]
    checks.equal((changed["totalQuantity"], changed["permId"]), (20, perm), "a changed order keeps its permanent id")
    client.settled()
    shown, told = _open(client)
    key = (client.client_id, order_id)
    checks.equal((shown[key]["lmtPrice"], told[key]["remaining"], told[key]["status"]), (low, 20, "Submitted"), "the open order")
    client.send(*_cancel(client.version, order_id))
    got = client.until(lambda m: m["kind"] == "error" and m["id"] == order_id, "202")
    checks.equal(got[-1]["code"], 202, "a cancelled order is confirmed")
    got += client.settled()
    states = [m["status"] for m in _about(got, order_id) if m["kind"] == "orderStatus"]
    checks.ok(states and states[-1] == "Cancelled" and set(states) <= {"PendingCancel", "Cancelled"}, "states of a cancel", states)
    shown, _ = _open(client)
    checks.ok(key not in shown, "a cancelled order is not open")
    client.cancelled_perm = perm


def refused_orders(client, checks):
    client.send(*_order(client.version, client.filled_id, orderType="LMT", lmtPrice=1))
    client.error(client.filled_id, 104, 103)
    taken = _place(client, orderType="LMT", lmtPrice=round(client.bid * 0.9, 2))
    _status(client, taken, "Submitted")
    client.send(*_order(client.version, taken, action="SELL", orderType="LMT", lmtPrice=round(client.bid * 0.9, 2)))
    client.error(taken, 105, 103)
    client.send(*_cancel(client.version, taken))
    client.error(taken, 202)
    client.send(*_order(client.version, taken))
    client.error(taken, 103, 104)
    client.send(*_cancel(client.version, 987654))
    client.error(987654, 10147)
    client.send(*_cancel(client.version, client.filled_id))
    client.error(client.filled_id, 10148)
    for terms, code in (
        ({"totalQuantity": 0}, (434, 321, 388)),
        ({"orderType": "LMT", "lmtPrice": 100.00001}, (110,)),
        ({"orderType": "NOSUCH"}, (387, 321)),
        ({"action": "HOLD"}, (321, 201)),
        ({"account": "NOSUCH"}, (321, 435, 201)),
    ):
        order_id = _place(client, **terms)
        client.error(order_id, *code)
    late = _place(client, orderType="LMT", lmtPrice=1, parentId=876543)
    client.error(late, 10006, 135, 201)
    client.settled()
    checks.equal(list(_open(client)[0]), [], "a refused order is not open")
    client.send(8, 1, 1)
    checks.ok(client.end_of("nextValidId")[-1]["id"] > client.filled_id, "the next order id is above those used")
    client.send(3, client.next_id, "too short")
    got = client.until(lambda m: m["kind"] == "error", "the refusal of half an order")[-1]
    checks.ok(got["code"] in (320, 321), "half an order is refused", got)


def bracket(client, checks):
    low = round(client.bid * 0.9, 2)
    parent = _place(client, orderType="LMT", lmtPrice=low, transmit=0)
    profit = _place(client, action="SELL", orderType="LMT", lmtPrice=round(low * 1.3, 2), parentId=parent, transmit=0)
    checks.equal([m["kind"] for m in client.settled() if m["kind"] != "currentTime" and m.get("orderId")], [], "held orders are not shown")
    checks.equal(list(_open(client)[0]), [], "held orders are not open")
    stop = _place(client, action="SELL", orderType="STP", auxPrice=round(low * 0.9, 2), parentId=parent, transmit=1)
    _status(client, stop, "PreSubmitted")
    client.settled()
    shown, told = _open(client)
    family = [(client.client_id, member) for member in (parent, profit, stop)]
    checks.equal(sorted(shown), sorted(family), "the last one transmitted releases all")
    checks.equal([shown[key]["parentId"] for key in family], [0, parent, parent], "children name their parent")
    checks.equal([told[key]["parentId"] for key in family], [0, parent, parent], "so do their states")
    checks.equal([told[key]["status"] for key in family], ["Submitted", "PreSubmitted", "PreSubmitted"], "children wait for their parent")
    client.send(*_cancel(client.version, parent))
    ended = set()
    while ended != {parent, profit, stop}:
        ended.add(client.until(lambda m: m["kind"] == "error" and m["id"] in (parent, profit, stop), "202 for a family")[-1]["id"])
    client.settled()
    checks.equal(list(_open(client)[0]), [], "with the parent its children are cancelled")
    # a parent that is filled sets its children free, and one of them filled cancels the other
    parent = _place(client, totalQuantity=10, transmit=0)
    profit = _place(client, action="SELL", totalQuantity=10, orderType="LMT", lmtPrice=round(client.ask * 1.2, 2), parentId=parent, transmit=0)
    stop = _place(client, action="SELL", totalQuantity=10, orderType="STP", auxPrice=round(client.bid * 0.8, 2), parentId=parent, transmit=1)
    _status(client, parent, "Filled")
    client.until(lambda m: m["kind"] == "orderStatus" and m["orderId"] == profit and m["status"] == "Submitted", "the profit taker at work")
    client.settled()
    _, told = _open(client)
    checks.equal({key[1]: m["status"] for key, m in told.items()}, {profit: "Submitted", stop: "PreSubmitted"}, "children after their parent is filled")
    client.send(*_order(client.version, profit, action="SELL", totalQuantity=10, orderType="LMT", lmtPrice=round(client.bid * 0.98, 2), parentId=parent))
    _status(client, profit, "Filled")
    client.error(stop, 202)
    client.settled()
    checks.equal(list(_open(client)[0]), [], "nothing of a bracket is left")


def what_if(client, checks):
    order_id = _place(client, whatIf=1, totalQuantity=10)
    got = client.until(lambda m: m["kind"] == "openOrder" and m["orderId"] == order_id, "the preview")
    got += client.settled()
    mine = _about(got, order_id)
    checks.equal([m["kind"] for m in mine], ["openOrder"], "a preview is one openOrder")
    (preview,) = mine
    checks.equal((preview["whatIf"], preview["status"]), (True, "PreSubmitted"), "a preview says so")
    for name in ("initMargin", "maintMargin", "equity"):
        before, change, after = (preview[f"{name}{when}"] for when in ("Before", "Change", "After"))
        checks.ok(None not in (before, change, after), f"{name} is told", (before, change, after))
        checks.ok(abs(before + change - after) < 0.02, f"{name} adds up", (before, change, after))
    costs = [preview[name] for name in ("commission", "minCommission", "maxCommission")]
    checks.ok(any(cost is not None and cost > 0 for cost in costs), "its costs", costs)
    checks.equal(list(_open(client)[0]), [], "a preview is not open")


def done(client, checks):
    client.send(99, 0)
    got = {m["permId"]: m for m in client.end_of("completedOrdersEnd") if m["kind"] == "completedOrder"}
    more = sum(version <= client.version for version in COMPLETED_MORE)
    checks.ok({client.filled_perm, client.cancelled_perm} <= set(got), "what was filled and what was cancelled is completed")
    filled, cancelled = got[client.filled_perm], got[client.cancelled_perm]
    checks.equal((filled["length"], cancelled["length"]), (100 + more, 100 + more), "fields of a plain completedOrder")
    checks.equal((filled["status"], filled["filledQuantity"]), ("Filled", 100), "the filled one")
    checks.equal((cancelled["status"], cancelled["filledQuantity"]), ("Cancelled", 0), "the cancelled one")
    checks.ok(len(filled["completedTime"].split(" ")) >= 3, "a time with a zone", filled["completedTime"])
    client.send(7, 3, 701, "", "", "", "AAPL", "", "", "")
    got = client.end_of("execDetailsEnd", reqId=701)[:-1]
    checks.ok(all(m["kind"] == "execDetails" and m["reqId"] == 701 for m in got), "trades have the id of the request")
    checks.ok(client.trades <= {m["execId"] for m in got}, "the trade is among them")
    costs = {m["execId"] for m in client.settled() if m["kind"] == "commissionReport"}
    checks.ok(client.trades <= costs, "its commission follows")
    client.send(7, 3, 702, "", "", "", "AAPL", "", "", "SELL")
    got = client.end_of("execDetailsEnd", reqId=702)[:-1]
    checks.ok(got and {m["side"] for m in got} == {"SLD"}, "trades of one side", got)
    client.settled()


def ownership(client, other, checks):
    mine = _place(client, orderType="LMT", lmtPrice=round(client.bid * 0.9, 2))
    _status(client, mine, "Submitted")
    heard = [m for m in other.settled() if m.get("orderId") == mine]
    checks.equal(heard, [], "another client is not told of the order")
    checks.equal(list(_open(other)[0]), [], "nor is it among its open orders")
    other.send(*_cancel(other.version, mine))
    other.error(mine, 10147)
    shown, told = _open(other, 16)
    key = (client.client_id, mine)
    checks.ok(key in shown and key in told, "all open orders are shown to everyone", list(shown))
    other.send(15, 1, 1)
    other.error(-1, 327)
    # an id that was shown cannot be new
    other.send(*_order(other.version, mine, orderType="LMT", lmtPrice=1))
    other.error(mine, 103)
    other.send(8, 1, 1)
    checks.ok(other.end_of("nextValidId")[-1]["id"] > mine, "the next order id is above those shown")
    client.send(*_cancel(client.version, mine))
    client.error(mine, 202)


def everything_cancelled(client, other, checks):
    mine = _place(client, orderType="LMT", lmtPrice=round(client.bid * 0.9, 2))
    _status(client, mine, "Submitted")
    other.send(*([58, "", ""] if other.version >= 192 else [58, 1]))
    _status(client, mine, "Cancelled")
    client.error(mine, 202)
    checks.equal(list(_open(client, 16)[0]), [], "nothing is left")


walks = [market_order, limit_order, refused_orders, bracket, what_if, done]
walks_of_two = [ownership, everything_cancelled]
