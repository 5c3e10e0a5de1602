#!/usr/bin/python3
"""health_test.py BUILD: health checks of a running daemon: history, switches, restarts, and being stopped for a while."""
import json
import pathlib
import signal
import sys
import time
import unittest

import servers
from servers import Scene, await_true, free_port

BUILD = sys.argv.pop(1)
ZONE = {"name": "shop.example.", "record_sets": [
    {"name": "@", "type": "SOA", "ttl": 300, "records": ["ns.shop.example. host.shop.example. 1 7200 900 1209600 300"]},
    {"name": "@", "type": "NS", "ttl": 300, "records": ["ns.shop.example."]},
    {"name": "www", "type": "A", "ttl": 60, "records": ["192.0.2.1"], "set_identifier": "one", "health_check_id": "site",
     "weighted": {"weight": 1}},
    {"name": "www", "type": "A", "ttl": 60, "records": ["192.0.2.2"], "set_identifier": "two",
     "weighted": {"weight": 1}}]}


class Health(unittest.TestCase):
    def setUp(self):
        self.scene = self.enterContext(Scene(BUILD))
        self.port = free_port()
        self.nginx = self.start_nginx()
        self.daemon = self.scene.start_daemon()
        self.scene.apply({"zones": [ZONE], "health_checks": [
            {"id": "web", "http": {"ip_address": "127.0.0.1", "port": self.port}, "request_interval": 1,
             "failure_threshold": 1},
            {"id": "region", "recovery_control": {}},
            {"id": "site", "calculated": {"child_health_checks": ["web", "region"], "health_threshold": 2}}]})
        self.await_status("site", "HEALTHY")

    def start_nginx(self):
        nginx = self.scene.start_nginx(f"server {{ listen 127.0.0.1:{self.port}; return 200; }}")
        await_true(lambda: servers.listens(self.port), "nginx's start")
        return nginx

    def await_status(self, check: str, status: str):
        await_true(lambda: self.scene.health()[check]["status"] == status, f"{check} becoming {status}")

    def answers(self) -> list:
        explained = json.loads(self.scene.signpost("explain", "www.shop.example", "A", "-o", "json"))
        return sorted(variant["choice"] for variant in explained["variants"])

    def history(self, *arguments) -> list:
        return json.loads(self.scene.signpost("health", "history", *arguments, "-o", "json")).get("items", [])

    def test_a_failure_reaches_the_answer_and_the_history_with_its_reason(self):
        self.assertEqual(self.answers(), ["one", "two"])
        self.scene.end(self.nginx)
        self.await_status("site", "UNHEALTHY")
        await_true(lambda: self.answers() == ["two"], "the answer's change")
        web = self.scene.health()["web"]
        self.assertRegex(web["last_failure"], "^Failure: connection to 127.0.0.1:[0-9]+ refused")
        self.assertEqual(web["dependents"], ["www.shop.example. A"])
        await_true(lambda: len(self.history("site")) == 2, "the history")
        flips = self.history("web")
        self.assertEqual([flip["status"] for flip in flips], ["UNHEALTHY", "HEALTHY"])
        self.assertRegex(flips[0]["reason"], "refused$")
        self.assertIn("1 of 2 children healthy, 2 needed; unhealthy: web", self.scene.signpost("health", "show", "site"))

    def test_a_switch_is_served_at_once_and_survives_a_kill(self):
        self.assertEqual(self.scene.signpost("health", "switch", "region", "off", "--reason", "works"), "region is off\n")
        await_true(lambda: self.answers() == ["two"], "the answer's change")
        self.daemon.kill()
        self.daemon.wait()
        self.daemon = self.scene.start_daemon()
        self.assertEqual(self.scene.health()["region"]["status"], "UNHEALTHY")
        self.assertEqual(self.answers(), ["two"])
        self.assertRegex(self.history("region")[0]["reason"], "^switched off: works, by ")
        self.scene.signpost("health", "switch", "region", "on")
        self.await_status("site", "HEALTHY")
        refused = self.scene.attempt("health", "switch", "web", "off")
        self.assertIn("health check web is of kind http; only a recovery_control can be switched", refused.stderr)

    def test_a_restart_begins_with_the_last_known_health_and_its_age(self):
        self.scene.end(self.nginx)
        self.await_status("web", "UNHEALTHY")
        await_true(lambda: len(self.history("web")) == 2, "the history")
        since = self.scene.health()["web"]["since"]
        self.daemon.kill()
        self.daemon.wait()
        self.daemon = self.scene.start_daemon()
        web = self.scene.health()["web"]
        self.assertEqual((web["status"], web["since"][:26]), ("UNHEALTHY", since[:26]))  # to the microsecond
        self.assertEqual(self.answers(), ["two"])

    def test_a_daemon_that_was_stopped_marks_nobody_down(self):
        for _ in range(3):
            self.daemon.send_signal(signal.SIGSTOP)
            time.sleep(3)  # longer than any limit of a probe
            self.daemon.send_signal(signal.SIGCONT)
            probes = int(self.scene.health()["web"].get("probes", 0))
            await_true(lambda: int(self.scene.health()["web"]["probes"]) > probes, "another probe")
        web = self.scene.health()["web"]
        self.assertEqual((web["status"], web.get("failures", "0"), web.get("flips", "0")), ("HEALTHY", "0", "0"))

    def test_a_daemon_that_ends_leaves_no_command_behind(self):
        pid_file = self.scene.folder / "pid"
        program = self.scene.commands / "slow"
        program.write_text(f"#!/bin/sh\necho $$ > {pid_file}\nexec sleep 1000\n")
        program.chmod(0o755)
        self.scene.apply({"health_checks": [{"id": "slow", "command": {"command": ["slow"]}, "request_interval": 1}]})
        await_true(lambda: pid_file.exists() and pid_file.read_text().strip(), "the command's start")
        command = pathlib.Path("/proc", pid_file.read_text().strip())
        self.assertTrue(command.exists())
        self.scene.end(self.daemon)
        await_true(lambda: not command.exists() or "Z" in (command / "stat").read_text().split()[2], "the command's end")

    def test_the_children_of_a_calculated_check_can_not_go(self):
        path = self.scene.folder / "config.json"
        config = json.loads(path.read_text())
        config["health_checks"] = [check for check in config["health_checks"] if check["id"] != "web"]
        path.write_text(json.dumps(config))
        refused = self.scene.attempt("apply", "-f", path, "--prune")
        self.assertIn("health check web is a child of site", refused.stderr)


