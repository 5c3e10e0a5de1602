#!/usr/bin/python3
"""pages_test.py BUILD: the commands and files of the manual's other pages do what these say, and no page has one that is not tried. As root."""
import datetime
import json
import os
import re
import signal
import textwrap
import unittest

import cli_test  # noqa: F401 pylint: disable=unused-import  it tells what it follows
import policies_test  # noqa: F401 pylint: disable=unused-import  likewise
import pages
from room import ROOT, await_true
from story import BUILD, Story, tells, told

# By a test of their own, which follows every block.
TRIED_WHOLE = {"docs/moving.md": "tests/servers/moving_test.py"}
# These show no commands: pictures of how it is built.
DRAWINGS = {("docs/architecture.md", "The one idea"), ("docs/architecture.md", "Modules")}

ZONE = """zones:
  - name: example.com
    name_servers: [ns1.example.com]
    record_sets:
      - {name: www, type: A, ttl: 3600, records: [192.0.2.1]}
"""


class Pages(Story):
    def serve(self, flags: str = ""):
        self.room.start_daemon(f"signpostd --interface eth0 --listen 192.0.2.53 {flags}")
        self.room.apply(ZONE)

    def xdp_program(self):
        (link,) = json.loads(self.room.run("ip -d -j link show dev eth0"))
        return link.get("xdp", {}).get("prog")

    @tells("README.md", "Signpost", "Use it")
    def test_readme(self, found):
        self.room.copy("examples/ecommerce")
        self.room.run("mv examples/ecommerce config")
        self.room.start_daemon()
        self.follow(found)
        self.assertIsNotNone(self.xdp_program())

    @tells("README.md", "Try it")
    def test_the_quickstart_prints_what_the_page_shows(self, found):
        self.room.environment["SIGNPOST_BUILD"] = str(BUILD)
        (self.room.folder / "tools").symlink_to(ROOT / "tools")
        self.follow(found, instead={"tools/quickstart": self.tour})

    def tour(self, command: str) -> str:
        """Answers are exact for each processor, so that those of all are off by no more than a few for each."""
        told_now = self.room.attempt(command).stdout
        rows = re.findall(r"(\d+\.\d\d)%\s+\d+\.\d\d%\s+([\d,]+)$", told_now, re.MULTILINE)
        self.assertEqual(len(rows), 3 + 2 + 3)
        for (asked, count), total in zip(rows, [10_000] * 3 + [1_000] * 5):
            self.assertAlmostEqual(int(count.replace(",", "")), float(asked) / 100 * total, delta=2 * os.cpu_count())
        return told_now

    @tells("docs/operations.md", "Install")
    def test_install(self, found):
        self.serve()
        self.room.write("DIR/zones.yaml", ZONE)
        self.follow(found)

    @tells("docs/operations.md", "Capture")
    def test_capture(self, found):
        """Without an end by itself where the kernel permits it; else it says why, which cli_test.py compares."""
        def capture(command):
            capturing = self.room.begin(command)
            await_true(lambda: "each packet is shown as it came in" in self.room.log() or capturing.poll() is not None, "the capture")
            capturing.send_signal(signal.SIGINT)
            capturing.wait(timeout=30)
        self.serve()
        self.follow(found, instead={"signpost capture": capture})

    @tells("docs/operations.md", "Start and stop")
    def test_start(self, found):
        self.follow(found)
        self.assertIn("[2001:db8::53]:53", self.room.run("signpost status"))

    def test_the_log_forecasts_the_memory_that_the_page_says(self):
        """What the page says is of nodes and cells; the others, which do not depend on them, are the same each time."""
        page = (ROOT / "docs" / "operations.md").read_text()
        default, larger = map(int, re.search(r"takes (\d+) MiB for both sets, 1,048,576 nodes and as many cells (\d+) MiB", page).groups())
        for flags in ("", "--max-nodes 1048576"):
            self.room.start_daemon(f"signpostd --interface eth0 --listen 192.0.2.53 {flags}")
        forecasts = [int(each) for each in re.findall(r"kernel_memory_mib=(\d+)", self.room.log())]
        self.assertEqual(len(forecasts), 2)
        others = forecasts[0] - default
        self.assertGreater(others, 0)
        self.assertEqual(forecasts[1] - larger, others)

    @tells("docs/operations.md", "Changes to records with long TTLs")
    def test_a_change_of_a_long_ttl_is_made_at_its_time(self, found):
        tomorrow = datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days=1)
        self.serve()
        self.room.write("shop/shop.yaml", ZONE.replace("192.0.2.1]", "192.0.2.2]"))
        self.follow(found, replace={"2026-08-03": tomorrow.isoformat()})
        (schedule,) = json.loads(self.room.run("signpost schedule list -o json"))["schedules"]
        due = [step["due"][11:19] for step in schedule["steps"]]
        self.assertEqual(due, ["13:00:00", "14:00:00", "14:05:30"])

    @tells("docs/operations.md", "Health checks")
    def test_health_checks(self, found):
        def last_resort(text):
            checks = "".join(f"  - {{id: {check}, recovery_control: {{}}}}\n" for check in ("lon", "nyc"))
            self.room.apply(f"health_checks:\n{checks}{ZONE.split('      -')[0]}{textwrap.indent(text, 4 * ' ')}")
            for check in ("lon", "nyc"):
                self.room.run(f"signpost health switch {check} off")
            self.assertIn("192.0.2.9", self.room.run("signpost explain shop.example.com A"))
        self.room.write("/etc/signpost/health/check-disk", "#!/bin/sh\n", executable=True)
        self.serve()
        self.follow(found, instead={"  - {name: shop": last_resort})

    @tells("docs/operations.md", "Cookies, NSID and limits")
    def test_guards(self, found):
        self.serve()
        self.follow(found)
        self.assertIn("lon-1", self.room.run("kdig @192.0.2.53 +nsid www.example.com"))

    @tells("docs/operations.md", "DNS over TLS")
    def test_dns_over_tls(self, found):
        self.room.run("mkdir -p /etc/signpost/tls && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=ns1.example.com "
                      "-addext subjectAltName=DNS:ns1.example.com -keyout /etc/signpost/tls/privkey.pem -out /etc/signpost/tls/fullchain.pem")
        self.room.run("cat /etc/signpost/tls/fullchain.pem >>/etc/ssl/certs/ca-certificates.crt")
        self.follow(found, instead={"kdig": self.answers_www})

    def answers_www(self, command: str):
        self.room.apply(ZONE)
        self.assertRegex(self.room.run(command), r"www\.example\.com\.\s+3600\s+IN\s+A\s+192\.0\.2\.1\b")

    @tells("docs/operations.md", "Notices")
    def test_notice_receivers(self, found):
        self.room.write("/etc/signpost/health/log-notice", "#!/bin/sh\n", executable=True)
        self.room.run("mkdir -p /etc/signpost/secrets && echo key | tee /etc/signpost/secrets/pagerduty-key >/etc/signpost/secrets/own-key")
        self.serve()
        self.room.apply(ZONE + "health_checks: [{id: web, recovery_control: {}}, {id: cart, recovery_control: {}}]\n")
        self.follow(found)
        self.assertEqual(len(json.loads(self.room.run("signpost get notice-receivers -o json"))["items"]), 4)

    @tells("docs/operations.md", "State: backup and restore")
    def test_a_backup_is_what_was(self, found):
        self.serve()
        self.follow(found)
        self.assertIn("www", (self.room.folder / "backup.yaml").read_text())
        self.room.stop_daemon()
        self.room.run("rm /var/lib/signpost/* && cp backup.db /var/lib/signpost/state.db")
        self.room.start_daemon()
        self.assertIn("www", self.room.run("signpost get records example.com"))

    @tells("docs/operations.md", "dnstap")
    def test_dnstap(self, found):
        def capture(command):
            capturing = self.room.begin(command)
            await_true(lambda: self.room.attempt("test -S /run/dnstap.sock").returncode == 0, "the reader's socket")
            self.serve("--dnstap /run/dnstap.sock")
            await_true(lambda: self.seen_by_reader() > 0, "the reader to be told")
            self.room.stop_daemon()
            capturing.send_signal(signal.SIGINT)
            capturing.wait(timeout=30)

        def read(command):
            self.assertIn("www.example.com", self.room.run(command))
        self.follow(found, instead={"fstrm_capture": capture, "dnstap-read": read})

    def seen_by_reader(self) -> int:
        """Frames that were queued for the reader, of questions over TCP, which the fast path leaves to the daemon."""
        self.room.ask("+tcp www.example.com A")
        metrics = self.room.run("curl --silent http://127.0.0.1:9153/metrics")
        return int(re.search(r'^signpost_dnstap_frames_total\{outcome="queued"\} (\d+)', metrics, re.MULTILINE)[1])

    @tells("docs/zones.md", "Private zones")
    def test_private_zones(self, found):
        self.room.start_daemon()
        self.follow(found)
        self.assertIn("10.0.0.80", self.room.run("signpost explain www.example.com A --client 10.0.0.9"))

    @tells("docs/zones.md", "Questions for other servers")
    def test_forward_rules(self, found):
        self.serve()
        self.follow(found)

    @tells("docs/zones.md", "Other servers: copies and updates", "Copies of zones of other servers")
    def test_zones_of_other_servers(self, found):
        self.room.run("mkdir -p /etc/signpost/secrets && openssl rand -base64 32 >/etc/signpost/secrets/xfr.example")
        self.serve()
        self.follow(found)
        self.assertIn("example.org", self.room.run("signpost get secondary-zones"))

    @tells("docs/security.md", "Roles")
    def test_roles(self, found):
        self.room.run("groupadd signpost-admin && useradd oncall")
        self.follow(found)

    @tells("docs/security.md", "The socket")
    def test_the_socket(self, found):
        self.room.run("groupadd signpost")
        self.follow(found)
        self.assertEqual(self.room.run("stat --format=%G:%a /run/signpost/control.sock").strip(), "signpost:660")

    @tells("docs/security.md", "The port", "Audit log")
    def test_the_port(self, found):
        def place_certificates(_):
            self.room.run("mkdir -p /etc/signpost/tls && cp server.pem server.key ca.pem /etc/signpost/tls/")
            self.room.run("mkdir -p /var/log/signpost")

        def change(_):
            self.room.write("zones.yaml", ZONE)
            self.room.run("signpost --server tls://192.0.2.53:5380 --ca ca.pem --cert client.pem --key client.key apply -f zones.yaml")
        self.follow(found, before={"grpc-listen": place_certificates, "tail": change})

    @tells("docs/metrics.md", "Metrics and alerts")
    def test_prometheus_takes_its_configuration(self, found):
        def check(text):
            self.room.run("mkdir -p /etc/prometheus")
            self.room.write("/etc/prometheus/prometheus.yml", text)
            self.room.run(f"cp {ROOT}/docs/prometheus/signpost.rules.yml /etc/prometheus/ && promtool check config /etc/prometheus/prometheus.yml")
        self.follow(found, instead={"# /etc/prometheus/prometheus.yml": check})


class Whole(unittest.TestCase):
    def test_no_section_with_commands_or_files_is_left_out(self):
        sections = {(page, block.section) for page in pages.PAGES if page not in TRIED_WHOLE for block in pages.blocks(page)}
        self.assertEqual(sections - told - DRAWINGS, set())
        self.assertEqual(DRAWINGS - sections, set())

    def test_what_is_not_run_is_in_a_page_and_tried_elsewhere(self):
        commands = {command for page in pages.PAGES for block in pages.blocks(page) if block.kind() == "commands" for command, _ in block.commands()}
        self.assertEqual(set(pages.NOT_RUN) - commands, set())
        for command, (where, _) in pages.NOT_RUN.items():
            self.assertTrue(where is None or (ROOT / where).exists(), command)


if __name__ == "__main__":
    unittest.main()
