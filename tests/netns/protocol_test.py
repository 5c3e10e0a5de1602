#!/usr/bin/python3
"""protocol_test.py BUILD: ISC's EDNS compliance set (RFC 8906 section 8), the wildcards of RFC 4592 section 2.2.1, and what servers on
the list of DNS violations do wrong, each asked through the XDP program, of the slow path over UDP, and over TCP."""
import struct
import sys
import tempfile
import unittest

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype

from lab import SERVER4, SERVER6, Lab

BUILD = sys.argv.pop(1)
ZONE = "protocol.test."
MASTER_FILE = """$ORIGIN protocol.test.
$TTL 300
@ SOA ns1 hostmaster 7 7200 900 1209600 60
@ NS ns1
ns1 A 192.0.2.53
www A 192.0.2.1
www AAAA 2001:db8::1
_under._score A 192.0.2.2
a.b.c A 192.0.2.3
alias CNAME www
sub NS ns.sub
ns.sub A 192.0.2.4
big TXT """ + " ".join('"' + letter * 200 + '"' for letter in "abcdefghij") + "\n"
WILDCARDS = """$ORIGIN example.
@ 3600 SOA ns.example.com. hostmaster.example.com. 1 7200 900 1209600 300
@ 3600 NS ns.example.com.
@ 3600 NS ns.example.net.
* 3600 TXT "this is a wildcard"
* 3600 MX 10 host1
sub.* 3600 TXT "this is not a wildcard"
host1 3600 A 192.0.2.1
_ssh._tcp.host1 3600 SRV 0 0 22 host1
_ssh._tcp.host2 3600 SRV 0 0 22 host1
subdel 3600 NS ns.example.com.
subdel 3600 NS ns.example.net.
"""
NSID, SUBNET, EXPIRE, COOKIE, KEEPALIVE, EXTENDED_ERROR, ZONEVERSION, UNKNOWN = 3, 8, 9, 10, 11, 15, 19, 100
OPTIONS = {NSID: b"", SUBNET: bytes((0, 1, 0, 0)), EXPIRE: b"", COOKIE: bytes(range(1, 9)), KEEPALIVE: b"", ZONEVERSION: b"", UNKNOWN: b""}
Z = 0x0040
DO = 0x8000
HEADER_OCTETS = 12
# Of the IANA registry: those that a zone can hold.
TYPES = ("A NS CNAME SOA MB MG MR NULL PTR HINFO MINFO MX TXT RP AFSDB X25 ISDN RT NSAP NSAP-PTR SIG KEY PX GPOS AAAA LOC NXT EID NIMLOC "
         "SRV ATMA NAPTR KX CERT A6 DNAME SINK APL DS SSHFP IPSECKEY RRSIG NSEC DNSKEY DHCID NSEC3 NSEC3PARAM TLSA SMIMEA HIP CDS CDNSKEY "
         "OPENPGPKEY CSYNC ZONEMD SVCB HTTPS SPF URI CAA AVC").split()
TYPE_NUMBERS = {"A6": 38, "ATMA": 34, "EID": 31, "NIMLOC": 32, "NXT": 30, "SINK": 40}


def query(qtype="SOA", flags=0, *, qname=ZONE, qclass=1, version=None, options=(), edns_flags=0, size=1232) -> bytes:
    """With OPT if there is a version."""
    number = TYPE_NUMBERS.get(qtype) or dns.rdatatype.from_text(qtype)
    octets = struct.pack("!HHHHHH", 0x1234, flags, 1, 0, 0, version is not None)
    octets += dns.name.from_text(qname).to_wire() + struct.pack("!HH", number, qclass)
    if version is None:
        return octets
    data = b"".join(struct.pack("!HH", code, len(OPTIONS[code])) + OPTIONS[code] for code in options)
    return octets + b"\0" + struct.pack("!HHBBHH", 41, size, 0, version, edns_flags, len(data)) + data


PLAIN = {  # name: flags of the query
    "dns": 0, "aa": dns.flags.AA, "ad": dns.flags.AD, "cd": dns.flags.CD, "ra": dns.flags.RA, "tc": dns.flags.TC, "rd": dns.flags.RD,
    "zflag": Z}
