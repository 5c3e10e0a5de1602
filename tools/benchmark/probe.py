#!/usr/bin/python3
"""probe.py NAME RATE SECONDS: asks 10.53.0.2 for NAME's A record RATE times a second, at times drawn by chance and without
waiting for replies; prints as JSON the microseconds to each reply, and how many queries had none.

The reply's time is the kernel's stamp, so a process that waits for its core adds nothing."""
import json
import os
import random
import select
import socket
import struct
import sys
import time

SOURCE_PORT = 1501  # below 2000: kxdpgun takes every reply to a higher port while it runs
SO_TIMESTAMPNS, SO_NO_CHECK = 35, 11
LAST_REPLIES = 1  # seconds
IDS = 1 << 16


class Probe:
    def __init__(self, name: str):
        labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
        self.question = labels + b"\0" + struct.pack("!HH", 1, 1)
        self.sent, self.taken = {}, []  # identifier -> nanoseconds; microseconds
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        # A checksum is left to a card that a veth pair does not have; the reflector returns what it gets.
        self.sock.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
        self.sock.bind(("", SOURCE_PORT))
        self.sock.connect(("10.53.0.2", 53))
        self.sock.setblocking(False)

    def ask(self, number: int) -> None:
        query = struct.pack("!6H", number % IDS, 0, 1, 0, 0, 0) + self.question
        self.sent[number % IDS] = time.time_ns()
        self.sock.send(query)

    def listen(self, until: float) -> None:
        """Takes replies until this time (seconds of the wall clock)."""
        while (left := until - time.time()) > 0:
            if not select.select([self.sock], [], [], left)[0]:
                return
            reply, ancillary, _, _ = self.sock.recvmsg(2048, 64)
            seconds, nanoseconds = struct.unpack("qq", ancillary[0][2])
            sent = self.sent.pop(struct.unpack_from("!H", reply)[0], None)
            if sent is not None:
                self.taken.append((seconds * 1_000_000_000 + nanoseconds - sent) / 1000)


def main() -> None:
    name, rate, seconds = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))  # so that it asks at the times drawn, on a busy core too
    probe, draw = Probe(name), random.Random(1)
    due = time.time()
    for number in range(int(rate * seconds)):
        due += draw.expovariate(rate)
        probe.listen(due)
        probe.ask(number)
    probe.listen(time.time() + LAST_REPLIES)
    print(json.dumps({"microseconds": probe.taken, "lost": len(probe.sent)}))


main()
