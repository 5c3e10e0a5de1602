#!/usr/bin/python3
"""probes_test.py BUILD: every kind of probe against a real server, by `signpost health test`."""
import os
import shutil
import subprocess
import sys
import unittest

import servers
from servers import Scene, await_true, free_port

BUILD = sys.argv.pop(1)
PAGE = "<html><body>The shop is open</body></html>\n"


class Probes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scene = cls.enterClassContext(Scene(BUILD))
        cls.scene.start_daemon()

    def expect(self, check: dict, outcome: str, text: str, **expected) -> dict:
        response = self.scene.test(check)
        self.assertEqual(response["outcome"], outcome, response)
        self.assertRegex(response["result"], text)
        return response

    def succeed(self, check: dict, text: str = "^Success: ") -> dict:
        return self.expect(check, "SUCCESS", text)

    def fail_(self, check: dict, text: str) -> dict:
        return self.expect(check, "FAILURE", text)


class Nginx(Probes):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.http, cls.https, cls.strict = free_port(), free_port(), free_port()
        one, one_key = cls.scene.certificate("one.example", 30)
        two, two_key = cls.scene.certificate("two.example", 5)
        cls.scene.start_nginx(f"""
  server {{ listen 127.0.0.1:{cls.http}; gzip on; location /gone {{ return 410; }} location /key {{
            if ($http_x_key != "secret") {{ return 403; }} return 204; }} }}
  server {{ listen 127.0.0.1:{cls.https} ssl; server_name one.example; ssl_certificate {one}; ssl_certificate_key {one_key}; }}
  server {{ listen 127.0.0.1:{cls.https} ssl; server_name two.example; ssl_certificate {two}; ssl_certificate_key {two_key};
            location / {{ return 503; }} }}
  server {{ listen 127.0.0.1:{cls.strict} ssl default_server; ssl_reject_handshake on; }}
  server {{ listen 127.0.0.1:{cls.strict} ssl; server_name one.example; ssl_certificate {one}; ssl_certificate_key {one_key}; }}
""")
        (cls.scene.folder / "www/index.html").write_text(PAGE)
        (cls.scene.folder / "www/large.html").write_text("x" * 6000 + PAGE)
        await_true(lambda: servers.listens(cls.http) and servers.listens(cls.https), "nginx's start")

    def http_check(self, **fields) -> dict:
        return {"http": {"ip_address": "127.0.0.1", "port": self.http} | fields}

    def https_check(self, name: str, **fields) -> dict:
        return {"https": {"ip_address": "127.0.0.1", "port": self.https, "fully_qualified_domain_name": name} | fields}

    def test_status_codes(self):
        self.succeed(self.http_check(), "HTTP status 200")
        self.fail_(self.http_check(resource_path="/gone"), "HTTP status 410")
        self.succeed(self.http_check(resource_path="/gone", expected_status_codes=["410"]))

    def test_methods_and_headers(self):
        self.succeed(self.http_check(method="HEAD"))
        self.fail_(self.http_check(resource_path="/key"), "HTTP status 403")
        self.succeed(self.http_check(resource_path="/key", headers=[{"name": "X-Key", "value": "secret"}]), "HTTP status 204")

    def test_searches_of_the_body_plain_and_gzipped(self):
        for headers in ([], [{"name": "Accept-Encoding", "value": "gzip"}]):
            self.succeed(self.http_check(search_string="shop is open", headers=headers))
            self.fail_(self.http_check(search_string="shop is closed", headers=headers), "search string is not in its 43 octets")
            self.succeed(self.http_check(search_pattern="is (open|shut)<", headers=headers))
            large = self.http_check(resource_path="/large.html", search_string="shop is open", headers=headers)
            self.fail_(large, "not in the first 5,120 octets")
            self.succeed(self.http_check(resource_path="/large.html", search_pattern="shop is open", headers=headers))

    def test_https_goes_to_the_server_of_the_name(self):
        self.succeed(self.https_check("one.example"), "HTTP status 200")
        self.fail_(self.https_check("two.example"), "HTTP status 503")
        without = self.https_check("two.example", tls={"enable_sni": False})
        self.assertIn("certificate of CN = one.example",  # of nginx's first server
                      [step["text"] for step in self.scene.test(without)["steps"]])

    def test_https_without_the_name_where_the_certificate_does_not_have_it(self):
        response = self.succeed(self.https_check("three.example"), "HTTP status 200")
        steps = " ".join(step["text"] for step in response["steps"])
        self.assertRegex(steps, "does not have the name three.example: another handshake without it .* certificate of CN = one.example")
        strict = {"https": {"ip_address": "127.0.0.1", "port": self.strict}}
        strict["https"]["fully_qualified_domain_name"] = "one.example"
        self.succeed(strict)
        strict["https"]["fully_qualified_domain_name"] = "three.example"
        self.fail_(strict, "no TLS handshake with .*unrecognized name")

    def test_https_tells_the_certificate(self):
        response = self.succeed(self.https_check("one.example"))
        self.assertIn("certificate_expires", response)
        self.assertRegex(" ".join(step["text"] for step in response["steps"]), "TLS: TLSv1.* certificate of CN = one.example")
        self.fail_(self.https_check("one.example", tls={"verify_certificate": True}), "certificate is not accepted: self-signed")


