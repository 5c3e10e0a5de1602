#!/usr/bin/python3
"""metrics_test.py BUILD: what the documents of monitoring say, against a daemon that a Prometheus scrapes."""
import http.client
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "netns"))

import documents
from lab import Lab, await_that, inside
from mmdb import country_file

BUILD = sys.argv.pop(1)
PROMETHEUS_PORT = 9090
# Panels that are empty while all is well.
EMPTY_PANELS = {"Unhealthy now", "Notices waiting"}
RARE_TYPES = [66, 99, 258, 1000, 32769, 65280]


class Metrics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        countries = folder / "countries.mmdb"
        countries.write_bytes(country_file("10.53.0.0/24", "DE"))
        cls.lab = cls.enterClassContext(Lab("tmetrics", BUILD, "--geo-data", str(countries), "--dnstap", str(folder / "dnstap.sock")))
        cls.start_prometheus(folder)

    @classmethod
    def start_prometheus(cls, folder: pathlib.Path):
        config = folder / "prometheus.yml"
        config.write_text("global: {scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms}\n"
                          f"rule_files: ['{documents.RULES}']\n"
                          "scrape_configs: [{job_name: signpost, static_configs: [{targets: ['127.0.0.1:9153']}]}]\n")
        words = ["nsenter", f"--net=/run/netns/{cls.lab.server_ns}", "--", "prometheus", f"--config.file={config}",
                 f"--storage.tsdb.path={folder}/tsdb", f"--web.listen-address=127.0.0.1:{PROMETHEUS_PORT}"]
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(process.wait)
        cls.addClassCleanup(process.terminate)
        await_that(cls.answers_queries, "Prometheus to scrape the daemon", 30)

    @classmethod
    def answers_queries(cls) -> bool:
        try:
            return bool(cls.query('up{job="signpost"} == 1'))
        except (ConnectionError, json.JSONDecodeError):  # does not listen yet; or says, in words, that it is not ready
            return False

    @classmethod
    def get(cls, port: int, path: str) -> str:
        with inside(cls.lab.server_ns):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", path)
        body = connection.getresponse().read().decode()
        connection.close()
        return body

    @classmethod
    def scrape(cls) -> str:
        return cls.get(9153, "/metrics")

    @classmethod
    def query(cls, expression: str) -> list:
        """The values of an expression of PromQL; an error in it fails the test."""
        answer = json.loads(cls.get(PROMETHEUS_PORT, "/api/v1/query?" + urllib.parse.urlencode({"query": expression})))
        if answer["status"] != "success":
            raise AssertionError(f"{expression}: {answer['error']}")
        return [float(result["value"][1]) for result in answer["data"]["result"]]

    def series(self, name: str, **labels) -> float:
        """The sum of the samples with these labels, of a scrape."""
        total = 0
        for text, value in re.findall(rf"^{name}\{{(.*)\}} (\S+)$", self.scrape(), re.MULTILINE):
            if all(f'{label}="{wanted}"' in text for label, wanted in labels.items()):
                total += float(value)
        return total

    def test_the_document_has_every_metric_and_label_and_no_other(self):
        exposed, documented = documents.exposed_metrics(self.scrape()), documents.documented_metrics()
        self.assertEqual(sorted(documented), sorted(exposed))
        for name, labels in exposed.items():
            if labels is not None:
                self.assertEqual(documented[name], labels, name)

    def test_promtool_accepts_a_scrape(self):
        check = subprocess.run(["promtool", "check", "metrics"], input=self.scrape(), capture_output=True, text=True)
        self.assertEqual((check.returncode, check.stdout, check.stderr), (0, "", ""))

    def test_alerts_and_dashboard_name_metrics_that_are_there(self):
        exposed = set(documents.exposed_metrics(self.scrape()))
        self.assertLessEqual(documents.metrics_in(documents.RULES.read_text()), exposed)
        for title, expressions in documents.dashboard_expressions().items():
            for expression in expressions:
                self.assertLessEqual(documents.metrics_in(expression), exposed, title)

    def test_prometheus_evaluates_every_alert_without_an_error(self):
        def rules() -> list:
            groups = json.loads(self.get(PROMETHEUS_PORT, "/api/v1/rules"))["data"]["groups"]
            return [rule for group in groups for rule in group["rules"]]

        await_that(lambda: all(rule["health"] != "unknown" for rule in rules()), "all alerts to be evaluated", 30)
        self.assertEqual({rule["name"]: rule["health"] for rule in rules()},
                         {name: "ok" for name in documents.documented_alerts()})

    def test_every_panel_of_the_dashboard_shows_something(self):
        for title, expressions in documents.dashboard_expressions().items():
            for expression in expressions:
                if title in EMPTY_PANELS:
                    self.query(expression)
                else:
                    self.lab.udp("api.example.com", "A")
                    await_that(lambda: self.query(expression), f"a value of {title}: {expression}", 20)

    def test_answers_are_counted_by_path_type_and_outcome(self):
        def count(**labels) -> float:
            return self.series("signpost_answers_total", **labels)

        wanted = {("A", "answer", "NOERROR"): ("api.example.com", "A", 5),
                  ("AAAA", "answer", "NOERROR"): ("api.example.com", "AAAA", 4),
                  ("NAPTR", "nodata", "NOERROR"): ("api.example.com", "NAPTR", 3),
                  ("TXT", "nxdomain", "NXDOMAIN"): ("missing.example.com", "TXT", 2)}
        for path, ask in (("fast", self.lab.udp), ("slow", self.lab.tcp)):
            for (rtype, outcome, rcode), (name, asked, times) in wanted.items():
                labels = {"path": path, "type": rtype, "outcome": outcome, "rcode": rcode}
                before = count(**labels)
                for _ in range(times):
                    ask(name, asked)
                self.assertEqual(count(**labels) - before, times, labels)

    def test_answers_of_a_policy_are_counted_by_endpoint(self):
        def count(path: str, address: str) -> float:
            return self.series("signpost_endpoint_answers_total", path=path, endpoint=address)

        for path, ask in (("fast", self.lab.udp), ("slow", self.lab.tcp)):
            seen = [item.address for rrset in ask("api.example.com", "A").answer for item in rrset if item.rdtype == 1]
            before = {address: count(path, address) for address in set(seen)}
            for _ in range(10):
                for rrset in ask("api.example.com", "A").answer:
                    seen += [item.address for item in rrset if item.rdtype == 1]
            for address in before:
                self.assertEqual(count(path, address) - before[address], seen[len(before):].count(address), (path, address))

    def test_whatever_clients_ask_adds_no_series(self):
        def names() -> set:
            return set(re.findall(r"^(signpost_\S+) ", self.scrape(), re.MULTILINE))

        def ask(label: str):
            for rtype in RARE_TYPES:
                for question in self.lab.udp, self.lab.tcp:
                    question(f"{label}.example.com", f"TYPE{rtype}")

        ask("some")
        before = names()
        for number in range(20):
            ask(f"other-{number}")
        self.assertEqual(names(), before)

    def test_top_tells_what_is_answered_at_the_moment(self):
        flood = self.lab.flood(2000, 20, "api.example.com A\n")
        self.addCleanup(flood.end)
        self.addCleanup(flood.stop)

        def reading() -> dict:
            return json.loads(self.lab.signpost("top", "-o", "json"))

        await_that(lambda: int(reading().get("choice_answers", 0)) > 0, "the flood to begin", 20)
        second = reading()
        fast = [line for line in second["replies"] if line["path"] == "fast" and line["type"] == "A"]
        self.assertEqual([(line["rcode"], line["outcome"]) for line in fast], [("NOERROR", "answer")])
        answers = int(second["choice_answers"])
        self.assertAlmostEqual(answers / second["seconds"], 2000, delta=400)
        shares = {line["endpoint"]: int(line["answers"]) / answers for line in second["endpoints"]}
        self.assertEqual(list(shares), ["1.2.3.4", "5.6.7.8", "9.10.11.12"])  # by share
        for endpoint, share in zip(shares, (0.5, 0.3, 0.2)):
            self.assertAlmostEqual(shares[endpoint], share, delta=0.02)
        self.assertEqual({(line["name"], line["type"]) for line in second["choices"]}, {("api.example.com.", "A")})
        picture = self.lab.signpost("top", "--count", "1")
        self.assertRegex(picture, r"1\.2\.3\.4 .* 5\d\.\d %  ██████████")

    def test_prometheus_sees_the_latency_of_the_slow_path(self):
        self.lab.tcp("api.example.com", "A")
        quantile = "histogram_quantile(0.99, sum by (le) (signpost_slowpath_duration_seconds_bucket))"
        await_that(lambda: any(0 < value < 1 for value in self.query(quantile)), "a quantile of the latency", 20)


unittest.main()
