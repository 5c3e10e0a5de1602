"""What is measured: each serves example.com with api.example.com, in a rig of its own, all at the same time."""
import os
import pathlib
import subprocess

from rig import ROOT, Rig, end, run, wait_for

WEIGHTED = "api.example.com"
ZONE = """$ORIGIN example.com.
@   3600 SOA ns1 hostmaster 1 7200 900 1209600 300
@   3600 NS  ns1
ns1 3600 A   10.53.0.2
api 60   {api}
"""


class Contender:
    """`title` for the table; whether it runs an XDP program of ours at the server's end, whose run time counts."""

    title = ""
    timed = False

    def __init__(self, name: str, folder: pathlib.Path):
        self.rig = Rig(f"b{name}")
        self.folder = folder / name
        self.process = None

    def start(self) -> None:
        for folder in ("zones", "run", "state"):
            (self.folder / folder).mkdir(parents=True)
        self.rig.lay()
        self.process = self.rig.start(self.folder / "log", *self.command())
        wait_for(f"an answer of {self.title}", lambda: self.rig.answers(WEIGHTED))

    def stop(self) -> None:
        if self.process:
            end(self.process)
        self.rig.remove()

    def write(self, name: str, text: str) -> pathlib.Path:
        file = self.folder / name
        file.write_text(text, encoding="utf-8")
        return file

    def command(self) -> list:
        raise NotImplementedError


class Reflector(Contender):
    """Swaps the addresses and ports and sends the query back: what the rig itself can do."""

    title = "reflector (XDP, no look-up)"
    timed = True

    def start(self) -> None:
        self.rig.lay()
        self.rig.attach(self.rig.server, self.rig.server_if, "reflector")


class Signpost(Contender):
    title = "Signpost (XDP, weighted)"
    timed = True

    def start(self) -> None:
        self.folder.mkdir(parents=True)
        self.lab("up", "--data", self.folder / "state", *self.flags())
        self.configure()
        wait_for(f"an answer of {self.title}", lambda: self.rig.answers(WEIGHTED))

    def flags(self) -> list:
        return []

    def configure(self) -> None:
        self.lab("client", "signpost", "apply", "-f", ROOT / "examples" / "ecommerce")

    def stop(self) -> None:
        self.lab("down")

    def lab(self, *arguments) -> str:
        return run(ROOT / "tools" / "lab", *arguments, env=self.environment())

    def environment(self) -> dict:
        return os.environ | {"SIGNPOST_LAB": self.rig.name, "SIGNPOST_BUILD": str(ROOT / "build" / "release")}

    def popen(self, *command) -> subprocess.Popen:
        """A process in the client's namespace."""
        return subprocess.Popen([ROOT / "tools" / "lab", "client", *map(str, command)], env=self.environment(),
                                stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)


class Knot(Contender):
    title = "Knot DNS, sockets"

    def listen(self) -> str:
        return f"server:\n  rundir: {self.folder}/run\n  listen: 10.53.0.2@53\n  udp-workers: 2\n"

    def command(self) -> list:
        zone = self.write("example.com.zone", ZONE.format(api="A 1.2.3.4"))
        config = self.write("knot.conf", self.listen() + f"""
database:
  storage: {self.folder}/state
zone:
  - domain: example.com
    file: {zone}
""")
        return ["knotd", "-c", config]


class KnotXdp(Knot):
    title = "Knot DNS, AF_XDP"

    def listen(self) -> str:
        return f"server:\n  rundir: {self.folder}/run\nxdp:\n  listen: {self.rig.server_if}@53\n"


class Nsd(Contender):
    title = "NSD"

    def command(self) -> list:
        self.write("example.com.zone", ZONE.format(api="A 1.2.3.4"))
        config = self.write("nsd.conf", f"""server:
  ip-address: 10.53.0.2
  server-count: 2
  reuseport: yes
  rrl-ratelimit: 0
  username: ""
  database: ""
  zonesdir: {self.folder}
  pidfile: {self.folder}/nsd.pid
  xfrdfile: {self.folder}/state/xfrd
  zonelistfile: {self.folder}/state/zonelist
remote-control:
  control-enable: no
zone:
  name: example.com
  zonefile: example.com.zone
""")
        return ["nsd", "-d", "-c", config]


class Gdnsd(Contender):
    title = "gdnsd, weighted plugin"

    def command(self) -> list:
        self.write("zones/example.com", ZONE.format(api="DYNA weighted!api"))
        self.write("config", f"""options => {{
  listen => [ 10.53.0.2 ], run_dir => {self.folder}/run, state_dir => {self.folder}/state, udp_threads => 2
}}
plugins => {{ weighted => {{
  service_types = up
  api => {{ primary = [ 1.2.3.4, 50 ], secondary = [ 5.6.7.8, 30 ], tertiary = [ 9.10.11.12, 20 ] }}
}} }}
""")
        return ["gdnsd", "-c", self.folder, "start"]