EDNS = {  # name: what the query has
    "edns": {}, "ednsopt": {"options": (UNKNOWN,)}, "ednsflags": {"edns_flags": 0x0080}, "do": {"edns_flags": DO},
    "docd": {"edns_flags": DO, "flags": dns.flags.CD}, "optlist": {"options": (NSID, SUBNET, EXPIRE, COOKIE)},
    "ednsnsid": {"options": (NSID,)}, "ednscookie": {"options": (COOKIE,)}, "ednsexpire": {"options": (EXPIRE,)},
    "ednssubnet": {"options": (SUBNET,)}}
EDNS1 = {
    "edns1": {}, "edns1opt": {"options": (UNKNOWN,)}, "edns1do": {"edns_flags": DO}, "edns1nsid": {"options": (NSID,)},
    "edns1cookie": {"options": (COOKIE,)}, "edns1expire": {"options": (EXPIRE,)}, "edns1subnet": {"options": (SUBNET,)}}
# RFC 4592 section 2.2.1, and what it says of each: the records of the answer, or NODATA, NXDOMAIN or a referral.
WILDCARD_ANSWERS = [
    ("host3.example.", "MX", "MX"), ("host3.example.", "A", "NODATA"), ("foo.bar.example.", "TXT", "TXT"), ("host1.example.", "MX", "NODATA"),
    ("sub.*.example.", "MX", "NODATA"), ("_telnet._tcp.host1.example.", "SRV", "NXDOMAIN"), ("host.subdel.example.", "A", "referral"),
    ("ghost.*.example.", "MX", "NXDOMAIN"), ("*.example.", "TXT", "TXT"), ("_tcp.host2.example.", "SRV", "NODATA"),
    ("host2.example.", "MX", "NODATA"), ("sub.*.example.", "TXT", "TXT")]


