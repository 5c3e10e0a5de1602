"""The smallest MMDB files: the clients of one IPv4 prefix are in one place, of all others nothing is known."""
import ipaddress
import struct
import time

TEXT, DOUBLE, UINT16, UINT32, MAP, UINT64, ARRAY = 2, 3, 5, 6, 7, 9, 11
DAY = 86400


def value(kind: int, size: int, content: bytes) -> bytes:
    """A field: its control byte or bytes, and its content; `size` is what the control byte says, below 29."""
    return (bytes([kind << 5 | size]) if kind < 8 else bytes([size, kind - 7])) + content


def text(content: str) -> bytes:
    return value(TEXT, len(content), content.encode("ascii"))


def number(kind: int, content: int) -> bytes:
    octets = content.to_bytes((content.bit_length() + 7) // 8, "big")
    return value(kind, len(octets), octets)


def mapping(**fields: bytes) -> bytes:
    return value(MAP, len(fields), b"".join(text(key) + field for key, field in fields.items()))


def double(content: float) -> bytes:
    return value(DOUBLE, 8, struct.pack(">d", content))


def country_file(prefix: str, country: str) -> bytes:
    return file(prefix, mapping(country_code=text(country)), "Test-City", time.time())


def city_file(kind: str, prefix: str, fields: dict, age_days: int) -> bytes:
    """Of the layout of DB-IP; fields are texts and coordinates."""
    record = mapping(**{key: text(field) if isinstance(field, str) else double(field) for key, field in fields.items()})
    return file(prefix, record, kind, time.time() - age_days * DAY)


def file(prefix: str, record: bytes, kind: str, made: float) -> bytes:
    network = ipaddress.IPv4Network(prefix)
    bits = f"{int(network.network_address):032b}"[:network.prefixlen]
    nothing, data = len(bits), len(bits) + 16
    tree = b""
    for depth, bit in enumerate(bits):
        onward = depth + 1 if depth + 1 < len(bits) else data
        records = (onward, nothing) if bit == "0" else (nothing, onward)
        tree += b"".join(each.to_bytes(3, "big") for each in records)
    metadata = mapping(
        binary_format_major_version=number(UINT16, 2), binary_format_minor_version=number(UINT16, 0),
        build_epoch=number(UINT64, int(made)), database_type=text(kind),
        description=mapping(en=text("test")), ip_version=number(UINT16, 4), languages=value(ARRAY, 0, b""),
        node_count=number(UINT32, len(bits)), record_size=number(UINT16, 24))
    return tree + bytes(16) + record + b"\xab\xcd\xefMaxMind.com" + metadata
