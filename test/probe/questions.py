"""The part of the walk that asks: contracts, market data, history, accounts, and requests that cannot be served."""

import struct
import time

APPLE_KEYS = (265598, "AAPL", "STK")
# C12 of facts §1.2; the second names it by symbol alone, as most clients do
APPLE = ["", "AAPL", "STK", "", "", "", "", "SMART", "NASDAQ", "USD", "", ""]
EURO = ["", "EUR", "CASH", "", "", "", "", "IDEALPRO", "", "USD", "", ""]


def contracts(client, checks):
    client.send(9, 8, 101, *APPLE, 0, "", "", "")
    got = client.end_of("contractDetailsEnd", reqId=101)
    checks.equal([m["kind"] for m in got], ["contractDetails", "contractDetailsEnd"], "one contract and the end")
    details = got[0]
    plain = 40 + (client.version >= 182) + (client.version >= 186)
    extra = 2 * len(details["secIds"]) + 2 * len(details.get("reasons", []))
    checks.equal(details["length"] - extra, plain, "fields of contractDetails")
    checks.equal((details["conId"], details["symbol"], details["secType"]), APPLE_KEYS, "the contract")
    checks.equal((details["strike"], details["right"], details["multiplier"]), (0, "", ""), "a stock has no strike, right, multiplier")
    checks.ok("SMART" in details["validExchanges"].split(","), "SMART is a valid exchange")
    checks.equal(len(details["marketRuleIds"].split(",")), len(details["validExchanges"].split(",")), "a market rule for each exchange")
    checks.ok(details["minTick"] > 0, "the minimum tick")
    for name in ("tradingHours", "liquidHours"):
        for session in details[name].split(";"):
            start, _, end = session.partition("-")
            ok = session.endswith(":CLOSED") or (len(start) == len(end) == 13 and start < end)
            checks.ok(ok, f"a session of {name} is yyyyMMdd:HHmm-yyyyMMdd:HHmm or CLOSED", session)
    client.send(91, details["marketRuleIds"].split(",")[0])
    rule = client.end_of("marketRule")[-1]
    edges = [step["lowEdge"] for step in rule["increments"]]
    checks.ok(edges == sorted(edges) and edges[0] == 0, "a market rule begins at 0 and ascends", edges)
    client.send(9, 8, 102, *EURO, 0, "", "", "")
    euro = client.end_of("contractDetailsEnd", reqId=102)[0]
    checks.equal((euro["symbol"], euro["secType"], euro["currency"]), ("EUR", "CASH", "USD"), "a currency pair")
    client.send(9, 8, 103, "", "NOSUCHSYMBOL", "STK", "", "", "", "", "SMART", "", "USD", "", "", 0, "", "", "")
    client.error(103, 200)
    client.send(81, 104, "AAPL")
    samples = client.end_of("symbolSamples", reqId=104)[-1]["samples"]
    checks.ok(any(s["conId"] == 265598 for s in samples) and len(samples) <= 16, "a symbol is found", samples)
    client.send(78, 105, "AAPL", "", "STK", 265598)
    chain = client.end_of("securityDefinitionOptionParameterEnd", reqId=105)[:-1]
    checks.ok(chain and all(row["underConId"] == 265598 for row in chain), "an option chain")
    expiry = sorted(group["expiry"] for group in chain[0]["expiries"])[-1]
    strikes = sorted(group["strike"] for group in chain[0]["strikes"])
    strike = f"{strikes[len(strikes) // 2]:g}"
    client.send(9, 8, 106, "", "AAPL", "OPT", expiry, strike, "C", "100", "SMART", "", "USD", "", "", 0, "", "", "")
    option = client.end_of("contractDetailsEnd", reqId=106)[0]
    checks.equal((option["strike"], option["right"], option["multiplier"], option["underConId"]), (float(strike), "C", "100", 265598), "an option of the chain")
    client.send(80)
    checks.equal([row["account"] for row in client.end_of("familyCodes")[-1]["codes"]], client.accounts, "family codes name the accounts")
    client.send(82)
    checks.ok(client.end_of("mktDepthExchanges")[-1]["exchanges"], "exchanges with depth")
    client.send(85)
    checks.ok(client.end_of("newsProviders")[-1]["providers"], "news providers")
    client.send(104, 107)
    client.end_of("userInfo", reqId=107)
    client.send(79, 108)
    client.end_of("softDollarTiers", reqId=108)
    client.send(67, 1, 109)
    client.end_of("displayGroupList", reqId=109)
    client.send(83, 110, "9c0001")
    client.end_of("smartComponents", reqId=110)