class KeptConnections(unittest.TestCase):
    """What nginx logs of the connections that probes keep."""

    def setUp(self):
        self.scene = self.enterContext(Scene(BUILD))
        self.plain, self.tls, self.impatient = free_port(), free_port(), free_port()
        certificate, key = self.scene.certificate("shop.example", 30)
        log = self.scene.folder / "connections.log"
        tls = f"ssl_certificate {certificate}; ssl_certificate_key {key}; return 200 ready;"
        self.scene.start_nginx(f"""
  log_format connections "$server_port $connection $connection_requests $ssl_session_reused";
  access_log {log} connections;
  server {{ listen 127.0.0.1:{self.plain}; return 200 ready; }}
  server {{ listen 127.0.0.1:{self.tls} ssl; {tls} }}
  server {{ listen 127.0.0.1:{self.impatient} ssl; keepalive_timeout 200ms; {tls} }}
""")
        await_true(lambda: all(map(servers.listens, (self.plain, self.tls, self.impatient))), "nginx's start")
        self.scene.start_daemon()
        self.log = log

    def requests(self, port: int) -> list:
        """(connection, how manieth on it, whether its TLS session was resumed) of each request."""
        words = [line.split() for line in self.log.read_text().splitlines()]
        return [(word[1], int(word[2]), word[3] == "r") for word in words if word[0] == str(port)]

    def test_probes_use_connections_again_and_resume_sessions(self):
        def check(kind, port, **fields):
            return {"id": f"check-{port}", "request_interval": 1, "failure_threshold": 1,
                    kind: {"ip_address": "127.0.0.1", "port": port, "fully_qualified_domain_name": "shop.example"} | fields}
        self.scene.apply({"health_checks": [check("http", self.plain), check("https", self.tls, search_string="ready"),
                                            check("https", self.impatient)]})
        ports = (self.plain, self.tls, self.impatient)
        await_true(lambda: all(len(self.requests(port)) >= 12 for port in ports), "twelve probes of each")
        for port in (self.plain, self.tls):
            self.assertEqual([number for _, number, _ in self.requests(port)[:12]], [*range(1, 11), 1, 2])
        self.assertEqual([resumed for _, _, resumed in self.requests(self.tls)[:12]], [False] * 10 + [True] * 2)
        closed = self.requests(self.impatient)[:12]
        self.assertEqual([number for _, number, _ in closed], [1] * 12)
        self.assertEqual([resumed for _, _, resumed in closed], [False] + [True] * 11)
        for state in self.scene.health().values():
            self.assertEqual((state["status"], state.get("failures", "0")), ("HEALTHY", "0"), state)


unittest.main()
