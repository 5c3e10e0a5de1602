"""A daemon in userspace mode, and servers for its health checks, on ports of 127.0.0.1."""
import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

DEADLINE = 30
KNOT = """
server:
  rundir: "{folder}"
  listen: 127.0.0.1@{port}
  udp-max-payload: 1232
database:
  storage: "{folder}/knot-db"
template:
  - id: default
    storage: "{folder}"
    journal-content: none
    zonefile-load: whole
    file: "%s.zone"
zone:
"""


def free_port() -> int:
    """A port that neither UDP nor TCP uses on 127.0.0.1, of those that the kernel gives to no outgoing connection."""
    while True:
        port = random.randrange(20000, 30000)
        with socket.socket(type=socket.SOCK_STREAM) as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            with contextlib.suppress(OSError):
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
                return port


def await_true(condition, what: str):
    """Returns what the condition gives once that is true."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.02)
    raise AssertionError(f"{what} did not happen within {DEADLINE} s")


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Scene(contextlib.ExitStack):
    """Use as a context. Ends what it started."""

    def __init__(self, build: str):
        super().__init__()
        self.build = pathlib.Path(build)

    def __enter__(self):
        super().__enter__()
        self.folder = pathlib.Path(self.enter_context(tempfile.TemporaryDirectory(prefix="signpost-servers-")))
        self.folder.chmod(0o755)
        self.commands = self.folder / "commands"
        self.commands.mkdir()
        self.socket = self.folder / "control.sock"
        self.port = free_port()
        return self

    def spawn(self, *command, **options) -> subprocess.Popen:
        process = subprocess.Popen(list(map(str, command)), **options)
        self.callback(self.end, process)
        return process

    @staticmethod
    def end(process: subprocess.Popen):
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        try:
            process.wait(timeout=DEADLINE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def start_daemon(self, *flags, port: int = 0, http: str = "off") -> subprocess.Popen:
        with open(self.folder / "signpostd.log", "a", encoding="utf-8") as log:
            daemon = self.spawn(
                self.build / "userspace/daemon/signpostd", "--listen", "127.0.0.1",
                "--port", port or self.port, "--data", self.folder / "data", "--http", http,
                "--control-socket", self.socket, "--health-commands", self.commands, *flags, stdout=log, stderr=log)
        await_true(lambda: self.attempt("status").returncode == 0, "the daemon's start")
        self.daemon = daemon
        return daemon

    def restart_daemon(self, *flags) -> subprocess.Popen:
        self.end(self.daemon)
        return self.start_daemon(*flags)

    def log(self) -> str:
        return (self.folder / "signpostd.log").read_text()

    def attempt(self, *arguments) -> subprocess.CompletedProcess:
        command = [self.build / "tools/signpost/signpost", "--server", f"unix://{self.socket}", *arguments]
        return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60)

    def signpost(self, *arguments) -> str:
        result = self.attempt(*arguments)
        if result.returncode != 0:
            raise AssertionError(f"signpost {arguments}: {result.returncode}: {result.stderr}{result.stdout}")
        return result.stdout

    def apply(self, config: dict):
        path = self.folder / "config.json"
        path.write_text(json.dumps(config))
        self.signpost("apply", "-f", path)

    def test(self, check: dict) -> dict:
        """The response of `signpost health test` of a check that is not there."""
        path = self.folder / "test.json"
        path.write_text(json.dumps({"health_checks": [{"id": "tested"} | check]}))
        result = self.attempt("health", "test", "tested", "-f", path, "-o", "json")
        if result.returncode not in (0, 1) or not result.stdout:
            raise AssertionError(f"health test: {result.stderr}")
        return json.loads(result.stdout)

    def health(self) -> dict:
        """What each check sees, by id."""
        listed = json.loads(self.signpost("health", "-o", "json"))
        return {item["id"]: item for item in listed.get("items", [])}

    def certificate(self, name: str, days: int) -> tuple:
        """A self-signed certificate and its key, as files."""
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", str(days), "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
                        "-keyout", key, "-out", certificate], check=True, capture_output=True)
        key.chmod(0o644)
        return certificate, key

    def start_nginx(self, servers: str) -> subprocess.Popen:
        """`servers` are server blocks; files are served from the folder www."""
        (self.folder / "www").mkdir(exist_ok=True)
        for part in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
            (self.folder / part).mkdir(exist_ok=True)
        config = self.folder / "nginx.conf"
        user = "user root;" if os.geteuid() == 0 else ""
        config.write_text(f"""
daemon off; {user} pid {self.folder}/nginx.pid; error_log {self.folder}/nginx-error.log;
events {{ worker_connections 1000; }}
http {{
  access_log {self.folder}/access.log; root {self.folder}/www; gzip_min_length 1; gzip_types *;
  client_body_temp_path {self.folder}/body; proxy_temp_path {self.folder}/proxy;
  fastcgi_temp_path {self.folder}/fastcgi; uwsgi_temp_path {self.folder}/uwsgi; scgi_temp_path {self.folder}/scgi;
  {servers}
}}
""")
        nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        return self.spawn(nginx, "-p", self.folder, "-c", config, "-e", self.folder / "nginx-start.log")


def start_knot(scene: Scene, apexes: list) -> int:
    """Knot DNS with the zones of these names, which end with a dot, from files NAMEzone in the scene's folder; its port."""
    port = free_port()
    zones = "".join(f"  - domain: {apex}\n" for apex in apexes)
    (scene.folder / "knot.conf").write_text(KNOT.format(port=port, folder=scene.folder) + zones)
    scene.spawn(shutil.which("knotd", path="/usr/sbin"), "-c", scene.folder / "knot.conf")
    return port
