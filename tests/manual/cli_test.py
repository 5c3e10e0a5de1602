#!/usr/bin/python3
"""cli_test.py BUILD: the commands of docs/cli.md give what it shows. As root."""
import functools
import json
import signal
import unittest

from room import ROOT, await_true
from story import Story, tells
import nsd  # of tests/servers, which room.py makes known
from mmdb import city_file
from zones import KEY, SECRET

tells_cli = functools.partial(tells, "docs/cli.md")

SHOP = """zones:
  - name: example.com
    name_servers: [ns1.example.com]
    record_sets:
      - {{name: www, type: A, ttl: 3600, records: ["{address}"]}}
"""
WEIGHTS = """zones:
  - name: example.com
    name_servers: [ns1.example.com]
    record_sets:
      - {{name: api, type: A, ttl: 60, set_identifier: one, weighted: {{weight: {weight}}}, health_check_id: check-one, records: [192.0.2.3]}}
      - {{name: api, type: A, ttl: 60, set_identifier: two, weighted: {{weight: 1}}, records: [192.0.2.4]}}
health_checks:
  - {{id: check-one, recovery_control: {{}}}}
place_overrides:
  - {{prefix: 192.0.2.0/24, country_code: DE}}
"""
WRONG = """zones:
  - name: shop.example
    name_servers: [ns1.shop.example]
    record_sets:
      - name: www
        type: A
        wieght: 3
      - name: api
        ttl: 1h
"""
ZONE = """$TTL 300
@ SOA ns1 host 1 7200 900 1209600 300
@ NS ns1
ns1 A 192.0.2.53
www A 192.0.2.1
"""
WRONG_ZONE = """$ORIGIN z2.example.
$TTL 300
@ SOA ns1 host 1 7200 900 1209600 300
@ NS ns1
@ MX 10 mail
mail CNAME www
www A 192.0.2.1
www AAAA 2001:db8::1
"""
SHOP_CHECKS = """health_checks:
  - {id: region, recovery_control: {}}
  - {id: shop, https: {ip_address: 192.0.2.1, port: 443, fully_qualified_domain_name: shop.example}, request_interval: 1, tags: [role=web]}
"""
CHECKS = SHOP_CHECKS + """\
  - {id: web, http: {ip_address: 192.0.2.2, port: 80}, request_interval: 1, failure_threshold: 3, tags: [role=web]}
  - {id: site, calculated: {child_health_checks: [web, region], health_threshold: 2}}
"""
NOTICES = """health_checks:
  - {id: web, http: {ip_address: 192.0.2.2, port: 9}, request_interval: 1, fall: 1}
  - {id: door, recovery_control: {}}
notice_receivers:
  - {id: pager, webhook: {url: "http://192.0.2.1:8080/hook"}}
  - {id: nobody, webhook: {url: "http://192.0.2.1:9/"}}
"""
CITY = {"country_code": "US", "state1": "California", "city": "Mountain View", "latitude": 37.422, "longitude": -122.085}
# Takes every POST.
RECEIVER = """import http.server
class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()
http.server.HTTPServer(("192.0.2.1", 8080), Receiver).serve_forever()
"""