class OpensslServer(Probes):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.port = free_port()
        certificate, key = cls.scene.certificate("tls.example", 30)
        cls.scene.spawn("openssl", "s_server", "-accept", f"127.0.0.1:{cls.port}", "-cert", certificate, "-key", key,
                        "-rev", "-quiet", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        await_true(lambda: servers.listens(cls.port), "s_server's start")

    def test_tcp_with_tls_send_and_expect(self):
        check = {"tcp": {"ip_address": "127.0.0.1", "port": self.port, "tls": {}}}
        self.succeed(check, "connected to")
        check["tcp"] |= {"send": "olleh\n", "expect": "hello"}  # s_server sends lines back reversed
        self.succeed(check, "octets that are expected")
        check["tcp"]["expect"] = "other"
        self.fail_(check, "not the octets that are expected within 2 s")


class Knot(Probes):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.port = free_port()
        folder = cls.scene.folder
        (folder / "example.zone").write_text(
            "$ORIGIN example.\n@ 60 SOA ns host 1 60 60 60 60\n@ 60 NS ns\nns 60 A 192.0.2.53\n"
            "www 60 A 192.0.2.1\n@ 60 MX 10 Mail\nmail 60 A 192.0.2.2\n" +
            "".join(f"big 60 TXT {'x' * 200}{number}\n" for number in range(20)))
        (folder / "knot.conf").write_text(f"""
server:
  listen: 127.0.0.1@{cls.port}
  rundir: {folder}
database:
  storage: {folder}
zone:
  - domain: example.
    file: {folder}/example.zone
""")
        knotd = shutil.which("knotd", path=f"{os.environ['PATH']}:/usr/sbin")
        cls.scene.spawn(knotd, "-c", folder / "knot.conf", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        await_true(lambda: servers.listens(cls.port), "knotd's start")

    def dns_check(self, name: str, **fields) -> dict:
        return {"dns": {"ip_address": "127.0.0.1", "port": self.port, "query_name": name} | fields}

    def test_response_codes(self):
        self.succeed(self.dns_check("www.example"), "NOERROR")
        self.fail_(self.dns_check("missing.example"), "NXDOMAIN from .*, not NOERROR")
        self.succeed(self.dns_check("missing.example", expected_rcode="NXDOMAIN"))
        self.succeed(self.dns_check("elsewhere.test", expected_rcode="REFUSED"))

    def test_records(self):
        self.succeed(self.dns_check("www.example", expected_records=["192.0.2.1"]))
        self.fail_(self.dns_check("www.example", expected_records=["192.0.2.9"]), "without A 192.0.2.9")
        self.succeed(self.dns_check("example", query_type="MX", expected_records=["10 mail.example."]))

    def test_a_truncated_answer_comes_over_tcp(self):
        self.succeed(self.dns_check("big.example", query_type="TXT", expected_records=[f'"{"x" * 200}7"']))


class Grpc(Probes):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        server = cls.scene.spawn(f"{BUILD}/tests/servers/grpc_health_server", stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, text=True)
        cls.port = int(server.stdout.readline())

    def test_services(self):
        def check(service):
            return {"grpc": {"ip_address": "127.0.0.1", "port": self.port, "service": service}}
        self.succeed(check(""), "SERVING")
        self.succeed(check("up"), "up is SERVING")
        self.fail_(check("down"), "down is NOT_SERVING")
        self.fail_(check("missing"), "does not know the service missing")


class Prometheus(Probes):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.port = free_port()
        config = cls.scene.folder / "prometheus.yml"
        config.write_text("global: {scrape_interval: 200ms, scrape_timeout: 200ms}\nscrape_configs:\n"
                          f"  - {{job_name: self, static_configs: [{{targets: ['127.0.0.1:{cls.port}']}}]}}\n")
        cls.scene.spawn("prometheus", f"--config.file={config}", f"--storage.tsdb.path={cls.scene.folder}/tsdb",
                        f"--web.listen-address=127.0.0.1:{cls.port}", stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL)
        await_true(lambda: cls.scene.test(cls.metric("up", "equal", 1))["outcome"] == "SUCCESS", "a first scrape")

    @classmethod
    def metric(cls, query: str, comparison: str, threshold: float, **fields) -> dict:
        return {"metric": {"ip_address": "127.0.0.1", "port": cls.port, "query": query, "comparison": comparison,
                           "threshold": threshold} | fields}

    def test_comparisons(self):
        self.succeed(self.metric("sum(up)", "greater_than_or_equal", 1), "the value is 1 in")
        self.fail_(self.metric("sum(up)", "greater_than", 1), "the value is 1 at")
        self.succeed(self.metric("scalar(sum(up)) * 2.5", "equal", 2.5))
        self.succeed(self.metric("{__name__=~'scrape_.*'}", "greater_than_or_equal", 0), "the comparison holds for")

    def test_missing_data(self):
        self.expect(self.metric("missing", "less_than", 1), "NO_DATA", "the query has no value")
        self.fail_(self.metric("missing", "less_than", 1, insufficient_data_health_status="unhealthy_status"), "no data")
        self.succeed(self.metric("missing", "less_than", 1, insufficient_data_health_status="healthy_status"))
        self.expect(self.metric("sum(", "less_than", 1), "NO_DATA", "HTTP status 400 .*parse error")


class HostItself(Probes):
    def test_icmp(self):
        for address in ("127.0.0.1", "::1"):
            response = self.scene.test({"icmp": {"ip_address": address}})
            if response["outcome"] == "DISCARDED":
                self.skipTest(response["result"])
            self.assertEqual(response["outcome"], "SUCCESS", response)

    def test_command(self):
        program = self.scene.commands / "disk"
        program.write_text("#!/bin/sh\necho \"$1 is fine, $SIGNPOST_CHECK\"\n")
        program.chmod(0o755)
        self.succeed({"command": {"command": ["disk", "/srv"]}}, "disk ended with 0: /srv is fine, tested")
        self.fail_({"command": {"command": ["missing"]}}, "cannot run .*/missing: No such file")


del Probes
unittest.main()
