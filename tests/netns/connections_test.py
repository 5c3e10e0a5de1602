#!/usr/bin/python3
"""connections_test.py BUILD: as many TCP connections as the daemon takes, idle and slow ones, hold up nobody else."""
import contextlib
import pathlib
import resource
import socket
import struct
import sys
import threading
import unittest

import dns.message

from lab import SERVER4, Lab, inside

BUILD = sys.argv.pop(1)
CONNECTIONS = 5_000
QUERIES = 1_000
SLOW_PATH_QPS, SECONDS = 2_000, 8
# Answered by the daemon, as the XDP program passes ANY.
SLOW_NAMES = "www.example.com ANY\nfailover.api.example.com ANY\n"


class Connections(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = cls.enterClassContext(Lab("tconnect", BUILD))
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (2 * CONNECTIONS, max(hard, 2 * CONNECTIONS)))

    def connect(self, stack: contextlib.ExitStack, count: int) -> list:
        with inside(self.lab.client_ns):
            return [stack.enter_context(socket.create_connection((SERVER4, 53), timeout=10)) for _ in range(count)]

    def send_slowly(self, clients: list, ended: threading.Event):
        """An octet of a query each second, from every one."""
        query = dns.message.make_query("www.example.com", "A").to_wire()
        for octet in struct.pack("!H", len(query)) + query:
            for client in clients:
                with contextlib.suppress(OSError):  # closed, as it has not asked anything for too long
                    client.send(bytes((octet,)))
            if ended.wait(1):
                return

    def dropped_datagrams(self) -> int:
        """Those that a socket of the server had no room for, as nobody read it for too long."""
        with inside(self.lab.server_ns):
            lines = pathlib.Path("/proc/thread-self/net/snmp").read_text(encoding="ascii").splitlines()
        names, values = (line.split()[1:] for line in lines if line.startswith("Udp:"))
        return int(dict(zip(names, values))["RcvbufErrors"])

    def test_idle_and_slow_connections_hold_up_neither_udp_nor_a_new_connection(self):
        with contextlib.ExitStack() as stack:
            clients = self.connect(stack, CONNECTIONS)
            self.assertEqual(int(self.lab.status()["slow_path"]["tcp_connections_open"]), CONNECTIONS)
            ended = threading.Event()
            slow = threading.Thread(target=self.send_slowly, args=(clients[::2], ended))
            slow.start()
            stack.callback(slow.join)
            stack.callback(ended.set)
            before = self.lab.slow_queries()
            flood = self.lab.flood(SLOW_PATH_QPS, SECONDS, SLOW_NAMES)
            for _ in range(20):
                self.assertTrue(self.lab.tcp("www.example.com", "A").answer)
            sent, received = flood.end()
            self.assertEqual(self.dropped_datagrams(), 0)
            # On a busy machine kxdpgun counts queries that never come, a batch at most, and misses a reply.
            self.assertGreaterEqual(self.lab.slow_queries() - before, 0.999 * sent)
            self.assertGreaterEqual(received, 0.999 * sent)
            self.assertGreaterEqual(sent, SLOW_PATH_QPS * SECONDS)

    def test_a_thousand_queries_in_one_write_are_all_answered(self):
        queries = [dns.message.make_query(f"n{number}.example.com", "A") for number in range(QUERIES)]
        stream = b"".join(struct.pack("!H", len(query.to_wire())) + query.to_wire() for query in queries)
        with contextlib.ExitStack() as stack:
            (client,) = self.connect(stack, 1)
            client.sendall(stream)
            replies = client.makefile("rb")
            for query in queries:
                reply = dns.message.from_wire(replies.read(struct.unpack("!H", replies.read(2))[0]))
                self.assertTrue(query.is_response(reply))


unittest.main()
