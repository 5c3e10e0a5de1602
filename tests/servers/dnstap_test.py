#!/usr/bin/python3
"""dnstap_test.py BUILD: what the daemon says by dnstap, taken by fstrm_capture and read by BIND's dnstap-read."""
import pathlib
import socket
import struct
import sys
import unittest

import dns.message
import dns.rcode

from servers import Scene, await_true, free_port

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from dnstap_capture import Capture  # noqa: E402: of a folder that is no package

BUILD = sys.argv.pop(1)
ZONE = {"zones": [{"name": "example.com.", "record_sets": [
    {"name": "@", "type": "SOA", "ttl": 900, "records": ["ns1.example.net. hostmaster.example.net. 1 7200 900 1209600 300"]},
    {"name": "@", "type": "NS", "ttl": 900, "records": ["ns1.example.net."]},
    {"name": "www", "type": "A", "ttl": 60, "records": ["192.0.2.1"]}]}]}


class Dnstap(unittest.TestCase):
    def setUp(self):
        self.scene = self.enterContext(Scene(BUILD))
        self.tap = self.scene.folder / "dnstap.sock"
        self.port = free_port()
        self.daemon = self.scene.start_daemon("--dnstap", self.tap, "--dnstap-identity", "ns1.example.com", port=self.port)
        self.scene.apply(ZONE)

    def capture(self) -> Capture:
        capture = self.enterContext(Capture(self.tap, self.scene.folder / "capture.dnstap"))
        await_true(lambda: capture.said("START"), "the daemon to connect")
        return capture

    def ask(self, name: str, rtype: str, tcp: bool = False) -> tuple:
        """The query, the reply, and the client's port."""
        query = dns.message.make_query(name, rtype).to_wire()
        with socket.socket(type=socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as client:
            client.settimeout(10)
            client.connect(("127.0.0.1", self.port))
            port = client.getsockname()[1]
            if not tcp:
                client.send(query)
                return query, client.recv(4096), port
            client.sendall(struct.pack("!H", len(query)) + query)
            stream = client.makefile("rb")
            return query, stream.read(struct.unpack("!H", stream.read(2))[0]), port

    def end(self, capture: Capture) -> None:
        """Ends the daemon, which writes what is queued, and the reader once it has all."""
        self.daemon.terminate()
        self.daemon.wait(timeout=30)
        await_true(lambda: capture.said("STOP"), "the end of the stream")
        capture.end()

    def test_queries_and_replies_of_both_transports_are_read_by_bind(self):
        capture = self.capture()
        ports = [self.ask("www.example.com", "A")[2], self.ask("no.example.com", "AAAA")[2],
                 self.ask("www.example.com", "A", tcp=True)[2]]
        self.end(capture)
        messages = capture.messages()
        me, there = "127.0.0.1", f"127.0.0.1:{self.port}"
        expected = [(ports[0], "UDP", "www.example.com/IN/A"), (ports[1], "UDP", "no.example.com/IN/AAAA"),
                    (ports[2], "TCP", "www.example.com/IN/A")]
        for number, (port, transport, question) in enumerate(expected):
            query, reply = messages[2 * number], messages[2 * number + 1]
            self.assertEqual(query[:5] + query[-1:], ["AQ", f"{me}:{port}", "->", there, transport, question])
            self.assertEqual(reply[:5] + reply[-1:], ["AR", f"{me}:{port}", "<-", there, transport, question])
        self.assertEqual(len(messages), 6)

    def test_a_reply_to_a_question_that_is_passed_on_is_told_with_its_query(self):
        nobody = f"127.0.0.1:{free_port()}"  # the reply then says so
        self.scene.apply({"forward_rules": [{"name": "corp", "domain": "corp.example", "clients": ["127.0.0.0/8"],
                                             "servers": [nobody]}]})
        capture = self.capture()
        replies = [self.ask("www.corp.example", "A", tcp)[1] for tcp in (False, True)]
        self.end(capture)
        self.assertEqual([(message[0], message[4], message[-1]) for message in capture.messages()],
                         [(kind, transport, "www.corp.example/IN/A") for transport in ("UDP", "TCP") for kind in ("AQ", "AR")])
        for reply in replies:
            self.assertEqual(dns.message.from_wire(reply).rcode(), dns.rcode.SERVFAIL)
            self.assertIn(reply, capture.file.read_bytes())

    def test_messages_are_whole_and_name_the_server(self):
        capture = self.capture()
        query, reply, _ = self.ask("www.example.com", "A")
        self.end(capture)
        content = capture.file.read_bytes()
        for octets in (query, reply, b"ns1.example.com", b"signpostd "):
            self.assertIn(octets, content)

    def test_without_a_reader_answers_go_on_and_a_later_reader_gets_what_comes_then(self):
        before = self.ask("www.example.com", "A")[1]
        self.assertEqual(dns.message.from_wire(before).rcode(), dns.rcode.NOERROR)
        capture = self.capture()
        self.ask("later.example.com", "A")
        self.end(capture)
        self.assertEqual(capture.messages()[-1][-1], "later.example.com/IN/A")

    def test_a_reader_that_reads_nothing_costs_no_answer(self):
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.tap))
            listener.listen()
            stuck, _ = listener.accept()
            with stuck:
                for _ in range(3000):
                    self.assertTrue(self.ask("www.example.com", "A")[1])


unittest.main()
