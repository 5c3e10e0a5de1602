"""A lab of a test's own: tools/lab under another name, and what the tests ask of it."""
import contextlib
import ctypes
import json
import os
import pathlib
import re
import socket
import signal
import struct
import subprocess
import threading
import time

import dns.message

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
EXAMPLE = ROOT / "examples" / "ecommerce"
SERVER4, SERVER6 = "10.53.0.2", "fd53::2"
CLONE_NEWNET = 0x40000000
FAST_ANSWERS = ("answered", "nodata", "nxdomain")


class Lab:
    """Use as a context: the lab is up inside, with the example applied unless `apply` is false."""

    def __init__(self, name: str, build: str, *flags: str, apply: bool = True):
        self.name, self.flags, self.apply_example = name, flags, apply
        self.server_ns, self.client_ns = f"{name}-server", f"{name}-client"
        self.server_if, self.client_if = f"{name}-srv", f"{name}-cli"
        self.run_dir = pathlib.Path("/run/signpost-lab", name)
        self.environment = os.environ | {"SIGNPOST_LAB": name, "SIGNPOST_BUILD": build}

    def __enter__(self):
        self.lab("up", *self.flags)
        if self.apply_example:
            self.signpost("apply", "-f", EXAMPLE)
        return self

    def __exit__(self, *_):
        self.lab("down")

    def attempt(self, *arguments) -> subprocess.CompletedProcess:
        """tools/lab with these arguments, whatever comes of it."""
        command = [ROOT / "tools" / "lab", *map(str, arguments)]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=120)

    def lab(self, *arguments) -> str:
        result = self.attempt(*arguments)
        if result.returncode != 0:
            raise AssertionError(f"tools/lab {arguments}: exit code {result.returncode}: {result.stderr}{result.stdout}")
        return result.stdout

    def signpost(self, *arguments) -> str:
        return self.lab("client", "signpost", *arguments)

    def daemon_command(self) -> list:
        """The words that `tools/lab up` started signpostd by."""
        return (self.run_dir / "command").read_text().splitlines()

    def write_daemon_command(self, words: list) -> None:
        """What `tools/lab daemon start` starts from now on."""
        (self.run_dir / "command").write_text("\n".join(words) + "\n")

    def daemon_log(self) -> str:
        return (self.run_dir / "signpostd.log").read_text()

    def daemon_pid(self) -> int:
        return int((self.run_dir / "signpostd.pid").read_text())

    def signal_daemon(self, what: signal.Signals) -> None:
        os.kill(self.daemon_pid(), what)

    def resident_kib(self) -> int:
        """The daemon's memory that is neither a file nor a map of the fast path."""
        return self.memory_kib("RssAnon")

    def peak_kib(self) -> int:
        """The most memory that the daemon has had."""
        return self.memory_kib("VmHWM")

    def memory_kib(self, kind: str) -> int:
        status = pathlib.Path(f"/proc/{self.daemon_pid()}/status").read_text()
        return int(re.search(rf"{kind}:\s+(\d+) kB", status).group(1))

    def remove_link(self) -> None:
        """As if the network card went."""
        command("ip", "-n", self.server_ns, "link", "del", self.server_if)

    def lay_link(self, server_if: str = "", client_if: str = "", net: str = "10.53") -> None:
        """A link between the namespaces, with NET.0.2 and NET.0.1; by default the one that remove_link() took."""
        server_if, client_if = server_if or self.server_if, client_if or self.client_if
        command("ip", "link", "add", server_if, "netns", self.server_ns, "type", "veth", "peer", "name", client_if,
                "netns", self.client_ns)
        for namespace, interface, host in ((self.server_ns, server_if, 2), (self.client_ns, client_if, 1)):
            command("ip", "-n", namespace, "address", "add", f"{net}.0.{host}/16", "dev", interface)
            command("ip", "-n", namespace, "address", "add", f"fd{net[-2:]}::{host}/64", "dev", interface, "nodad")
            command("ip", "-n", namespace, "link", "set", interface, "up")
        attach_pass_program(self.client_ns, client_if, self.environment["SIGNPOST_BUILD"])

    def status(self) -> dict:
        return json.loads(self.signpost("status", "-o", "json"))

    def health(self) -> list:
        return json.loads(self.signpost("health", "-o", "json"))["items"]

    def flips(self) -> dict:
        """How often each health check has changed its mind."""
        return {item["id"]: int(item.get("flips", 0)) for item in self.health()}

    def reasons(self) -> dict:
        """Packets by reason."""
        listed = self.status()["fast_path"]["reasons"]
        return {item["reason"]: int(item.get("packets", 0)) for item in listed}

    def fast_answers(self) -> int:
        reasons = self.reasons()
        return sum(reasons[reason] for reason in FAST_ANSWERS)

    def answers_fast(self, server: str = SERVER4) -> bool:
        """Whether the fast path answers a query; false if nobody does."""
        before = self.fast_answers()
        try:
            reply = self.octets(dns.message.make_query("www.example.com", "A").to_wire(), server)
        except OSError:
            return False
        return bool(dns.message.from_wire(reply).answer) and self.fast_answers() == before + 1

    def slow_queries(self) -> int:
        return int(self.status().get("slow_path", {}).get("udp_queries", 0))

    def xdp_program(self):
        """The id of the XDP program at the server's interface; None if there is none."""
        (link,) = json.loads(command("ip", "-n", self.server_ns, "-d", "-j", "link", "show", "dev", self.server_if))
        return link.get("xdp", {}).get("prog", {}).get("id")

    def pinned_link_id(self) -> int:
        links = "/sys/fs/bpf/signpost/links"
        (pin,) = self.lab("server", "ls", links).split()
        return json.loads(self.lab("server", "bpftool", "-j", "link", "show", "pinned", f"{links}/{pin}"))["id"]

    def large_zone(self, records: int, third: int = 1) -> pathlib.Path:
        """A master file of large.example, whose every record is in 10.THIRD.0.0/16."""
        file = self.run_dir / "large.zone"
        head = "$ORIGIN large.example.\n$TTL 60\n@ SOA ns1 host 1 7200 900 1209600 300\n@ NS ns1\nns1 A 192.0.2.1\n"
        lines = (f"n{number} A 10.{third}.{number // 256 % 256}.{number % 256}\n" for number in range(records))
        file.write_text(head + "".join(lines), encoding="ascii")
        return file

    def octets(self, query: bytes, server: str = SERVER4, tcp: bool = False, source: str = "") -> bytes:
        """The reply to a query, over UDP or TCP, as it was on the wire; from an address of the client."""
        family = socket.AF_INET6 if ":" in server else socket.AF_INET
        with inside(self.client_ns), socket.socket(family, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as sock:
            sock.settimeout(2)
            if source:
                sock.bind((source, 0))
            sock.connect((server, 53))
            if not tcp:
                sock.send(query)
                return sock.recv(4096)
            sock.sendall(struct.pack("!H", len(query)) + query)
            stream = sock.makefile("rb")
            return stream.read(struct.unpack("!H", stream.read(2))[0])

    def udp(self, name: str, rtype: str) -> dns.message.Message:
        return dns.message.from_wire(self.octets(dns.message.make_query(name, rtype).to_wire()))

    def tcp(self, name: str, rtype: str) -> dns.message.Message:
        return dns.message.from_wire(self.octets(dns.message.make_query(name, rtype).to_wire(), tcp=True))

    def addresses(self, name: str) -> list:
        return sorted(item.address for rrset in self.udp(name, "A").answer for item in rrset if item.rdtype == 1)

    def await_addresses(self, name: str, wanted: list, seconds: float = 20) -> None:
        await_that(lambda: self.addresses(name) == wanted, f"{name} to be answered by {wanted}", seconds)

    def crash_and_restart(self) -> None:
        """Kills the daemon under the flood that was begun just before, and starts it again."""
        time.sleep(1.5)  # The generator has no sign of having begun.
        self.lab("daemon", "kill")
        time.sleep(1.5)  # What is tested: a while without a daemon.
        self.lab("daemon", "start")

    def flood(self, qps: int, seconds: int, queries: str, *options: str) -> "Flood":
        return Flood(self, qps, seconds, queries, *options)


class Flood:
    """kxdpgun at a fixed rate in the background; end() gives (sent, received), and rcodes has the replies by rcode then."""

    def __init__(self, lab: Lab, qps: int, seconds: int, queries: str, *options: str):
        file = lab.run_dir / "queries.txt"
        file.write_text(queries, encoding="ascii")
        arguments = ["kxdpgun", "-t", seconds, "-Q", qps, "-i", file, *options, SERVER4]
        self.seconds = seconds
        self.rcodes = {}
        words = ["nsenter", f"--net=/run/netns/{lab.client_ns}", "--", *map(str, arguments)]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def stop(self) -> tuple:
        """end() now, before its time is over."""
        self.process.send_signal(signal.SIGINT)
        return self.end()

    def end(self) -> tuple:
        text, _ = self.process.communicate(timeout=self.seconds + 60)
        found = {}
        self.rcodes = {rcode: int(count) for rcode, count in re.findall(r"responded ([A-Z]+):\s+(\d+)", text)}
        for line in text.splitlines():
            for what in ("queries", "replies"):
                if line.startswith(f"total {what}:"):
                    found[what] = int(line.split(":")[1].split()[0])
        if len(found) != 2:
            raise AssertionError(f"kxdpgun said: {text}")
        return found["queries"], found["replies"]


def attach_pass_program(namespace: str, interface: str, build: str) -> None:
    """By netlink, as kxdpgun and others do; a veth needs a program at the far end, too, for replies of XDP_TX."""
    command("ip", "-n", namespace, "link", "set", "dev", interface, "xdp", "obj", f"{build}/bpf/pass.bpf.o", "sec", "xdp")


def command(*words) -> str:
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True).stdout


def await_that(condition, what: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s for {what}")
        time.sleep(0.05)


@contextlib.contextmanager
def inside(namespace: str):
    """Sockets that this thread opens inside the block are of that network namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    home = os.open(f"/proc/{os.getpid()}/task/{threading.get_native_id()}/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        if libc.setns(there, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"setns {namespace}")
        yield
    finally:
        libc.setns(home, CLONE_NEWNET)
        os.close(there)
        os.close(home)
