"""NSD, as a server of zones or a secondary that takes them over."""
import pathlib
import shutil
import subprocess

from servers import Scene
from zones import KEY, SECRET

# With `database: ""` NSD 4.6 reads the zone files alone, and the key is there whether or not a zone asks for it.
CONFIGURATION = """
server:
  ip-address: {address}@{port}
  server-count: 1
  username: ""
  zonesdir: "{folder}"
  xfrdir: "{folder}"
  database: ""
  pidfile: "{folder}/nsd.pid"
  xfrdfile: "{folder}/xfrd.state"
  zonelistfile: "{folder}/zone.list"
  logfile: "{folder}/nsd.log"
  {settings}
remote-control:
  control-enable: no
key:
  name: "{key}"
  algorithm: hmac-sha256
  secret: "{secret}"
{clauses}
"""


def write_configuration(folder: pathlib.Path, port: int, clauses: str, settings: str = "", address: str = "127.0.0.1") -> list:
    """The command of an NSD with these clauses of zones and so on, and these settings of the server besides; all it keeps is in the folder."""
    config = folder / "nsd.conf"
    config.write_text(CONFIGURATION.format(address=address, port=port, folder=folder, settings=settings, key=KEY, secret=SECRET,
                                           clauses=clauses))
    return [shutil.which("nsd", path="/usr/sbin"), "-d", "-c", config]


def start(scene: Scene, port: int, clauses: str, settings: str = "") -> subprocess.Popen:
    folder = scene.folder / "nsd"
    folder.mkdir(exist_ok=True)
    return scene.spawn(*write_configuration(folder, port, clauses, settings))


def copied_from(primary: str) -> str:
    """The clause of example.com as it is at `primary`, which is what request-xfr says."""
    return f"""
zone:
  name: "example.com"
  request-xfr: {primary}
  allow-notify: 127.0.0.1 {KEY}
  provide-xfr: 127.0.0.1 NOKEY
"""
