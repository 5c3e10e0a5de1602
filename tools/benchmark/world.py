"""Answers by locality: Signpost with city data of the whole world, asked with EDNS Client Subnet from everywhere."""
import pathlib
import random
import time

import contenders
import zones
from frames import client_subnet, frames, nanoseconds
from rig import ROOT, run

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


def anywhere() -> list:
    """/24 prefixes drawn evenly from the addresses that are routed on the Internet."""
    draw, found = random.Random(2), []
    while len(found) < ANYWHERE:
        first = draw.randrange(1, 224)
        if first not in (10, 100, 127, 169, 172, 192, 198, 203):
            found.append(bytes([first, draw.randrange(256), draw.randrange(256)]))
    return found


def measure(folder: pathlib.Path, seconds: float, rounds: int, progress) -> dict:
    reflector, world = contenders.Reflector("worldref", folder), World("world", folder)
    result = {"reflector": [], "weighted": [], "near": [], "world": []}
    try:
        progress.say("loading the city data of the world")
        reflector.start()
        begin = time.monotonic()
        world.start()
        result["start"] = time.monotonic() - begin
        everywhere = [client_subnet(subnet) for subnet in anywhere()]
        here = [client_subnet(bytes([8, 8, 8]))] * 1000
        for number in range(rounds):
            progress.say(f"asking from everywhere, round {number + 1} of {rounds}")
            result["reflector"].append(
                nanoseconds(reflector.rig, frames(reflector.rig, NAME, everywhere), seconds))
            result["weighted"].append(
                nanoseconds(world.rig, frames(world.rig, zones.WEIGHTED, here), seconds))
            result["near"].append(nanoseconds(world.rig, frames(world.rig, NAME, here), seconds))
            result["world"].append(nanoseconds(world.rig, frames(world.rig, NAME, everywhere), seconds))
    finally:
        world.stop()
        reflector.stop()
    return result
