#!/usr/bin/python3
"""loop_test.py BUILD: whatever is forged to come from another Signpost, the two do not answer each other for ever."""
import socket
import struct
import subprocess
import sys
import unittest

import dns.message
import dns.opcode
import dns.rcode

from lab import SERVER4, Lab, await_that, inside

BUILD = sys.argv.pop(1)
OTHER = "10.53.0.1"
REPEATS = 50


def udp_packet(source: str, target: str, payload: bytes) -> bytes:
    """An IPv4 packet between ports 53, without a UDP checksum (RFC 768)."""
    length = 8 + len(payload)
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + length, 0, 0, 64, socket.IPPROTO_UDP, 0,
                     socket.inet_aton(source), socket.inet_aton(target))
    return ip + struct.pack("!HHHH", 53, 53, length, 0) + payload


def messages() -> list:
    """What each may begin a conversation with: queries of either path, a reply, and what no server understands."""
    query = dns.message.make_query("www.example.com", "A")
    slow = dns.message.make_query("www.example.com", "ANY")
    foreign = dns.message.make_query("www.example.net", "A")
    reply = dns.message.make_response(query)
    refused = dns.message.make_response(query)
    refused.set_rcode(dns.rcode.REFUSED)
    opcode = dns.message.make_query("www.example.com", "A")
    opcode.set_opcode(dns.opcode.STATUS)
    return [each.to_wire() for each in (query, slow, foreign, reply, refused, opcode)] + [
        query.to_wire()[:12], query.to_wire()[:20], bytes(12), b"\0" * 3, b""]


class Loop(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(Lab("tloop", BUILD))
        folder = self.lab.run_dir / "other"
        words = ["ip", "netns", "exec", self.lab.client_ns, f"{BUILD}/userspace/daemon/signpostd", "--listen", OTHER,
                 "--data", folder, "--control-socket", folder / "control.sock", "--http", "off"]
        with open(self.lab.run_dir / "other.log", "w", encoding="utf-8") as log:
            other = subprocess.Popen([str(word) for word in words], stdout=log, stderr=log)
        self.addCleanup(other.wait)
        self.addCleanup(other.terminate)
        await_that(lambda: (folder / "control.sock").exists(), "the other daemon", 10)

    def packets(self) -> int:
        """What the server has got of DNS on both paths."""
        status = self.lab.status()
        return sum(int(item.get("packets", 0)) for item in status["fast_path"]["reasons"] if item["reason"] != "not_dns")

    def test_two_servers_do_not_answer_each_other(self):
        begin, sent = self.packets(), 0
        with inside(self.lab.client_ns), socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
            for message in messages() * REPEATS:
                raw.sendto(udp_packet(OTHER, SERVER4, message), (SERVER4, 0))
                sent += 1
        await_that(lambda: self.packets() >= begin + sent, "the packets", 10)
        self.assertTrue(self.lab.udp("www.example.com", "A").answer)  # behind which nothing may come
        self.assertEqual(self.packets(), begin + sent + 1)


if __name__ == "__main__":
    unittest.main()
