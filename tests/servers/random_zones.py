"""Zones in which all that RFC 1034's algorithm tells apart happens by chance: empty non-terminals, wildcards, zone cuts with glue in
and out of bailiwick, DNAMEs, aliases across zones, into wildcards and in loops; and queries that meet it."""
import random

LABELS = ("a", "b", "*", "www", "_tcp", "x1")
DATA_TYPES = ("A", "AAAA", "TXT", "MX", "SRV", "PTR", "HTTPS", "CAA", "TYPE65280")
QUERY_TYPES = DATA_TYPES + ("NS", "SOA", "CNAME", "DNAME", "DS", "NAPTR")
# The second lies in the first, and both are held; a third is beside them.
APEXES = ("example.com.", "sub.example.com.", "example.net.")
DATA_PER_ZONE = 120


class Zone:
    def __init__(self, apex: str, chance: random.Random):
        self.apex, self.chance = apex, chance
        self.owners = {}  # owner name → the kind of what it has
        self.records = []
        self.types = {}  # owner name → the types of its records

    def add(self, owner: str, rtype: str, rdata: str):
        self.records.append((owner, self.ttl_of(owner, rtype), rtype, rdata))
        self.types.setdefault(owner, []).append(rtype)

    @staticmethod
    def ttl_of(owner: str, rtype: str) -> int:
        """One for each RRset."""
        return 60 + (len(owner) * 7 + len(rtype)) % 5 * 60

    def below_dname(self, owner: str) -> bool:
        return any(owner.endswith("." + above) and kind == "DNAME" for above, kind in self.owners.items())

    def has_names_below(self, owner: str) -> bool:
        return any(name.endswith("." + owner) for name in self.owners)

    def master_file(self) -> str:
        return "".join(f"{owner} {ttl} IN {rtype} {rdata}\n" for owner, ttl, rtype, rdata in self.records)


class World:
    """The zones of one seed."""

    def __init__(self, seed: int):
        self.chance = random.Random(seed)
        self.zones = [Zone(apex, self.chance) for apex in APEXES]
        for zone in self.zones:
            self.fill(zone)

    def name_in(self, zone: Zone) -> str:
        labels = [self.chance.choice(LABELS) for _ in range(self.chance.choice((1, 1, 2, 2, 3, 4)))]
        return ".".join(labels) + "." + zone.apex

    def any_name(self) -> str:
        zone = self.chance.choice(self.zones)
        if self.chance.random() < 0.1:
            return self.chance.choice(("host.example.org.", zone.apex))
        if zone.owners and self.chance.random() < 0.6:
            return self.chance.choice(list(zone.owners)).replace("*", self.chance.choice(LABELS))
        return self.name_in(zone).replace("*", "any")

    def is_delegated_wildcard(self, owner: str) -> bool:
        """Whether the name has records only by a wildcard that its zone has below a cut."""
        zone = max((zone for zone in self.zones if owner.endswith("." + zone.apex)), key=lambda zone: len(zone.apex), default=None)
        return zone is not None and owner not in zone.types and any(
            kind == "cut" and owner.endswith("." + cut) for cut, kind in zone.owners.items())

    def rdata(self, rtype: str) -> str:
        number = self.chance.randrange(1, 250)
        return {
            "A": lambda: f"192.0.2.{number}",
            "AAAA": lambda: f"2001:db8::{number:x}",
            "TXT": lambda: f'"text {number}" "and \\"more\\""',
            "MX": lambda: f"{number} {self.any_name()}",
            "SRV": lambda: f"{number} 0 443 {self.any_name()}",
            "PTR": self.any_name,
            "HTTPS": lambda: f"{number} {self.any_name()} alpn=h2 port={number}",
            "CAA": lambda: f'0 issue "ca{number}.example.net"',
            "TYPE65280": lambda: f"\\# 4 0102{number:02x}04",
        }[rtype]()

    def fill(self, zone: Zone):
        soa_ttl, minimum = self.chance.choice(((300, 900), (900, 300)))
        zone.types[zone.apex] = ["SOA"]
        zone.records.append((zone.apex, soa_ttl, "SOA", f"ns.{zone.apex} host.{zone.apex} 1 7200 900 1209600 {minimum}"))
        for server in (f"ns.{zone.apex}", "ns.example.org."):
            zone.add(zone.apex, "NS", server)
        zone.owners[f"ns.{zone.apex}"] = "data"
        zone.add(f"ns.{zone.apex}", "A", "192.0.2.53")
        for child in self.zones:
            if child.apex.endswith("." + zone.apex):
                self.add_cut(zone, child.apex)
        while len(zone.owners) < DATA_PER_ZONE:
            self.add_owner(zone, self.name_in(zone))

    # NSD refuses names below a DNAME that lie in another zone as well: glue of a parent, for one.
    def below_dname(self, owner: str) -> bool:
        return any(zone.below_dname(owner) for zone in self.zones)

    def has_names_below(self, owner: str) -> bool:
        return any(zone.has_names_below(owner) for zone in self.zones)

    def add_owner(self, zone: Zone, owner: str):
        if owner in zone.owners or self.below_dname(owner):
            return
        kind = self.chance.choices(("data", "CNAME", "cut", "DNAME"), (55, 25, 10, 10))[0]
        if kind == "cut" and "*" not in owner:
            self.add_cut(zone, owner)
        elif kind == "DNAME" and "*" not in owner and not self.has_names_below(owner):
            zone.owners[owner] = kind
            zone.add(owner, kind, self.any_name())
            if self.chance.random() < 0.5:
                zone.add(owner, "A", self.rdata("A"))
        elif kind == "CNAME":
            zone.owners[owner] = kind
            zone.add(owner, kind, self.any_name())
        else:
            zone.owners[owner] = "data"
            for rtype in self.chance.sample(DATA_TYPES, self.chance.choice((1, 1, 2, 3))):
                for rdata in {self.rdata(rtype) for _ in range(self.chance.choice((1, 1, 2, 5)))}:
                    zone.add(owner, rtype, rdata)

    def add_cut(self, zone: Zone, owner: str):
        zone.owners[owner] = "cut"
        servers = self.chance.sample((f"ns1.{owner}", f"ns2.{owner}", f"ns.{zone.apex}", self.any_name(), "ns.example.org."), 2)
        for server in sorted(servers):
            zone.add(owner, "NS", server)
            if server.endswith("." + owner) and server not in zone.owners and not self.below_dname(server):
                zone.owners[server] = "glue"
                for rtype in self.chance.choice((("A",), ("AAAA",), ("A", "AAAA"))):
                    zone.add(server, rtype, self.rdata(rtype))
        if self.chance.random() < 0.4:
            zone.add(owner, "DS", f"{self.chance.randrange(60000)} 13 2 " + "AB" * 32)

    def question(self) -> tuple:
        """A name and a type: mostly near what is there."""
        zone = self.chance.choice(self.zones)
        name = self.chance.choice(list(zone.types))
        rtype = self.chance.choice(QUERY_TYPES if self.chance.random() < 0.5 else zone.types[name])
        turn = self.chance.random()
        if turn < 0.3:
            name = name.replace("*", self.chance.choice(("any", "a", "*.b")))
        elif turn < 0.5:
            name = f"{self.chance.choice(LABELS)}.{name}"
        elif turn < 0.6:
            name = name.split(".", 1)[1]
        elif turn < 0.7:
            name = self.name_in(zone)
        if self.chance.random() < 0.2:
            name = "".join(self.chance.choice((octet.upper(), octet)) for octet in name)
        return name, rtype
