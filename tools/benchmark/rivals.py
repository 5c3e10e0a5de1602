"""The other servers, from Debian, each with the settings that its manual advises for speed on two cores."""
import zones
from contenders import Contender

SERVERS = 2  # threads or processes: one for each core of the machine that the figures in the documents come from


class Rival(Contender):
    workers = SERVERS
    # What example.com has for the name that is asked.
    api = "A 1.2.3.4"

    def zone_files(self) -> dict:
        """Zone -> file; example.com is written here, the large one by prepare()."""
        small = self.write(f"zones/{zones.SMALL}", zones.ZONE.format(api=self.api))
        return {zones.SMALL: small} | ({zones.LARGE: self.large_file()} if self.names else {})

    def change_file(self, number: int, *command) -> float:
        """Changes the zone's file, and then tells the server by this command; the file itself does not count."""
        zones.change_large(self.large_file(), number)
        return self.began(*command)


class Knot(Rival):
    title = "Knot DNS, sockets"

    def listen(self) -> str:
        return f"server:\n  rundir: {self.folder}/run\n  listen: 10.53.0.2@53\n  udp-workers: {self.workers}\n  tcp-workers: {self.workers}\n"

    def command(self) -> list:
        listed = "".join(f"  - domain: {zone}\n    file: {file}\n" for zone, file in self.zone_files().items())
        config = self.write("knot.conf", f"{self.listen()}\ndatabase:\n  storage: {self.folder}/state\nzone:\n{listed}")
        return ["knotd", "-c", config]

    def change(self, number: int) -> float:
        zone = zones.LARGE
        steps = (f"zone-begin {zone}", f"zone-unset {zone} changing A",
                 f"zone-set {zone} changing 60 A {zones.address_of(number)}", f"zone-commit {zone}")
        return self.began("sh", "-c", " && ".join(f"knotc -s {self.folder}/run/knot.sock {step}" for step in steps))


class KnotXdp(Knot):
    title = "Knot DNS, AF_XDP"

    def listen(self) -> str:
        return f"server:\n  rundir: {self.folder}/run\nxdp:\n  listen: {self.rig.server_if}@53\n"


class Nsd(Rival):
    title = "NSD"

    def command(self) -> list:
        listed = "".join(f"zone:\n  name: {zone}\n  zonefile: {file}\n" for zone, file in self.zone_files().items())
        config = self.write("nsd.conf", f"""server:
  ip-address: 10.53.0.2
  server-count: {self.workers}
  reuseport: yes
  tcp-count: 1000
  minimal-responses: yes
  rrl-ratelimit: 0
  username: ""
  database: ""
  zonesdir: {self.folder}
  pidfile: {self.folder}/nsd.pid
  xfrdfile: {self.folder}/state/xfrd
  zonelistfile: {self.folder}/state/zonelist
remote-control:
  control-enable: yes
  control-interface: {self.folder}/run/control
{listed}""")
        return ["nsd", "-d", "-c", config]

    def change(self, number: int) -> float:
        return self.change_file(number, "nsd-control", "-c", self.folder / "nsd.conf", "reload", zones.LARGE)


class Bind(Rival):
    title = "BIND"

    def command(self) -> list:
        listed = "".join(f'zone "{zone}" {{ type primary; file "{file}"; allow-update {{ 10.53.0.1; }}; }};\n'
                         for zone, file in self.zone_files().items())
        config = self.write("named.conf", f"""options {{
  directory "{self.folder}/state";
  pid-file "{self.folder}/run/named.pid";
  session-keyfile "{self.folder}/run/session.key";
  listen-on {{ 10.53.0.2; }};
  listen-on-v6 {{ none; }};
  recursion no;
  dnssec-validation no;
  notify no;
  minimal-responses yes;
}};
controls {{ }};
{listed}""")
        return ["named", "-g", "-n", SERVERS, "-c", config]

    def change(self, number: int) -> float:
        update = self.write("update", f"server 10.53.0.2\nzone {zones.LARGE}\nupdate delete {zones.CHANGING} A\n"
                            f"update add {zones.CHANGING} 60 A {zones.address_of(number)}\nsend\n")
        return self.began("nsupdate", update, namespace=self.rig.client)


class Gdnsd(Rival):
    title = "gdnsd, weighted plugin"
    api = "DYNA weighted!api"
    plugin = """weighted => {
  service_types = up
  api => { primary = [ 1.2.3.4, 50 ], secondary = [ 5.6.7.8, 30 ], tertiary = [ 9.10.11.12, 20 ] }
}"""

    def command(self) -> list:
        self.zone_files()
        self.write("config", f"""options => {{
  listen => [ 10.53.0.2 ], run_dir => {self.folder}/run, state_dir => {self.folder}/state, udp_threads => {SERVERS}
}}
plugins => {{ {self.plugin} }}
""")
        return ["gdnsd", "-c", self.folder, "start"]

    def change(self, number: int) -> float:
        return self.change_file(number, "gdnsdctl", "-c", self.folder, "reload-zones")


class GdnsdGeoip(Gdnsd):
    """Half of the IPv4 addresses have the one site as the nearest, half the other, by the blocks of /8."""

    title = "gdnsd, geoip plugin"
    api = "DYNA geoip!api"
    plugin = """geoip => {
  maps => { clients => { datacenters => [ even, odd ], nets => { %s } } }
  resources => { api => { map => clients, service_types => up, dcmap => { even => 1.2.3.4, odd => 5.6.7.8 } } }
}""" % ", ".join(f"{block}.0.0.0/8 => [ {('even', 'odd')[block % 2]} ]" for block in range(1, 224))


class PowerDns(Rival):
    title = "PowerDNS"

    def command(self) -> list:
        listed = "".join(f'zone "{zone}" {{ type master; file "{file}"; }};\n' for zone, file in self.zone_files().items())
        named = self.write("named.conf", listed)
        self.write("pdns.conf", f"""launch=bind
bind-config={named}
local-address=10.53.0.2
socket-dir={self.folder}/run
receiver-threads={SERVERS}
distributor-threads=1
reuseport=yes
enable-lua-records=yes
security-poll-suffix=
""")
        return ["pdns_server", f"--config-dir={self.folder}", "--daemon=no", "--guardian=no", "--disable-syslog"]

    def change(self, number: int) -> float:
        """Reads the file again, and throws away the reply, which else is cached for 20 s.

        pdns_control gives up after 5 s, while the server goes on reading; it then takes the next command.
        """
        control, zone = f"pdns_control --socket-dir={self.folder}/run", zones.LARGE
        return self.change_file(number, "sh", "-c",
                                f"{control} bind-reload-now {zone}; until {control} purge {zone}$; do sleep 0.1; done")


class PowerDnsLua(PowerDns):
    title = "PowerDNS, Lua pickwrandom"
    api = "LUA A \"pickwrandom({{50, '1.2.3.4'}, {30, '5.6.7.8'}, {20, '9.10.11.12'}})\""
