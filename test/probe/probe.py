"""Walks a simulated gateway as a foreign client would, and checks every field it is told.

usage: probe.py PORT LOWEST HIGHEST EXPECTED   (versions announced, version that must be agreed on)

Prints `ok N checks`, or each failure, and ends with 1. Python's own library only; nothing is shared with the gateway.
"""

import sys

import orders
import questions
from client import Client


# a walk that does not meet these has not looked
SEEN = set(
    "tickPrice tickSize tickString tickByTick tickReqParams tickSnapshotEnd marketDataType realtimeBar orderStatus openOrder openOrderEnd error nextValidId"
    " managedAccounts updateAccountValue updatePortfolio updateAccountTime accountDownloadEnd contractDetails contractDetailsEnd execDetails execDetailsEnd"
    " commissionReport historicalData historicalDataUpdate headTimestamp historicalTicks historicalTicksBidAsk historicalTicksLast historicalSchedule"
    " currentTime position positionEnd positionMulti positionMultiEnd accountSummary accountSummaryEnd accountUpdateMulti accountUpdateMultiEnd"
    " securityDefinitionOptionParameter securityDefinitionOptionParameterEnd symbolSamples familyCodes mktDepthExchanges newsProviders softDollarTiers"
    " displayGroupList smartComponents marketRule userInfo pnl pnlSingle completedOrder completedOrdersEnd".split()
)


class Checks:
    """Counts what holds and remembers what does not."""

    def __init__(self):
        self.passed = 0
        self.failures = []

    def ok(self, fact, what, seen=""):
        if fact:
            self.passed += 1
        else:
            self.failed(f"{what}: {seen!r}" if seen != "" else what)
        return fact

    def equal(self, seen, wanted, what):
        return self.ok(seen == wanted, f"{what}: {wanted!r} is wanted", seen)

    def near(self, seen, wanted, share, what):
        return self.ok(seen is not None and abs(seen - wanted) <= abs(wanted) * share, f"{what}: about {wanted} is wanted", seen)

    def failed(self, what):
        self.failures.append(what)

    def report(self, last=None):
        lines = self.failures + ([last] if last else [])
        return "\n".join(f"not ok {line}" for line in lines) + f"\n{self.passed} checks held, {len(lines)} did not"


def greet(checks, port, lowest, highest, expected):
    client = Client(port, lowest, highest, checks)
    checks.equal(client.version, expected, "the version agreed on")
    parts = client.server_time.split(" ")
    checks.ok(len(parts) >= 3 and len(parts[0]) == 8 and parts[0].isdigit(), "the connection time is yyyyMMdd HH:mm:ss zone", client.server_time)
    client.login(7)
    got = client.until(lambda m: m["kind"] == "error" and m["code"] == 2158, "the farm notices")
    kinds = [m["kind"] for m in got]
    checks.equal(sorted(set(kinds) - {"error"}), ["managedAccounts", "nextValidId"], "what a login is told")
    notices = [m for m in got if m["kind"] == "error"]
    checks.ok(all(m["id"] == -1 and m["reject"] == "" for m in notices), "notices have the id -1", notices)
    checks.ok({2104, 2158} <= {m["code"] for m in notices} <= {2104, 2106, 2107, 2158}, "notices of the farms", notices)
    client.accounts = next(m for m in got if m["kind"] == "managedAccounts")["accounts"].rstrip(",").split(",")
    client.next_id = next(m for m in got if m["kind"] == "nextValidId")["id"]
    checks.ok(client.next_id >= 1, "an order id is positive", client.next_id)
    return client


def refuse_greetings(checks, port, expected):
    """A client too old or too new is dropped without an answer."""
    for lowest, highest in ((100, 120), (expected + 50, expected + 60)):
        try:
            Client(port, lowest, highest, checks)
        except Exception as error:
            checks.equal(type(error).__name__ in ("Gone", "ConnectionResetError"), True, f"v{lowest}..{highest} is dropped")
        else:
            checks.failed(f"v{lowest}..{highest} was taken")


def refuse_used_id(checks, port, lowest, highest):
    twin = Client(port, lowest, highest, checks).login(7)
    checks.ok(twin.is_cut(), "a client with an id in use is disconnected")
    checks.equal([(m["kind"], m.get("id"), m.get("code")) for m in twin.seen], [("error", -1, 326)], "a client with an id in use is told")


def main(port, lowest, highest, expected):
    checks = Checks()
    client = greet(checks, port, lowest, highest, expected)
    refuse_greetings(checks, port, expected)
    refuse_used_id(checks, port, lowest, highest)
    # accounts are asked for before there are positions and again when there are some
    for walk in questions.walks + orders.walks + [questions.money]:
        walk(client, checks)
    other = Client(port, lowest, highest, checks).login(8)
    other.next_id = other.end_of("nextValidId")[-1]["id"]
    for walk in orders.walks_of_two:
        walk(client, other, checks)
    other.close()
    client.close()
    unseen = SEEN - {message["kind"] for message in client.seen}
    checks.equal(unseen, set(), "messages that a walk meets")
    if checks.failures:
        print(checks.report())
        return 1
    print(f"ok {checks.passed} checks at {client.version}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 5 or not all(word.isdigit() for word in sys.argv[1:]):
        sys.exit("usage: probe.py PORT LOWEST HIGHEST EXPECTED, such as 4002 157 193 193")
    sys.exit(main(*(int(word) for word in sys.argv[1:5])))
