"""Other servers that take zones over from the daemon."""
import os
import shutil

from servers import Scene
from zones import KEY, SECRET


def start_nsd(scene: Scene, port: int, primary: str, server: str = "", clauses: str = ""):
    """NSD on `port`, as a secondary of `primary`, which is what request-xfr says; with more settings of the server and more clauses."""
    folder = scene.folder / "nsd"
    folder.mkdir()
    config = folder / "nsd.conf"
    config.write_text(f"""
server:
  ip-address: 127.0.0.1@{port}
  server-count: 1
  username: ""
  zonesdir: "{folder}"
  xfrdir: "{folder}"
  database: ""
  pidfile: "{folder}/nsd.pid"
  xfrdfile: "{folder}/xfrd.state"
  zonelistfile: "{folder}/zone.list"
  logfile: "{folder}/nsd.log"
  {server}
remote-control:
  control-enable: no
key:
  name: "{KEY}"
  algorithm: hmac-sha256
  secret: "{SECRET}"
{clauses}
zone:
  name: "example.com"
  request-xfr: {primary}
  allow-notify: 127.0.0.1 {KEY}
  provide-xfr: 127.0.0.1 NOKEY
""")
    nsd = shutil.which("nsd", path=f"{os.environ['PATH']}:/usr/sbin")
    scene.spawn(nsd, "-d", "-c", config)
