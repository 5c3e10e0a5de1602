#!/usr/bin/python3
"""clock_test.py BUILD: a clock that is set changes no interval, and costs no valid cookie more than a minute."""
import signal
import struct
import sys
import time
import unittest

import dns.edns
import dns.message

from lab import EXAMPLE, Lab, await_that

BUILD = sys.argv.pop(1)
COOKIE = 10
PRELOADED = f"{BUILD}/tests/netns/libshifted_clock.so"
HOUR, YEAR = 3600, 365 * 86400


class Clock(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(Lab("tclock", BUILD))
        self.lab.lab("daemon", "stop")
        self.clock = self.lab.run_dir / "clock"
        self.clock.write_bytes(bytes(8))
        self.lab.write_daemon_command(["env", f"LD_PRELOAD={PRELOADED}", f"SHIFTED_CLOCK={self.clock}",
                                       *self.lab.daemon_command()])
        self.lab.lab("daemon", "start")
        self.await_health("HEALTHY")

    def set_clock(self, seconds: int) -> None:
        """By how much the daemon's clock differs from the host's. In place: the daemon has the file mapped."""
        with open(self.clock, "r+b") as file:
            file.write(struct.pack("=q", seconds))

    def statuses(self) -> dict:
        return {item["id"]: item.get("status") for item in self.lab.health()}

    def await_health(self, status: str, check: str = "primary") -> None:
        await_that(lambda: self.statuses()[check] == status, f"{check} to be {status}", 20)

    def test_probes_keep_their_rhythm_when_the_clock_is_set(self):
        for offset in (-HOUR, YEAR):
            flips = self.lab.flips()
            self.set_clock(offset)
            begin = time.monotonic()
            self.lab.lab("endpoint", "stop", 1)
            self.await_health("UNHEALTHY")
            self.lab.lab("endpoint", "start", 1)
            self.await_health("HEALTHY")
            self.assertLess(time.monotonic() - begin, 15)
            self.assertEqual(self.lab.flips(), flips | {"primary": flips["primary"] + 2})

    def cookie(self, sent: bytes) -> bytes:
        """The cookie that comes back for this one."""
        option = dns.edns.GenericOption(COOKIE, sent)
        query = dns.message.make_query("www.example.com", "A", use_edns=0, options=[option])
        (found,) = dns.message.from_wire(self.lab.octets(query.to_wire())).options
        return found.to_wire()

    def valid_cookies(self) -> int:
        (event,) = [item for item in self.lab.status()["guard_events"] if item["event"] == "cookie_valid"]
        return int(event["fast_path"])

    def follow_clock(self, seconds: int) -> None:
        self.set_clock(seconds)
        self.lab.signal_daemon(signal.SIGHUP)
        await_that(lambda: abs(cookie_time(self.cookie(bytes(8))) - time.time() - seconds) < 10, "the new time", 10)

    def test_cookies_follow_the_clock_within_the_window_of_rfc_9018(self):
        guards = self.lab.run_dir / "guards.yaml"
        guards.write_text("guards: [{cookies: {}}]\n", encoding="ascii")
        self.lab.signpost("apply", "-f", EXAMPLE, "-f", guards)
        cookie = self.cookie(b"\1" * 8)
        self.follow_clock(200)
        self.assertEqual(self.cookie(cookie), cookie)
        self.assertEqual(self.valid_cookies(), 1)
        self.follow_clock(YEAR)
        self.assertNotEqual(self.cookie(cookie), cookie)
        self.assertEqual(self.valid_cookies(), 1)


def cookie_time(cookie: bytes) -> int:
    """RFC 9018 section 4.3."""
    return int.from_bytes(cookie[12:16], "big")


if __name__ == "__main__":
    unittest.main()