class CommandLine(Story):
    def run_ecommerce(self, flags: str = ""):
        """The example, its endpoints healthy; in the folder is a copy that gives the first of them a weight of 60."""
        self.room.copy("examples/ecommerce")
        self.room.write("www/health", "healthy\n")
        for endpoint in (1, 2, 3):
            self.room.run(f"ip address add 10.53.1.{endpoint}/32 dev lo")
        self.room.begin("python3 -m http.server 80 --directory www")
        self.await_listener("10.53.1.1", 80)
        self.room.start_daemon(f"signpostd --interface eth0 --listen 192.0.2.53 {flags}")
        self.room.run("signpost apply -f examples/ecommerce --comment 'The example'")
        for check in ("primary", "secondary", "tertiary"):
            self.await_health(check, "HEALTHY")
        zones = self.room.folder / "examples" / "ecommerce" / "zones.yaml"
        zones.write_text(zones.read_text().replace("{weight: 50}", "{weight: 60}"))

    def await_listener(self, address: str, port: int):
        await_true(lambda: self.room.attempt(f"exec 3<>/dev/tcp/{address}/{port}").returncode == 0, f"a listener at {address}:{port}")

    def health(self) -> dict:
        return {each["id"]: each for each in json.loads(self.room.run("signpost health -o json")).get("items", [])}

    def await_health(self, check: str, status: str):
        await_true(lambda: self.health()[check]["status"] == status, f"{check} to be {status}")

    def write_zones(self, *numbers: int):
        for number in numbers:
            self.room.write(f"zones/z{number}.example.zone", ZONE)

    @tells_cli("Configuration files")
    def test_errors_have_their_places(self, found):
        self.room.write("shop.yaml", WRONG)
        self.room.start_daemon()
        self.follow(found)

    @tells_cli("plan")
    def test_plan(self, found):
        def weigh(_):
            self.room.apply(WEIGHTS.format(weight=3))
            self.room.write("weights.yaml", WEIGHTS.format(weight=1))
        self.run_ecommerce()
        self.follow(found, before={"signpost plan -f weights.yaml": weigh})

    def run_shop(self):
        self.room.write("shop/shop.yaml", SHOP.format(address="192.0.2.2"))
        self.room.start_daemon()
        self.room.apply(SHOP.format(address="192.0.2.1"))

    @tells_cli("plan --pre-lower")
    def test_plan_with_lowered_ttls(self, found):
        self.run_shop()
        self.follow(found)

    @tells_cli("schedule list, schedule cancel NUMBER")
    def test_schedules(self, found):
        self.run_shop()
        self.room.run("signpost plan -f shop --pre-lower 30s --comment 'new site'")
        self.follow(found)

    @tells_cli("apply")
    def test_apply(self, found):
        self.run_ecommerce()
        self.follow(found)

    @tells_cli("simulate FILE")
    def test_simulate(self, found):
        self.room.write("queries.log", "192.0.2.99 api.example.com A 100\n- nothing.example.com A 2\n")
        self.room.start_daemon()
        self.room.apply(WEIGHTS.format(weight=1))
        self.follow(found)

    @tells_cli("export", "zone check, zone import, zone export", "record set, record delete")
    def test_zones_of_master_files(self, found):
        self.room.start_daemon()
        self.write_zones(1)
        self.room.run("signpost zone import zones/ && rm zones/*")
        self.write_zones(2, 3, 4)
        self.room.write("z2.example.zone", WRONG_ZONE)
        self.follow(found)

    @tells_cli("convert gdnsd DIR, convert route53-json FILE…")
    def test_convert(self, found):
        examples = ROOT / "examples" / "moving"
        self.room.run(f"rm -rf /etc/gdnsd && cp -r {examples}/gdnsd /etc/gdnsd && cp {examples}/route53/*.json .")
        self.follow(found)
        self.assertTrue((self.room.folder / "DIR" / "shared.yaml").exists())

    @tells_cli("get zones, get records ZONE, get health-checks")
    def test_get(self, found):
        def tag(_):
            self.room.apply("health_checks:\n" + "".join(
                f"  - {{id: {name}, recovery_control: {{}}, tags: [{tags}]}}\n"
                for name, tags in (("london", '"site=lon", "env=live"'), ("london-test", '"site=lon", "env=test"'), ("paris", "site=par"))))
        self.run_ecommerce()
        self.write_zones(1, 2, 3)
        self.room.run("signpost zone import zones/")
        self.follow(found, before={"signpost get health-checks -l": tag})

    @tells_cli("get cidr-collections, get overrides, get regions, get traffic-policies, get aliases")
    def test_get_what_records_refer_to(self, found):
        self.room.copy("examples/global")
        self.room.start_daemon("signpostd --listen 192.0.2.53 --resolver 127.0.0.1")
        self.room.run("signpost apply -f examples/global")
        await_true(lambda: "refused" in self.room.run("signpost get aliases"), "the resolver's failure")
        self.follow(found)

    @tells_cli("get secondary-zones")
    def test_get_secondary_zones(self, found):
        self.room.write("/etc/signpost/secrets/" + KEY, SECRET)
        self.room.write("nsd/zone", "$ORIGIN example.org.\n" + ZONE)
        zone = f"zone:\n  name: example.org\n  zonefile: zone\n  provide-xfr: 0.0.0.0/0 {KEY}\n"
        command = nsd.write_configuration(self.room.folder / "nsd", 53, zone, address="192.0.2.1")
        self.room.begin(" ".join(map(str, command)))
        self.room.start_daemon()
        self.await_listener("192.0.2.1", 53)
        self.room.apply(f'tsig_keys: [{{name: {KEY}}}]\nsecondary_zones: [{{name: example.org, primaries: '
                        f'[{{address: 192.0.2.1, key: {KEY}}}]}}]\n')
        await_true(lambda: self.room.attempt("signpost get records example.org").stdout.count(" A "), "the transfer")
        self.follow(found)

    @tells_cli("explain NAME TYPE")
    def test_explain(self, found):
        def roam(_):
            self.room.copy("examples/global")
            self.room.start_daemon(f"signpostd --interface eth0 --listen 192.0.2.53 {self.place_clients()}")
            self.room.run("signpost apply -f examples/global")
        self.run_ecommerce()
        self.room.run("signpost apply -f examples/ecommerce")
        self.room.ask(*["api.example.com A"] * 11)
        self.follow(found, before={"signpost explain app.global.example.com": roam})

    def place_clients(self) -> str:
        """Flags for city data that know the clients of one prefix, and are of long ago."""
        flags = ""
        for family in ("ipv4", "ipv6"):
            (self.room.folder / "cities").write_bytes(city_file(f"city {family}", "8.8.8.0/24", CITY, age_days=40))
            file = f"/var/lib/signpost/geo/dbip-city-{family}.mmdb"
            self.room.run(f"mkdir -p /var/lib/signpost/geo && mv cities {file}")
            flags += f" --geo-data {file}"
        return flags

    @tells_cli("geo status, geo reload, geo locate CLIENT", "round-trips push FILE…, round-trips list")
    def test_where_clients_are(self, found):
        self.room.copy("examples/global")
        self.room.write("times.csv", "198.51.100.0/24,us-east-1,21\n")
        self.room.start_daemon(f"signpostd --listen 192.0.2.53 {self.place_clients()}")
        self.room.run("signpost apply -f examples/global && signpost round-trips push times.csv && signpost geo reload")
        self.room.ask(*["+subnet=8.8.8.0/24 app.global.example.com A"] * 3)
        self.follow(found)

    def run_checks(self):
        """A shop whose certificate expires in five days, and a web site that goes; one comes after the other in the history."""
        self.room.run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 5 -subj /CN=shop.example "
                      "-addext subjectAltName=DNS:shop.example -keyout shop.key -out shop.pem 2>&1")
        self.room.begin("openssl s_server -accept 192.0.2.1:443 -cert shop.pem -key shop.key -www -quiet")
        web = self.room.begin("python3 -m http.server 80 --bind 192.0.2.2")
        self.await_listener("192.0.2.1", 443)
        self.await_listener("192.0.2.2", 80)
        self.room.start_daemon()
        self.room.apply(SHOP_CHECKS)
        self.await_health("shop", "HEALTHY")
        self.room.apply(CHECKS)
        self.await_health("site", "HEALTHY")
        web.terminate()
        self.await_health("site", "UNHEALTHY")

    @tells_cli("health, health show CHECK", "health test CHECK", "health switch CHECK on|off", "health history [CHECK]")
    def test_health(self, found):
        self.run_checks()
        self.follow(found)

    @tells_cli("watch", "get notice-receivers")
    def test_notices(self, found):
        self.room.write("receiver.py", RECEIVER)
        self.room.begin("python3 receiver.py")
        self.await_listener("192.0.2.1", 8080)
        self.room.start_daemon()
        self.room.apply(NOTICES)
        self.await_health("web", "UNHEALTHY")
        self.room.run("signpost health switch door off --reason test")
        await_true(lambda: self.receiver("pager").get("sent") and self.receiver("nobody").get("last_error"), "the deliveries")
        self.follow(found)

    def receiver(self, name: str) -> dict:
        listed = json.loads(self.room.run("signpost get notice-receivers -o json"))
        return next(each for each in listed["items"] if each["notice_receiver"]["id"] == name)

    @tells_cli("top")
    def test_top(self, found):
        self.run_ecommerce()
        self.ask_on("api.example.com A\n" * 4 + "mail1.example.com AAAA\n" * 2 + "www.example.org A\n", rate=2000)
        self.follow(found)

    def ask_on(self, questions: str, rate: int):
        """These questions in turn, so many a second until the room ends; returns when they are answered."""
        def answers() -> int:
            reasons = json.loads(self.room.run("signpost status -o json"))["fast_path"]["reasons"]
            return sum(int(each.get("packets", 0)) for each in reasons if each["reason"] == "answered")
        before = answers()
        self.room.write("questions", questions)
        self.room.begin(f"ip netns exec client dnsperf -s 192.0.2.53 -d questions -l 60 -Q {rate}")
        await_true(lambda: answers() > before + rate / 10, "the answers")

    @tells_cli("override set up|down|drain, override list, override clear NUMBER, override history",
               "safety-rule set NAME, safety-rule list, safety-rule delete NAME")
    def test_overrides(self, found):
        self.room.start_daemon()
        self.room.apply(CHECKS)
        self.follow(found)

    @tells_cli("status")
    def test_status(self, found):
        def crash():
            self.room.stop_daemon(signal.SIGKILL)
        self.run_ecommerce()
        self.room.ask(*["api.example.com A"] * 10, "+tcp www.example.com A", "+subnet=1.2.3.0/24 www.example.com A")
        happens = iter((lambda: None, crash))
        self.follow(found, before={"signpost status": lambda _: next(happens)()})

    @tells_cli("history, get history, diff A B, rollback N")
    def test_history(self, found):
        self.run_ecommerce()
        self.room.run("signpost apply -f examples/ecommerce --comment 'More to the first'")
        self.follow(found)

    @tells_cli("detach [INTERFACE]")
    def test_detach(self, found):
        self.run_ecommerce()
        self.follow(found)

    @tells_cli("capture")
    def test_capture(self, found):
        """The page has what is said where the kernel permits no tracing; elsewhere there are packets."""
        self.run_ecommerce()
        self.ask_on("api.example.com A\n", rate=100)
        captured = self.room.attempt("signpost capture --count 1").stdout
        if "xdpdump gave no packets" in captured:
            self.follow(found)
        else:
            self.assertIn("api.example.com", captured)

    @tells_cli("version")
    def test_version(self, found):
        self.room.start_daemon()
        self.follow(found)


if __name__ == "__main__":
    unittest.main()
