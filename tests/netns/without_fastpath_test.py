#!/usr/bin/python3
"""without_fastpath_test.py BUILD: whatever keeps the XDP program away, the daemon starts, serves, and says why in one line."""
import sys
import time
import unittest

from lab import SERVER4, SERVER6, Lab, attach_pass_program, await_that, command

BUILD = sys.argv.pop(1)
CAPABILITIES = "; signpostd needs CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON for its fast path"
START_SECONDS = 2


def without(*capabilities: str) -> list:
    """The words before a command that take these capabilities from it."""
    dropped = ",".join(f"cap_{each}" for each in capabilities)
    return ["capsh", f"--drop={dropped}", "--", "-c", 'exec "$@"', "sh"]


class WithoutFastPath(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(Lab("twithout", BUILD))
        self.command = self.lab.daemon_command()

    def restart(self, before=(), after=()) -> None:
        self.lab.lab("daemon", "stop")
        self.lab.write_daemon_command([*before, *self.command, *after])
        self.lab.lab("daemon", "start")

    def warnings(self) -> list:
        return [line for line in self.lab.daemon_log().splitlines() if " warning " in line]

    def assert_serves_in_userspace(self, why: str) -> None:
        self.assertEqual(self.lab.status()["fast_path"]["mode"], "USERSPACE")
        self.assertIn(why, self.lab.signpost("status"))
        slow = self.lab.slow_queries()
        for name, rtype, count in (("www.example.com", "A", 2), ("www.example.com", "HTTPS", 1)):
            self.assertEqual(len(self.lab.udp(name, rtype).answer[0]), count)
        self.assertEqual(self.lab.slow_queries(), slow + 2)

    def test_a_missing_capability_is_named(self):
        for capability in ("bpf", "perfmon", "net_admin"):
            self.restart(without(capability, "sys_admin"))
            self.assert_serves_in_userspace(CAPABILITIES)
            (warning,) = self.warnings()
            self.assertIn("userspace mode: the daemon answers all queries", warning)
            self.assertIn(CAPABILITIES, warning)

    def test_a_missing_bpffs_is_named(self):
        self.restart(["unshare", "-m", "sh", "-c",
                      'while mountpoint -q /sys/fs/bpf; do umount /sys/fs/bpf; done; exec "$@"', "sh"])
        self.assert_serves_in_userspace("mount -t bpf bpf /sys/fs/bpf")

    def test_a_foreign_xdp_program_stays_and_gives_way_when_it_is_removed(self):
        self.lab.lab("daemon", "stop")
        attach_pass_program(self.lab.server_ns, self.lab.server_if, BUILD)
        foreign = self.lab.xdp_program()
        self.lab.lab("daemon", "start")
        self.assert_serves_in_userspace(f"the XDP program {foreign} ")
        self.assertEqual(self.lab.xdp_program(), foreign)
        command("ip", "-n", self.lab.server_ns, "link", "set", "dev", self.lab.server_if, "xdp", "off")
        await_that(lambda: self.lab.status()["fast_path"]["mode"] == "NATIVE", "the program", 5)
        fast = self.lab.fast_answers()
        self.assertTrue(self.lab.udp("www.example.com", "A").answer)
        self.assertEqual(self.lab.fast_answers(), fast + 1)

    def test_a_daemon_that_starts_before_the_network_serves_when_it_is_there(self):
        self.lab.lab("daemon", "stop")
        self.lab.remove_link()
        self.lab.lab("daemon", "start")
        self.assertEqual(self.lab.status()["fast_path"]["mode"], "USERSPACE")
        self.assertTrue([line for line in self.warnings() if f"no interface has the listen address yet address={SERVER4}" in line])
        self.lab.lay_link()
        for server in (SERVER4, SERVER6):
            await_that(lambda: self.lab.answers_fast(server), f"a fast answer from {server}", 5)

    def test_a_state_folder_that_cannot_be_written_to_is_served_within_two_seconds(self):
        data = self.lab.run_dir / "data"
        begin = time.monotonic()
        self.restart(["unshare", "-m", "sh", "-c",
                      f'mount --bind {data} {data}; mount -o remount,bind,ro {data}; exec "$@"', "sh"])
        self.assertLess(time.monotonic() - begin, START_SECONDS)
        self.assertTrue(self.lab.answers_fast())
        (warning,) = self.warnings()
        self.assertIn("serving the last good snapshot; changes are refused", warning)
        self.assertIn("can't be written to", self.lab.attempt("client", "signpost", "rollback", "0").stderr)


if __name__ == "__main__":
    unittest.main()
