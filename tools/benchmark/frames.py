"""Queries with EDNS options of our choice, as Ethernet frames, and what a program takes for each."""
import ctypes
import errno
import json
import os
import socket
import struct
import threading
import time

from rig import bpf_statistics, run


def address_of(rig, namespace: str, interface: str) -> bytes:
    (link,) = json.loads(run("ip", "-n", namespace, "-j", "link", "show", "dev", interface))
    return bytes.fromhex(link["address"].replace(":", ""))


def checksum(octets: bytes) -> int:
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    total = (total & 0xffff) + (total >> 16)
    return ~(total + (total >> 16)) & 0xffff


def edns_option(code: int, data: bytes) -> bytes:
    return struct.pack("!HH", code, len(data)) + data


def client_subnet(subnet: bytes) -> bytes:
    """The EDNS Client Subnet option (RFC 7871) of a /24 prefix, given as its three octets."""
    return edns_option(8, struct.pack("!HBB", 1, 24, 0) + subnet)


def frames(rig, name: str, options: list) -> list:
    """For each of `options`, the EDNS options in wire format, one A query for `name` as an Ethernet frame; without a UDP checksum."""
    ethernet = address_of(rig, rig.server, rig.server_if) + address_of(rig, rig.client, rig.client_if) + b"\x08\x00"
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    source, server = socket.inet_aton("10.53.0.1"), socket.inet_aton("10.53.0.2")
    made = []
    for number, octets in enumerate(options):
        opt = b"\0" + struct.pack("!HHIH", 41, 1232, 0, len(octets)) + octets
        message = struct.pack("!6H", number & 0xffff, 0, 1, 0, 0, 1) + labels + b"\0\1\0\1" + opt
        udp = struct.pack("!4H", 2000 + number % 60000, 53, 8 + len(message), 0) + message
        header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), number & 0xffff, 0, 64, 17, 0, source, server)
        header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
        made.append(ethernet + header + udp)
    return made


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
    """Run time per packet of the program at the server's end while these frames are sent."""
    with bpf_statistics():
        before = rig.run_time()
        send(rig, what, seconds)
        after = rig.run_time()
    return (after[0] - before[0]) / max(1, after[1] - before[1])
