#!/usr/bin/python3
"""hostile_control_test.py BUILD: whoever may open the control socket can neither stop DNS, nor an admin, nor make the daemon grow."""
import contextlib
import grp
import os
import pwd
import socket
import struct
import sys
import unittest

import grpc

from lab import Lab, await_that

BUILD = sys.argv.pop(1)
FLOOD = "api.example.com A\nwww.example.com A\nnothing.example.com A\nwww.example.com ANY\n"  # the last: the daemon's
QPS = 10_000
GROWTH_KIB = 50 * 1024
FLOODING = 10  # connections
MESSAGE_MAX = 4 << 20
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, GOAWAY = 0, 1, 3, 4, 7
CANCEL = 8
STREAMS = 10_000
WATCHERS = 20
# Who is hostile, a reader by the group, both of Debian's base-passwd. Honest calls are root's, who is an admin.
HOSTILE, GROUP = "daemon", "games"


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """RFC 9113 section 4.1."""
    return struct.pack("!I", len(payload))[1:] + struct.pack("!BBI", kind, flags, stream) + payload


def header(name: bytes, value: bytes) -> bytes:
    """A literal field without indexing (RFC 7541 section 6.2.2)."""
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


WATCH = b"".join(header(name, value) for name, value in (
    (b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/signpost.v1.NoticeService/WatchNotices"),
    (b":authority", b"localhost"), (b"te", b"trailers"), (b"content-type", b"application/grpc")))
END_STREAM, END_HEADERS = 1, 4
EMPTY_MESSAGE = bytes(5)


@contextlib.contextmanager
def as_hostile_user():
    """The kernel tells the user that a process had when it connected."""
    os.setegid(grp.getgrnam(GROUP).gr_gid)
    os.seteuid(pwd.getpwnam(HOSTILE).pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


class HostileControl(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(Lab("thostile", BUILD, "--control-group", GROUP, "--reader", f"group:{GROUP}"))
        self.socket_path = str(self.lab.run_dir / "control.sock")
        self.call("StatusService/GetStatus")  # What the first call makes is not growth.

    def connect(self) -> socket.socket:
        """Of the hostile user."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with as_hostile_user():
            connection.connect(self.socket_path)  # Waits, unlike with a timeout, where the backlog is full.
        connection.settimeout(10)
        return connection

    def channel(self):
        unlimited = [("grpc.max_send_message_length", -1)]
        return contextlib.closing(grpc.insecure_channel(f"unix:{self.socket_path}", options=unlimited))

    def call(self, method: str, request: bytes = b"") -> grpc.StatusCode:
        """What becomes of a call with these octets for its message."""
        with self.channel() as channel:
            try:
                channel.unary_unary(f"/signpost.v1.{method}")(request, timeout=20)
            except grpc.RpcError as error:
                return error.code()
        return grpc.StatusCode.OK

    @contextlib.contextmanager
    def bounded(self):
        """What is done inside takes no query of either path, keeps little memory, and leaves the control socket in order."""
        before, answers = self.lab.resident_kib(), self.lab.fast_answers()
        flood = self.lab.flood(QPS, 60, FLOOD)
        try:
            await_that(lambda: self.lab.fast_answers() > answers + QPS, "the flood", 10)
            yield
        finally:
            sent, received = flood.stop()
        self.assertGreater(sent, 0)
        self.assertEqual(received, sent)
        await_that(lambda: self.lab.resident_kib() - before < GROWTH_KIB, "memory to be given back", 30)
        self.assertEqual(self.call("StatusService/GetStatus"), grpc.StatusCode.OK)

    def test_octets_that_are_no_call_end_their_connection_alone(self):
        with self.bounded():
            for begin in [b"", PREFACE, PREFACE + frame(SETTINGS, 0, 0)] * 50:
                with self.connect() as connection, contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    connection.sendall(begin + os.urandom(1 << 16))

    def test_messages_that_are_malformed_or_too_long_are_refused_by_status(self):
        expected = [
            ("ConfigService/ListZones", bytes(MESSAGE_MAX + 1), grpc.StatusCode.RESOURCE_EXHAUSTED),
            ("ConfigService/ListZones", b"\xff" * 100, grpc.StatusCode.INTERNAL),  # gRPC's own word for what no schema reads
            ("StatusService/Explain", b"", grpc.StatusCode.INVALID_ARGUMENT),
            ("OverrideService/SetOverride", b"", grpc.StatusCode.INVALID_ARGUMENT),
            ("HealthService/TestHealthCheck", b"", grpc.StatusCode.NOT_FOUND),
            ("NoService/Nothing", b"", grpc.StatusCode.UNIMPLEMENTED),
        ]
        with self.bounded():
            for method, request, code in expected:
                self.assertEqual(self.call(method, request), code, method)

    def test_thousands_of_open_streams_hold_up_no_other_client(self):
        with self.bounded():
            with self.connect() as connection, contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(PREFACE + frame(SETTINGS, 0, 0))
                for stream in range(1, 2 * STREAMS, 2):
                    connection.sendall(frame(HEADERS, END_HEADERS, stream, WATCH))
                self.assertEqual(self.call("StatusService/GetStatus"), grpc.StatusCode.OK)

    def test_watches_that_nobody_reads_hold_up_nobody(self):
        with self.bounded(), contextlib.ExitStack() as stack:
            for _ in range(WATCHERS):
                connection = stack.enter_context(self.connect())
                connection.sendall(PREFACE + frame(SETTINGS, 0, 0) + frame(HEADERS, END_HEADERS, 1, WATCH) +
                                   frame(DATA, END_STREAM, 1, EMPTY_MESSAGE))
            for number in range(1, 11):
                self.lab.signpost("override", "set", "down", "--endpoint", "10.53.1.1", "--reason", "x" * 200)
                self.lab.signpost("override", "clear", number)

    def test_streams_that_are_reset_at_once_take_little_memory(self):
        before = self.lab.peak_kib()
        with self.bounded():
            for _ in range(FLOODING):
                with self.connect() as connection, contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    connection.sendall(PREFACE + frame(SETTINGS, 0, 0))
                    for stream in range(1, 2 * STREAMS, 2):
                        connection.sendall(frame(HEADERS, END_HEADERS, stream, WATCH) +
                                           frame(RST_STREAM, 0, stream, struct.pack("!I", CANCEL)))
            # Whoever floods is barred for a while.
            await_that(lambda: self.call("StatusService/GetStatus") == grpc.StatusCode.OK, "an answer to the next call", 20)
        self.assertLess(self.lab.peak_kib() - before, GROWTH_KIB)


if __name__ == "__main__":
    unittest.main()
