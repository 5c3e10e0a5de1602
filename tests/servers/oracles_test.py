#!/usr/bin/python3
"""oracles_test.py BUILD [QUERIES [SEED]]: the same random zones in signpostd, NSD and Knot DNS, and the same queries to all. Wherever
NSD and Knot DNS agree, signpostd gives the same rcode, flags and records."""
import socket
import struct
import sys
import unittest

import dns.flags
import dns.message
import dns.name
import dns.rdataclass
import dns.rdatatype

import nsd
import random_zones
from servers import Scene, await_true, free_port, start_knot

BUILD = sys.argv.pop(1)
QUERIES = int(sys.argv.pop(1)) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 10_000
SEED = int(sys.argv.pop(1)) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 1
QUERIES_PER_WORLD = 2_500
# Those on which NSD and Knot DNS agree; below, the comparison would say little.
AGREED_MIN = 0.9
CHAIN_MAX = 20
FLAGS = dns.flags.AA | dns.flags.TC | dns.flags.RD | dns.flags.RA | dns.flags.AD | dns.flags.CD


def start_nsd(scene: Scene, apexes: list) -> int:
    port = free_port()
    zones = "".join(f"zone:\n  name: {apex}\n  zonefile: {scene.folder}/{apex}zone\n" for apex in apexes)
    nsd.start(scene, port, zones, "ipv4-edns-size: 1232\n  minimal-responses: no")
    return port


def start_signpost(scene: Scene, apexes: list) -> int:
    port = free_port()
    scene.start_daemon(port=port)
    scene.signpost("zone", "import", *(scene.folder / f"{apex}zone" for apex in apexes))
    return port


class Server:
    """Asks over UDP, and again over TCP what was truncated."""

    def __init__(self, port: int):
        self.port = port
        self.udp = socket.socket(type=socket.SOCK_DGRAM)
        self.udp.connect(("127.0.0.1", port))
        self.udp.settimeout(5)

    def ask(self, query: bytes) -> dns.message.Message:
        self.udp.send(query)
        reply = self.udp.recv(4096)
        if reply[2] & 2:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as tcp:
                tcp.sendall(struct.pack("!H", len(query)) + query)
                stream = tcp.makefile("rb")
                reply = stream.read(struct.unpack("!H", stream.read(2))[0])
        return dns.message.from_wire(reply, one_rr_per_rrset=True)

    def serves(self, query: bytes) -> bool:
        try:
            return bool(self.ask(query).answer)
        except OSError:
            return False

    def close(self):
        self.udp.close()


class Shape:
    """What must be equal of a reply: all but orders, and what a minimal positive answer leaves out."""

    def __init__(self, reply: dns.message.Message, apexes: set):
        self.rcode, self.flags = reply.rcode(), reply.flags & FLAGS
        self.answer, self.authority, self.additional = map(records, (reply.answer, reply.authority, reply.additional))
        if self.answer:
            self.authority = [item for item in self.authority if not (item[1] == "NS" and item[0] in apexes)]
        if not any(item[1] == "NS" for item in self.authority):
            self.additional = []

    def follow(self, rest: "Shape"):
        """Takes on what the end of this chain of aliases leads to, in another zone that is held."""
        self.rcode, self.authority, self.additional = rest.rcode, rest.authority, rest.additional
        self.answer = sorted(set(self.answer + rest.answer))

    def last_target(self, qname: str, qtype: str):
        """Where the chain of aliases from `qname` ends; nothing if it leads to records, or in a circle."""
        targets = {owner: rdata for owner, rtype, _, rdata in self.answer if rtype == "CNAME"}
        owners = {owner for owner, rtype, *_ in self.answer if rtype == qtype}
        name, seen = qname.lower(), set()
        while name in targets and name not in seen and qtype != "CNAME":
            seen.add(name)
            name = targets[name]
        return name if seen and name not in seen and name not in owners and not self.authority else None

    def __eq__(self, other):
        return vars(self) == vars(other)

    def __str__(self):
        return f"{self.rcode} {dns.flags.to_text(self.flags)} {self.answer} {self.authority} {self.additional}"


def records(section) -> list:
    return sorted((str(rrset.name).lower(), dns.rdatatype.to_text(rrset.rdtype), rrset.ttl, str(rdata).lower())
                  for rrset in section for rdata in rrset)


class Comparison:
    """The servers with the zones of one world."""

    def __init__(self, scene: Scene, world: random_zones.World):
        self.world = world
        self.apexes = {zone.apex for zone in world.zones}
        for zone in world.zones:
            (scene.folder / f"{zone.apex}zone").write_text(zone.master_file())
        ordered = sorted(self.apexes)
        self.nsd, self.knot, self.signpost = (
            Server(start(scene, ordered)) for start in (start_nsd, start_knot, start_signpost))
        for server in (self.nsd, self.knot, self.signpost):
            scene.callback(server.close)
            for apex in ordered:
                query = dns.message.make_query(apex, "SOA").to_wire()
                await_true(lambda: server.serves(query), f"port {server.port} to serve {apex}")

    def query(self, name: str, rtype: str) -> bytes:
        query = dns.message.make_query(name, rtype, use_edns=0, payload=1232, want_dnssec=self.dnssec_ok)
        query.flags = self.flags
        return query.to_wire()

    def oracle(self, server: Server, name: str, rtype: str) -> Shape:
        """The answer of NSD or Knot DNS, which end chains of aliases with the zone, put together from several."""
        shape = Shape(server.ask(self.query(name, rtype)), self.apexes)
        for _ in range(CHAIN_MAX):
            target = shape.last_target(name, rtype)
            if target is None or not any(target == apex or target.endswith("." + apex) for apex in self.apexes):
                break
            shape.follow(Shape(server.ask(self.query(target, rtype)), self.apexes))
        # They make addresses of name servers of wildcards below a zone cut, too. We don't: what is there is not the zone's to
        # say but for glue, and no wildcard stands for names below a zone cut (RFC 4592 section 2.2.1).
        shape.additional = [item for item in shape.additional if not self.world.is_delegated_wildcard(item[0])]
        return shape

    def compare(self):
        """A question; whether the oracles agree on it; and what differs if they do."""
        name, rtype = self.world.question()
        self.dnssec_ok = self.world.chance.random() < 0.2
        self.flags = self.world.chance.choice((0, dns.flags.RD, dns.flags.RD | dns.flags.CD | dns.flags.AD))
        wanted, other = self.oracle(self.nsd, name, rtype), self.oracle(self.knot, name, rtype)
        if wanted != other:
            return name, rtype, False, f"nsd {wanted}\nknot {other}"
        got = Shape(self.signpost.ask(self.query(name, rtype)), self.apexes)
        return name, rtype, True, None if got == wanted else f"got    {got}\nwanted {wanted}"


class Oracles(unittest.TestCase):
    def test_answers_are_those_of_nsd_and_knot(self):
        agreed = 0
        for number in range(-(-QUERIES // QUERIES_PER_WORLD)):
            world = random_zones.World(SEED + number)
            with Scene(BUILD) as scene:
                comparison = Comparison(scene, world)
                for _ in range(min(QUERIES, QUERIES_PER_WORLD)):
                    name, rtype, agree, difference = comparison.compare()
                    agreed += agree
                    if agree:
                        self.assertIsNone(difference, f"seed {SEED + number}: {name} {rtype}\n{difference}")
        print(f"NSD and Knot DNS agree on {agreed} of {QUERIES} queries, and signpostd with them")
        self.assertGreater(agreed, AGREED_MIN * QUERIES)


unittest.main()
