"""A zone with records of many kinds, keys to transfer it by, and what servers have of it."""
import base64
import pathlib

import dns.exception
import dns.message
import dns.query
import dns.rdata
import dns.rdatatype
import dns.tsigkeyring
import dns.zone

KEY = "xfr.example"
SECRET = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
OTHER = base64.b64encode(b"another secret of the same length").decode()
ZONE = """$ORIGIN example.com.
$TTL 300
@ SOA ns1 hostmaster 1 7200 900 1209600 300
@ NS ns1
@ NS ns2.example.net.
ns1 A 192.0.2.53
ns1 AAAA 2001:db8::53
www A 192.0.2.1
www A 192.0.2.2
@ MX 10 Mail.Example.COM.
mail A 192.0.2.25
@ TXT "v=spf1 -all" "second string"
*.wild CNAME www
_sip._tcp SRV 1 2 5060 www
sub NS ns.sub
ns.sub A 192.0.2.54
svc HTTPS 1 . alpn=h2 ipv4hint=192.0.2.1
odd TYPE65280 \\# 4 DEADBEEF
old 86400 TXT "has another TTL"
"""


def keep_secret(folder: pathlib.Path, key: str = KEY) -> pathlib.Path:
    """The folder for --secrets, made in this one, with the secret of the key."""
    secrets = folder / "secrets"
    secrets.mkdir()
    (secrets / key).write_text(SECRET + "\n")
    return secrets


def transferred(port: int, key: bool = False) -> dns.zone.Zone:
    """The zone that a server gives by AXFR."""
    ring = dns.tsigkeyring.from_text({KEY: SECRET}) if key else None
    messages = dns.query.xfr("127.0.0.1", "example.com", port=port, keyring=ring, timeout=10, lifetime=30,
                             relativize=False)
    return dns.zone.from_xfr(messages, relativize=False)


def records(zone: dns.zone.Zone) -> set:
    """Every record, with its TTL; names in lower case, as NSD keeps them."""
    def folded(data: dns.rdata.Rdata) -> dns.rdata.Rdata:
        wire = data.to_digestable()
        return dns.rdata.from_wire(data.rdclass, data.rdtype, wire, 0, len(wire))
    return {f"{name} {ttl} {dns.rdatatype.to_text(data.rdtype)} {folded(data)}"
            for name, ttl, data in zone.iterate_rdatas()}


def serial(port: int) -> int:
    """Of a server's SOA; 0 as long as it does not serve the zone."""
    query = dns.message.make_query("example.com", "SOA")
    try:
        reply = dns.query.udp(query, "127.0.0.1", port=port, timeout=1)
    except (dns.exception.Timeout, ConnectionError):
        return 0
    return reply.answer[0][0].serial if reply.answer else 0
