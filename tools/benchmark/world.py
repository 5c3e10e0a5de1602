"""Answers by locality: Signpost with city data of the whole world, asked with EDNS Client Subnet from everywhere."""
import ctypes
import errno
import json
import os
import pathlib
import random
import socket
import struct
import threading
import time

import contenders
from rig import ROOT, bpf_statistics, run

NAME = "geo.example.com"
ANYWHERE = 200_000  # prefixes that are asked from
CONFIG = """zones:
- name: example.com
  name_servers: [ns1.example.com.]
  record_sets:
  - {name: ns1, type: A, records: [10.53.0.2]}
  - {name: api, type: A, set_identifier: a, weighted: {weight: 50}, records: ["1.2.3.4"]}
  - {name: api, type: A, set_identifier: b, weighted: {weight: 50}, records: ["5.6.7.8"]}
"""
PLACES = ["continent_code: AF", "continent_code: AS", "continent_code: EU", "continent_code: NA", "continent_code: OC",
          "continent_code: SA", "country_code: DE", "country_code: BR", "country_code: US, subdivision_code: CA",
          'country_code: "*"']


class World(contenders.Signpost):
    title = "Signpost (city data of the world)"

    def flags(self) -> list:
        data = self.folder / "geo"
        run(ROOT / "tools" / "geodata", data)
        return [word for file in sorted(data.glob("*.mmdb")) for word in ("--geo-data", file)]

    def configure(self) -> None:
        text = CONFIG
        for number, place in enumerate(PLACES):
            text += (f"  - {{name: geo, type: A, set_identifier: s{number}, geolocation: {{{place}}}, "
                     f'records: ["192.0.2.{number + 1}"]}}\n')
        config = self.write("config.yaml", text)
        self.lab("client", "signpost", "apply", "-f", config)


def address_of(rig, namespace: str, interface: str) -> bytes:
    (link,) = json.loads(run("ip", "-n", namespace, "-j", "link", "show", "dev", interface))
    return bytes.fromhex(link["address"].replace(":", ""))


def checksum(octets: bytes) -> int:
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    total = (total & 0xffff) + (total >> 16)
    return ~(total + (total >> 16)) & 0xffff


def frames(rig, name: str, subnets: list) -> list:
    """One query for `name` from each /24 prefix, as Ethernet frames; without a UDP checksum."""
    ethernet = address_of(rig, rig.server, rig.server_if) + address_of(rig, rig.client, rig.client_if) + b"\x08\x00"
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    source, server = socket.inet_aton("10.53.0.1"), socket.inet_aton("10.53.0.2")
    made = []
    for number, subnet in enumerate(subnets):
        ecs = struct.pack("!HHHBB", 8, 7, 1, 24, 0) + subnet
        opt = b"\0" + struct.pack("!HHIH", 41, 1232, 0, len(ecs)) + ecs
        message = struct.pack("!6H", number & 0xffff, 0, 1, 0, 0, 1) + labels + b"\0\1\0\1" + opt
        udp = struct.pack("!4H", 2000 + number % 60000, 53, 8 + len(message), 0) + message
        header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), number & 0xffff, 0, 64, 17, 0, source, server)
        header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
        made.append(ethernet + header + udp)
    return made


def anywhere() -> list:
    """/24 prefixes drawn evenly from the addresses that are routed on the Internet."""
    draw, found = random.Random(2), []
    while len(found) < ANYWHERE:
        first = draw.randrange(1, 224)
        if first not in (10, 100, 127, 169, 172, 192, 198, 203):
            found.append(bytes([first, draw.randrange(256), draw.randrange(256)]))
    return found


def send(rig, what: list, seconds: float) -> None:
    """Sends the frames in turn, from the client's end, as fast as one thread can."""
    def work() -> None:
        with open(f"/run/netns/{rig.client}", "rb") as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), 0x40000000) != 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
            out.bind((rig.client_if, 0))
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                for frame in what:
                    try:
                        out.send(frame)
                    except OSError as error:  # the queue is full: this one is lost
                        if error.errno != errno.ENOBUFS:
                            raise
                    if time.monotonic() > deadline:
                        break

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def nanoseconds(rig, what: list, seconds: float) -> float:
    with bpf_statistics():
        before = rig.run_time()
        send(rig, what, seconds)
        after = rig.run_time()
    return (after[0] - before[0]) / max(1, after[1] - before[1])


def measure(folder: pathlib.Path, seconds: float, rounds: int, progress) -> dict:
    reflector, world = contenders.Reflector("worldref", folder), World("world", folder)
    result = {"reflector": [], "weighted": [], "near": [], "world": []}
    try:
        progress.say("loading the city data of the world")
        reflector.start()
        begin = time.monotonic()
        world.start()
        result["start"] = time.monotonic() - begin
        everywhere = anywhere()
        here = [bytes([8, 8, 8])] * 1000
        for number in range(rounds):
            progress.say(f"asking from everywhere, round {number + 1} of {rounds}")
            result["reflector"].append(
                nanoseconds(reflector.rig, frames(reflector.rig, NAME, everywhere), seconds))
            result["weighted"].append(
                nanoseconds(world.rig, frames(world.rig, contenders.WEIGHTED, here), seconds))
            result["near"].append(nanoseconds(world.rig, frames(world.rig, NAME, here), seconds))
            result["world"].append(nanoseconds(world.rig, frames(world.rig, NAME, everywhere), seconds))
    finally:
        world.stop()
        reflector.stop()
    return result