def quotes(client, checks):
    client.send(1, 11, 201, *APPLE, 0, "", 1, 0, "")
    got = client.end_of("tickSnapshotEnd", reqId=201)
    prices = {m["tickType"]: m["price"] for m in got if m["kind"] == "tickPrice"}
    checks.ok({1, 2, 4} <= set(prices), "a snapshot has bid, ask and last", prices)
    checks.ok(prices[1] <= prices[4] <= prices[2], "bid, last and ask are in sequence", prices)
    checks.ok(all(m["price"] > 0 and m["size"] >= 0 for m in got if m["kind"] == "tickPrice"), "prices are above zero")
    client.bid, client.ask = prices[1], prices[2]
    # a stream tells what is known at once, then goes on; a cancelled one says no more
    client.send(1, 11, 202, *APPLE, 0, "233", 0, 0, "")
    got = client.until(lambda m: m["kind"] == "tickPrice" and m["tickType"] == 2, "the ask of a stream")
    checks.ok(any(m["kind"] == "marketDataType" and m["reqId"] == 202 and m["type"] == 1 for m in got), "a stream says that it is live")
    checks.ok(any(m["kind"] == "tickReqParams" and m["reqId"] == 202 and m["minTick"] > 0 for m in got), "a stream tells its parameters")
    client.until(lambda m: m["kind"] in ("tickPrice", "tickSize") and m["reqId"] == 202, "another tick")
    # a quiet market changes its sizes only
    quote = {"tickPrice": (1, 2, 4), "tickSize": (0, 3, 5)}
    for _ in range(3):
        tick = client.until(lambda m: m["kind"] in quote and m["tickType"] in quote[m["kind"]], "a change of the quote")[-1]
        checks.ok(tick["kind"] == "tickSize" or abs(tick["price"] / prices[4] - 1) < 0.05, "a stream stays near the snapshot", tick)
    client.send(1, 11, 202, *APPLE, 0, "", 0, 0, "")
    client.error(202, 102)
    client.send(2, 2, 202)
    client.settled()
    time.sleep(0.6)
    late = [m for m in client.settled() if m.get("reqId") == 202]
    checks.equal(late, [], "a cancelled stream is silent")
    client.send(2, 2, 202)
    client.error(202, 300)
    client.send(1, 11, 203, "", "NOSUCHSYMBOL", "STK", "", "", "", "", "SMART", "", "USD", "", "", 0, "", 0, 0, "")
    client.error(203, 200)
    client.send(1, 11, 204, *APPLE, 0, "233", 1, 0, "")
    client.error(204, 414, 321)
    client.send(10, 5, 205, *APPLE, 5, 0, "")
    rows = client.until(lambda m: m["kind"].startswith("updateMktDepth") and m["position"] == 4, "five rows of depth")
    checks.ok(all(m["operation"] in (0, 1, 2) and m["side"] in (0, 1) for m in rows if m["kind"].startswith("updateMktDepth")), "rows of depth")
    client.send(11, 1, 205, 0)
    client.send(97, 206, *APPLE, "BidAsk", 0, 0)
    tick = client.until(lambda m: m["kind"] == "tickByTick" and m["reqId"] == 206, "a tick")[-1]
    checks.equal(tick["type"], 3, "a tick of bid and ask")
    client.send(98, 206)
    client.send(50, 3, 207, *EURO, 5, "MIDPOINT", 0, "")
    bar = client.end_of("realtimeBar", reqId=207)[-1]
    checks.ok(bar["kind"] == "realtimeBar" and bar["low"] <= min(bar["open"], bar["close"]) and bar["time"] % 5 == 0, "a five-second bar", bar)
    client.send(51, 1, 207)
    client.settled()


