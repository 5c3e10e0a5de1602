"""What guards cost: a weighted name asked with EDNS Client Subnet and a cookie, beside the reflector asked the same."""
import pathlib
import re
import subprocess

import contenders
import zones
from frames import client_subnet, edns_option, frames, nanoseconds
from rig import SERVER_ADDRESS, ROOT

COOKIE = 10  # the EDNS option, RFC 7873
CLIENT_COOKIE = "0102030405060708"
# No client of the rig reaches it: what is measured is the counting.
GUARD = """guards:
- cookies: {}
  rate_limit: {replies_per_second: 1000000, burst: 1000000, enforce: true}
"""
QUERIES = 1000


class Guarded(contenders.Signpost):
    title = "Signpost (cookies and a rate limit)"

    def configure(self) -> None:
        guard = self.write("guard.yaml", GUARD)
        self.lab("client", "signpost", "apply", "-f", ROOT / "examples" / "ecommerce", "-f", guard)

    def cookie(self) -> bytes:
        """A cookie of the server for the client's address (RFC 9018)."""
        dig = self.rig.inside(self.rig.client, "dig", f"+cookie={CLIENT_COOKIE}", f"@{SERVER_ADDRESS}",
                              zones.WEIGHTED, "A")
        reply = subprocess.run(dig, capture_output=True, text=True).stdout
        found = re.search(r"; COOKIE: ([0-9a-f]{48}) ", reply)
        if not found:
            raise SystemExit(f"bench: no cookie in the reply: {reply}")
        return bytes.fromhex(found[1])


def measure(folder: pathlib.Path, seconds: float, rounds: int, progress) -> dict:
    """Nanoseconds per packet; `first`: the client has no cookie of the server yet, so it gets one and is counted."""
    reflector, unguarded = contenders.Reflector("guardref", folder), contenders.Signpost("unguarded", folder)
    guarded = Guarded("guarded", folder)
    result = {"reflector": [], "unguarded": [], "first": [], "returning": []}
    try:
        for each in (reflector, unguarded, guarded):
            progress.say(f"starting {each.title}")
            each.start()
        subnet = client_subnet(bytes([8, 8, 8]))
        first = [subnet + edns_option(COOKIE, bytes.fromhex(CLIENT_COOKIE))] * QUERIES
        returning = [subnet + edns_option(COOKIE, guarded.cookie())] * QUERIES
        asked = {"reflector": (reflector, first), "unguarded": (unguarded, first), "first": (guarded, first),
                 "returning": (guarded, returning)}
        for number in range(rounds):
            progress.say(f"asking with cookies, round {number + 1} of {rounds}")
            for key, (server, options) in asked.items():
                result[key].append(nanoseconds(server.rig, frames(server.rig, zones.WEIGHTED, options), seconds))
    finally:
        for each in (guarded, unguarded, reflector):
            each.stop()
    return result
