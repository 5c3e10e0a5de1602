#!/usr/bin/python3
"""forward_test.py BUILD: questions that outbound rules pass on to Knot DNS, and to another signpostd."""
import sys
import unittest
import urllib.request

import dns.flags
import dns.message
import dns.query
import dns.rcode

from servers import Scene, await_true, free_port, listens, start_knot

BUILD = sys.argv.pop(1)
ZONE = """$ORIGIN corp.example.
$TTL 300
@ SOA ns1 hostmaster 1 7200 900 1209600 300
@ NS ns1
ns1 A 192.0.2.53
www A 192.0.2.1
large TXT """ + " ".join(f'"{"x" * 200}{i}"' for i in range(20)) + "\n"


def ask(port: int, name: str, rdtype: str = "A", tcp: bool = False, **more) -> dns.message.Message:
    query = dns.message.make_query(name, rdtype, use_edns=0, payload=1232, **more)
    exchange = dns.query.tcp if tcp else dns.query.udp
    return exchange(query, "127.0.0.1", port=port, timeout=10)


def values(reply: dns.message.Message) -> set:
    return {str(data) for rrset in reply.answer for data in rrset}


def rule(port: int, **more) -> dict:
    return {"name": "corp", "domain": "corp.example", "clients": ["127.0.0.0/8"], "servers": [f"127.0.0.1:{port}"]} | more


class Forwarding(unittest.TestCase):
    def setUp(self):
        self.scene = self.enterContext(Scene(BUILD))
        self.http = free_port()
        self.scene.start_daemon(http=f"127.0.0.1:{self.http}")
        (self.scene.folder / "corp.example.zone").write_text(ZONE)
        self.knot = start_knot(self.scene, ["corp.example."])
        await_true(lambda: listens(self.knot) and ask(self.knot, "www.corp.example").answer, "Knot's start")

    def test_an_answer_comes_over_udp_and_tcp_and_says_that_it_is_recursive(self):
        self.scene.apply({"forward_rules": [rule(self.knot)]})
        for tcp in (False, True):
            reply = ask(self.scene.port, "WWW.corp.example", tcp=tcp)
            self.assertEqual(values(reply), {"192.0.2.1"})
            self.assertTrue(reply.flags & dns.flags.RA)
            self.assertFalse(reply.flags & dns.flags.AA)
        self.assertEqual(ask(self.scene.port, "no.corp.example").rcode(), dns.rcode.NXDOMAIN)

    def test_a_large_answer_is_fetched_over_tcp_and_cut_off_for_udp_clients(self):
        self.scene.apply({"forward_rules": [rule(self.knot)]})
        self.assertTrue(ask(self.scene.port, "large.corp.example", "TXT").flags & dns.flags.TC)
        self.assertEqual(len(ask(self.scene.port, "large.corp.example", "TXT", tcp=True).answer), 1)

    def test_whom_no_rule_admits_is_refused(self):
        self.scene.apply({"forward_rules": [rule(self.knot, clients=["192.0.2.0/24"])]})
        self.assertEqual(ask(self.scene.port, "www.corp.example").rcode(), dns.rcode.REFUSED)
        self.scene.apply({"forward_rules": [rule(self.knot)]})
        self.assertEqual(ask(self.scene.port, "www.example.org").rcode(), dns.rcode.REFUSED)
        self.assertEqual(ask(self.scene.port, "www.corp.example", flags=0).rcode(), dns.rcode.REFUSED)

    def test_the_next_server_is_asked_and_without_any_the_client_is_told_why(self):
        gone = free_port()
        self.scene.apply({"forward_rules": [rule(0, servers=[f"127.0.0.1:{gone}", f"127.0.0.1:{self.knot}"])]})
        self.assertEqual(values(ask(self.scene.port, "www.corp.example")), {"192.0.2.1"})
        self.scene.apply({"forward_rules": [rule(gone)]})
        reply = ask(self.scene.port, "www.corp.example")
        self.assertEqual(reply.rcode(), dns.rcode.SERVFAIL)
        self.assertEqual([int(option.code) for option in reply.options if option.otype == 15], [22])

    def test_two_servers_that_forward_to_each_other_ask_each_other_once(self):
        other = self.enterContext(Scene(BUILD))
        other.start_daemon()
        self.scene.apply({"forward_rules": [rule(other.port)]})
        other.apply({"forward_rules": [rule(self.scene.port)]})
        self.assertEqual(ask(self.scene.port, "www.corp.example").rcode(), dns.rcode.SERVFAIL)
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/metrics", timeout=10) as response:
            lines = response.read().decode().splitlines()
        sent = sum(float(line.split()[-1]) for line in lines if line.startswith("signpost_forward_queries_total"))
        self.assertLessEqual(sent, 4)


if __name__ == "__main__":
    unittest.main()
