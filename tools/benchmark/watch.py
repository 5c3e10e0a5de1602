#!/usr/bin/python3
"""watch.py NAME: asks 10.53.0.2 for NAME's A record without pause; prints "NANOSECONDS ADDRESS" (wall clock, as the
reply came) for the first answer and whenever another address comes. Ends with its standard input."""
import os
import socket
import struct
import sys
import time

SOURCE_PORT = 1500  # below 2000: kxdpgun takes every reply to a higher port while it runs


def main() -> None:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in sys.argv[1].split("."))
    query = struct.pack("!HHHHHH", 0, 0, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", 1, 1)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("", SOURCE_PORT))
    sock.connect(("10.53.0.2", 53))
    sock.settimeout(1)
    os.set_blocking(0, False)
    seen = None
    while input_open():
        sock.send(query)
        try:
            reply = sock.recv(2048)
        except socket.timeout:
            continue
        now = time.time_ns()
        if reply[-4:] != seen and reply[6:8] == b"\0\1":
            seen = reply[-4:]
            print(now, socket.inet_ntoa(seen), flush=True)


def input_open() -> bool:
    """Whether standard input, which does not block, has not ended."""
    return sys.stdin.buffer.raw.read(1) != b""


main()