def history(client, checks):
    client.send(20, 301, *APPLE, 0, "", "1 day", "10 D", 1, "SCHEDULE", 1, 0, "")
    schedule = client.end_of("historicalSchedule", reqId=301)[-1]
    sessions = schedule["sessions"]
    checks.ok(len(sessions) >= 5, "sessions of ten days", len(sessions))
    checks.ok(all(s["start"] < s["end"] and s["end"][:8] == s["refDate"] for s in sessions), "sessions end on their day", sessions)
    checks.equal(sessions, sorted(sessions, key=lambda s: s["start"]), "sessions ascend")
    day = sessions[-3]
    end = f"{day['end'].replace('-', ' ')} {schedule['zone']}"
    client.send(20, 302, *APPLE, 0, end, "5 mins", "1 D", 1, "TRADES", 1, 0, "")
    small = client.end_of("historicalData", reqId=302)[-1]["bars"]
    hours = (int(day["end"][9:11]) * 60 + int(day["end"][12:14])) - (int(day["start"][9:11]) * 60 + int(day["start"][12:14]))
    checks.equal(len(small), hours // 5, "bars of five minutes in a session")
    checks.equal(small[0]["date"].split()[:2], day["start"].split("-"), "the first bar opens the session")
    checks.ok(all(b["date"].split()[2] == schedule["zone"] for b in small), "bars name their zone", small[0])
    dates = [b["date"] for b in small]
    checks.equal(dates, sorted(set(dates)), "bars ascend")
    for bar in small:
        checks.ok(bar["low"] <= min(bar["open"], bar["close"]) <= max(bar["open"], bar["close"]) <= bar["high"], "open and close are between low and high", bar)
        checks.ok(bar["low"] <= bar["wap"] <= bar["high"] and bar["volume"] > 0 and bar["barCount"] > 0, "average, volume and count of a bar", bar)
    client.send(20, 303, *APPLE, 0, end, "1 day", "1 D", 1, "TRADES", 2, 0, "")
    (whole,) = client.end_of("historicalData", reqId=303)[-1]["bars"]
    checks.equal(whole["date"], day["refDate"], "a daily bar has a date only")
    checks.equal((whole["open"], whole["close"]), (small[0]["open"], small[-1]["close"]), "a day opens with its first bar and closes with its last")
    checks.equal((whole["low"], whole["high"]), (min(b["low"] for b in small), max(b["high"] for b in small)), "a day spans its bars")
    checks.near(sum(b["volume"] for b in small), whole["volume"], 1e-9, "volumes add up to the day's")
    checks.near(sum(b["barCount"] for b in small), whole["barCount"], 1e-3, "counts add up to the day's")
    # an end in UTC, dates in seconds
    client.send(20, 304, *EURO, 0, "", "1 hour", "1 D", 0, "MIDPOINT", 2, 0, "")
    pair = client.end_of("historicalData", reqId=304)[-1]["bars"]
    seconds = [int(b["date"]) for b in pair]
    checks.ok(seconds == sorted(set(seconds)) and all(s % 900 == 0 for s in seconds), "bars of a pair ascend", seconds[:3])
    client.send(20, 305, *APPLE, 0, "", "7 mins", "1 D", 0, "TRADES", 2, 0, "")
    client.error(305, 321)
    client.send(87, 306, *APPLE, 0, 1, "TRADES", 2)
    head = client.end_of("headTimestamp", reqId=306)[-1]
    checks.ok(head["time"].isdigit() and 0 < int(head["time"]) < time.time(), "where the past begins, in seconds", head)
    client.send(87, 307, *APPLE, 0, 1, "TRADES", 1)
    text = client.end_of("headTimestamp", reqId=307)[-1]["time"]
    # IB says yyyyMMdd-HH:mm:ss, older gateways with a space
    checks.ok(text[:8].isdigit() and text[11] == text[14] == ":", "where the past begins, as text", text)
    start = f"{day['refDate']} 10:30:00 {schedule['zone']}"
    for number, shown, kind in ((308, "TRADES", "historicalTicksLast"), (309, "BID_ASK", "historicalTicksBidAsk"), (310, "MIDPOINT", "historicalTicks")):
        client.send(96, number, *APPLE, 0, start, "", 50, shown, 1, 0, "")
        answer = client.end_of(kind, reqId=number)[-1]
        times = [tick["time"] for tick in answer["ticks"]]
        # a second's ticks are told whole, so that there may be a few more than were asked for
        checks.ok(answer["done"] and len(times) >= 50 and times == sorted(times), f"ticks of {shown}", len(times))
    client.send(20, 311, *APPLE, 0, "", "1 min", "600 S", 0, "TRADES", 2, 1, "")
    client.end_of("historicalData", reqId=311)
    update = client.end_of("historicalDataUpdate", reqId=311)[-1]
    checks.ok(update["low"] <= min(update["open"], update["close"]) <= max(update["open"], update["close"]) <= update["high"], "a bar that is kept up to date", update)
    client.send(25, 1, 311)
    client.settled()


def money(client, checks):
    account = client.accounts[0]
    tags = "NetLiquidation,TotalCashValue,BuyingPower,AvailableFunds"
    client.send(62, 1, 401, "All", tags)
    got = client.end_of("accountSummaryEnd", reqId=401)
    rows = {(m["account"], m["tag"]): m for m in got if m["kind"] == "accountSummary"}
    checks.equal(sorted(rows), sorted((name, tag) for name in client.accounts for tag in tags.split(",")), "a summary has every tag of every account")
    checks.ok(all(float(m["value"]) >= 0 and m["currency"] for m in rows.values()), "figures of a summary", rows)
    client.send(63, 1, 401)
    client.send(6, 2, 1, account)
    got = client.end_of("accountDownloadEnd", account=account)
    values = {(m["key"], m["currency"]): m["value"] for m in got if m["kind"] == "updateAccountValue"}
    (worth,) = [float(value) for (key, _), value in values.items() if key == "NetLiquidation"]
    (cash,) = [float(value) for (key, _), value in values.items() if key == "TotalCashValue"]
    held = sum(m["marketValue"] for m in got if m["kind"] == "updatePortfolio")
    checks.near(cash + held, worth, 0.002, "cash and positions are the net liquidation")
    for row in (m for m in got if m["kind"] == "updatePortfolio"):
        checks.near(row["position"] * row["marketPrice"], row["marketValue"], 1e-3, "size times price is the value")
        checks.ok(row["symbol"] == "AAPL" and row["primaryExch"] and row["averageCost"] > 0 and row["account"] == account, "a position of the portfolio", row)
    clocks = [m["time"] for m in got if m["kind"] == "updateAccountTime"]
    checks.ok(clocks and all(len(c) == 5 and c[2] == ":" for c in clocks), "account time is HH:mm", clocks)
    client.send(6, 2, 0, account)
    client.send(76, 1, 402, account, "", 1)
    got = client.end_of("accountUpdateMultiEnd", reqId=402)
    checks.ok(any(m["kind"] == "accountUpdateMulti" and m["account"] == account for m in got), "values of one account")
    client.send(77, 1, 402)
    client.send(74, 1, 403, account, "")
    client.end_of("positionMultiEnd", reqId=403)
    client.send(75, 1, 403)
    client.send(92, 404, account, "")
    client.end_of("pnl", reqId=404)
    client.send(93, 404)
    client.send(94, 405, account, "", 265598)
    client.end_of("pnlSingle", reqId=405)
    client.send(95, 405)
    client.send(92, 406, "NOSUCHACCOUNT", "")
    client.error(406, 321)
    client.send(17, 1)
    checks.equal(client.end_of("managedAccounts")[-1]["accounts"].rstrip(",").split(","), client.accounts, "the accounts are told again")


def refusals(client, checks):
    """What may be data or a refusal, as subscriptions go: the answer has the id of the request and is whole."""
    for fields, kind in (
        ((84, 501, "BRFG", "BRFG$0", ""), "newsArticle"),
        ((86, 502, 265598, "BRFG", "", "", 5, ""), "historicalNewsEnd"),
        ((88, 503, *APPLE, 0, 1, "3 days"), "histogramData"),
        ((52, 2, 504, 265598, "AAPL", "STK", "SMART", "NASDAQ", "USD", "AAPL", "ReportSnapshot", ""), "fundamentalData"),
        ((22, 505, 10, "STK", "STK.US.MAJOR", "TOP_PERC_GAIN", *[""] * 13, 0, "", "", "", "", ""), "scannerData"),
    ):
        client.send(*fields)
        last = client.end_of(kind, reqId=int(fields[2] if fields[0] == 52 else fields[1]))[-1]
        checks.ok(last["kind"] == kind or last["code"] >= 200, f"{kind} or a refusal", last)
    client.send(23, 1, 505)
    client.settled()


def spoilt(client, checks):
    """Frames that are not requests are answered 320 or 321, and the connection lives on."""
    for what, fields in (
        ("an unknown number", (9999, 1, 2)),
        ("a number that is none", ("hello", 1)),
        ("too few fields", (9, 8, 601, *APPLE)),
        ("too many fields", (9, 8, 602, *APPLE, 0, "", "", "", "", "")),
        ("an id that is none", (9, 8, "x", *APPLE, 0, "", "", "")),
        ("nothing at all", ("",)),
    ):
        client.send(*fields)
        got = client.until(lambda m: m["kind"] == "error", what)
        checks.ok(got[-1]["code"] in (320, 321) and got[-1]["id"] in (-1, 601, 602), f"{what} is refused", got[-1])
        client.settled()
    raw = b"49\0001"
    client.socket.sendall(struct.pack(">I", len(raw)) + raw)
    client.until(lambda m: m["kind"] == "error" and m["code"] in (320, 321), "a last field without an end")
    client.socket.sendall(struct.pack(">I", 0))
    client.until(lambda m: m["kind"] == "error" and m["code"] in (320, 321), "an empty frame")
    moment = client.settled()[-1]
    checks.ok(moment["time"] > 1_500_000_000, "the time", moment)


walks = [contracts, quotes, history, money, refusals, spoilt]
