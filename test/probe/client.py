"""A TWS client of nothing but a socket and the tables beside it."""

import socket
import struct
import time

from layouts import Mismatch, read

PATIENCE_S = 20


def frame(fields):
    payload = "".join(f"{field}\0" for field in fields).encode()
    return struct.pack(">I", len(payload)) + payload


class Gone(Exception):
    """The gateway has closed the connection."""


class Client:
    """One connection. Every message that comes is read strictly; what does not fit is a failure of `checks`."""

    def __init__(self, port, lowest, highest, checks):
        self.checks = checks
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.bytes = b""
        self.seen = []
        self.version = 0
        greeting = f"v{lowest}..{highest}".encode()
        self.socket.sendall(b"API\0" + struct.pack(">I", len(greeting)) + greeting)
        hello = self._fields(time.monotonic() + PATIENCE_S)
        checks.equal(len(hello), 2, "the handshake has two fields")
        self.version = int(hello[0])
        self.server_time = hello[1]

    def login(self, client_id):
        """Says who it is; the messages up to the next valid id and the farm notices."""
        self.client_id = client_id
        self.send(71, 2, client_id, "")
        return self

    def send(self, *fields):
        self.socket.sendall(frame(fields))

    def _fields(self, deadline):
        while True:
            if len(self.bytes) >= 4:
                (length,) = struct.unpack(">I", self.bytes[:4])
                if len(self.bytes) >= 4 + length:
                    payload, self.bytes = self.bytes[4 : 4 + length], self.bytes[4 + length :]
                    self.checks.ok(payload.endswith(b"\0"), "a payload ends with NUL", payload[-40:])
                    return payload[:-1].decode().split("\0")
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self.socket.settimeout(left)
            chunk = self.socket.recv(1 << 20)
            if not chunk:
                raise Gone
            self.bytes += chunk

    def next(self, deadline):
        fields = self._fields(deadline)
        try:
            message = read(fields, self.version)
            self.checks.passed += len(fields)
        except Mismatch as error:
            self.checks.failed(str(error))
            message = {"kind": "unread", "length": len(fields)}
        self.seen.append(message)
        return message

    def until(self, test, what, patience=PATIENCE_S):
        """Reads on until a message passes the test; all messages read, that one last. Ends the walk when it does not come."""
        deadline = time.monotonic() + patience
        got = []
        try:
            while True:
                got.append(self.next(deadline))
                if test(got[-1]):
                    return got
        except TimeoutError:
            raise SystemExit(self.checks.report(f"{what} has not come; instead {[(m['kind'], m.get('code')) for m in got][-8:]}"))

    def end_of(self, kind, **wanted):
        """The messages up to the one of that kind, or up to an error with the same request id."""

        def test(message):
            if message["kind"] == "error" and "reqId" in wanted and message["id"] == wanted["reqId"]:
                return True
            return message["kind"] == kind and all(message.get(name) == value for name, value in wanted.items())

        return self.until(test, f"{kind} {wanted}")

    def error(self, number, *codes):
        """The next error with that id and one of these codes."""
        got = self.until(lambda m: m["kind"] == "error" and m["id"] == number and m["code"] in codes, f"error {codes} for {number}")
        return got[-1]

    def settled(self):
        """Everything that has been sent is answered: the messages up to the time."""
        self.send(49, 1)
        return self.end_of("currentTime")

    def is_cut(self):
        """Whether the gateway closes the connection; messages before that are kept in `seen`."""
        try:
            deadline = time.monotonic() + PATIENCE_S
            while True:
                self.next(deadline)
        except (Gone, ConnectionError):
            return True
        except TimeoutError:
            return False

    def close(self):
        self.socket.close()