class Protocol:
    """Asked in one way; `flags` are the daemon's."""

    flags = ()

    @classmethod
    def setUpClass(cls):
        cls.lab = cls.enterClassContext(Lab("tprotocol", BUILD, *cls.flags, apply=False))
        with tempfile.NamedTemporaryFile("w", suffix=".zone") as zone, tempfile.NamedTemporaryFile("w", suffix=".zone") as wild:
            for file, text in ((zone, MASTER_FILE), (wild, WILDCARDS)):
                file.write(text)
                file.flush()
            cls.lab.signpost("zone", "import", zone.name, wild.name)

    def octets(self, message: bytes) -> bytes:
        return self.lab.octets(message)

    def ask(self, message: bytes) -> dns.message.Message:
        """The reply, of which nothing may follow its end, with what every reply has."""
        octets = self.octets(message)
        reply = dns.message.from_wire(octets, one_rr_per_rrset=True)
        self.assertEqual(octets[:2], message[:2])
        self.assertEqual(octets[HEADER_OCTETS:HEADER_OCTETS + 4], message[HEADER_OCTETS:HEADER_OCTETS + 4])
        self.assertFalse(reply.flags & (dns.flags.RA | dns.flags.AD | Z), dns.flags.to_text(reply.flags))
        self.assertEqual(reply.flags & dns.flags.RD, struct.unpack("!H", message[2:4])[0] & dns.flags.RD)
        records = [str(rrset) for section in reply.sections[1:] for rrset in section]
        self.assertEqual(len(records), len(set(records)), "a record twice")
        return reply

    def expect_soa(self, reply: dns.message.Message, edns: bool):
        self.assertEqual(reply.rcode(), dns.rcode.NOERROR)
        self.assertTrue(reply.flags & dns.flags.AA)
        self.assertFalse(reply.flags & dns.flags.TC)
        self.assertEqual([rrset.rdtype for rrset in reply.answer], [dns.rdatatype.SOA])
        self.assertEqual(reply.edns, 0 if edns else -1)

    def expect_nodata(self, reply: dns.message.Message, apex: str = ZONE):
        self.assertEqual(reply.rcode(), dns.rcode.NOERROR)
        self.assertTrue(reply.flags & dns.flags.AA)
        self.assertEqual(reply.answer, [])
        self.assertEqual([(str(rrset.name), rrset.rdtype) for rrset in reply.authority], [(apex, dns.rdatatype.SOA)])

    def test_queries_without_edns_whatever_their_flags(self):
        for name, flags in PLAIN.items():
            with self.subTest(test=name):
                self.expect_soa(self.ask(query(flags=flags)), False)

    def test_queries_with_edns_whatever_their_flags_and_options(self):
        for name, parts in EDNS.items():
            with self.subTest(test=name):
                message = query(version=0, **parts)
                reply = self.ask(message)
                self.expect_soa(reply, True)
                self.assertEqual(reply.ednsflags & 0xffff, parts.get("edns_flags", 0) & DO)
                answered = {SUBNET} & set(parts.get("options", ()))
                self.assertEqual({int(option.otype) for option in reply.options}, answered)

    def test_other_versions_of_edns_get_badvers(self):
        for name, parts in EDNS1.items():
            with self.subTest(test=name):
                reply = self.ask(query(version=1, **parts))
                self.assertEqual((reply.rcode(), reply.edns), (dns.rcode.BADVERS, 0))
                self.assertEqual((len(reply.question), reply.answer), (1, []))

    def test_unassigned_opcodes_are_not_implemented(self):
        for name, flags in (("opcode", 0), ("opcodeflg", 0x0200 | 0x0100 | 0x0080 | 0x0010 | 0x0020 | 0x0400 | Z)):
            with self.subTest(test=name):
                message = struct.pack("!HHHHHH", 0x1234, 15 << 11 | flags, 0, 0, 0, 0)
                self.assertEqual(self.octets(message), struct.pack("!HHHHHH", 0x1234, 0x8000 | 15 << 11 | 4, 0, 0, 0, 0))

    def test_unknown_and_unused_types_get_nodata(self):
        self.expect_nodata(self.ask(query("TYPE666")))

    def test_every_assigned_type_is_answered(self):
        for rtype in TYPES:
            with self.subTest(type=rtype):
                reply = self.ask(query(rtype))
                if not reply.answer:
                    self.expect_nodata(reply)

    def test_a_large_answer_is_cut_off_where_the_transport_is_udp(self):
        for size, limit in ((512, 512), (4096, 1232)):
            message = query("TXT", version=0, qname="big." + ZONE, size=size, edns_flags=DO)
            reply = self.ask(message)
            if self.is_stream:
                self.assertFalse(reply.flags & dns.flags.TC)
                self.assertEqual(sum(len(text) for text in reply.answer[0][0].strings), 2000)
            else:
                self.assertLessEqual(len(self.octets(message)), limit)
                self.assertTrue(reply.flags & dns.flags.TC)
                self.assertEqual((reply.answer, reply.edns), ([], 0))
        self.expect_nodata(self.ask(query("DNSKEY", version=0, size=512, edns_flags=DO)))

    def test_queries_as_dig_and_bind_send_them(self):
        self.expect_soa(self.ask(query(flags=dns.flags.RD | dns.flags.AD, version=0, options=(COOKIE,))), True)
        self.expect_soa(self.ask(query(version=0, edns_flags=DO, options=(COOKIE,))), True)

    def test_a_signature_by_an_unknown_key_is_refused(self):
        tsig = b"\x0bhmac-sha256\0" + struct.pack("!HIHH", 0, 1700000000, 300, 32) + b"m" * 32 + struct.pack("!HHH", 0x1234, 0, 0)
        message = query()[:10] + b"\0\1" + query()[12:] + b"\0" + struct.pack("!HHIH", 250, 255, 0, len(tsig)) + tsig
        octets = self.octets(message)
        self.assertEqual(octets[3] & 15, dns.rcode.NOTAUTH)
        self.assertEqual(octets[-4:-2], struct.pack("!H", 17))  # BADKEY

    def test_wildcards_are_those_of_rfc_4592(self):
        for qname, rtype, wanted in WILDCARD_ANSWERS:
            with self.subTest(qname=qname, type=rtype):
                reply = self.ask(query(rtype, qname=qname))
                if wanted == "NODATA":
                    self.expect_nodata(reply, "example.")
                elif wanted == "NXDOMAIN":
                    self.assertEqual(reply.rcode(), dns.rcode.NXDOMAIN)
                    self.assertEqual([rrset.rdtype for rrset in reply.authority], [dns.rdatatype.SOA])
                elif wanted == "referral":
                    self.assertEqual((reply.answer, reply.flags & dns.flags.AA), ([], 0))
                    self.assertEqual({rrset.rdtype for rrset in reply.authority}, {dns.rdatatype.NS})
                else:
                    self.assertEqual([(str(rrset.name), rrset.rdtype) for rrset in reply.answer],
                                     [(qname, dns.rdatatype.from_text(wanted))])

    def test_names_are_found_and_given_back_in_any_case(self):
        message = query("A", qname="wWw.PrOtOcOl.TeSt.")
        self.assertEqual([str(rrset[0]) for rrset in self.ask(message).answer], ["192.0.2.1"])
        self.assertEqual(self.octets(message)[HEADER_OCTETS:len(message)], message[HEADER_OCTETS:])

    def test_no_type_is_invented_filtered_or_given_for_another(self):
        for rtype in ("NS", "TLSA", "MX", "TXT", "HTTPS"):  # DVE-2017-0002, 2017-0011, 2017-0014, 2018-0004
            with self.subTest(type=rtype):
                self.expect_nodata(self.ask(query(rtype, qname="www." + ZONE)))
        for rtype in ("AAAA", "MX", "NS"):  # DVE-2017-0019
            answer = self.ask(query(rtype, qname="alias." + ZONE)).answer
            self.assertEqual((answer[0].rdtype, str(answer[0][0])), (dns.rdatatype.CNAME, "www." + ZONE))

    def test_empty_non_terminals_exist(self):  # DVE-2017-0017, 2019-0001
        for name in ("b.c.", "c.", "_score."):
            self.expect_nodata(self.ask(query("A", qname=name + ZONE)))

    def test_names_with_underscores_are_answered(self):  # DVE-2020-0003
        self.assertEqual([str(rrset[0]) for rrset in self.ask(query("A", qname="_under._score." + ZONE)).answer], ["192.0.2.2"])

    def test_a_format_error_has_the_question_if_it_could_be_read(self):  # DVE-2020-0001
        reply = self.octets(query() + b"trailing")
        self.assertEqual(reply, query()[:2] + b"\x80\x01" + query()[4:])

    def test_a_refusal_says_why(self):  # RFC 8914
        reply = self.ask(query("A", qname="www.example.net.", version=0))
        self.assertEqual(reply.rcode(), dns.rcode.REFUSED)
        self.assertEqual([(int(option.otype), option.code) for option in reply.options], [(EXTENDED_ERROR, 20)])

    def test_the_version_of_the_zone_is_told_on_request(self):  # RFC 9660
        generation = self.lab.status()["generation"]
        versions = [option.data for option in self.ask(query("A", qname="www." + ZONE, version=0, options=(ZONEVERSION,))).options]
        self.assertEqual(versions, [bytes((2, 0)) + struct.pack("!I", 7), bytes((2, 246)) + struct.pack("!Q", int(generation))])

    def test_the_idle_timeout_is_told_on_request_over_tcp(self):  # RFC 7828
        told = [option.data for option in self.ask(query(version=0, options=(KEEPALIVE,))).options]
        self.assertEqual(told, [struct.pack("!H", 100)] if self.is_stream else [])

    def test_class_ch_is_refused_unless_a_flag_is_set(self):
        octets = self.octets(query("TXT", qname="version.bind.", qclass=dns.rdataclass.CH))
        wanted = dns.rcode.NOERROR if "--chaos" in self.flags else dns.rcode.REFUSED
        self.assertEqual(octets[3] & 15, wanted)
        self.assertEqual(b"Signpost" in octets, "--chaos" in self.flags)

    def test_answers_to_any_are_small(self):  # RFC 8482
        message = query("ANY", qname="www." + ZONE)
        self.assertLessEqual(len(self.octets(message)), 2 * len(message))
        self.assertEqual(len(self.ask(message).answer), 1)


class ThroughXdp(Protocol, unittest.TestCase):
    is_stream = False

    def test_the_xdp_program_has_answered(self):
        before = self.lab.fast_answers()
        self.expect_soa(self.ask(query(version=0)), True)
        self.assertEqual(self.lab.fast_answers(), before + 1)


class ThroughXdpOverIpv6(ThroughXdp):
    def octets(self, message: bytes) -> bytes:
        return self.lab.octets(message, SERVER6)


class OverTcp(Protocol, unittest.TestCase):
    is_stream = True

    def octets(self, message: bytes) -> bytes:
        return self.lab.octets(message, SERVER4, tcp=True)


class SlowPathOverUdp(Protocol, unittest.TestCase):
    flags = ("--mode", "userspace", "--chaos")
    is_stream = False


unittest.main()
