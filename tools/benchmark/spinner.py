#!/usr/bin/python3
"""spinner.py CORE FILE: counts on CORE in the time that nothing else wants; the count is the 64-bit word CORE of FILE."""
import mmap
import os
import struct
import sys

TURNS = 1000  # of the loop for each count


def main() -> None:
    core, count = int(sys.argv[1]), 0
    os.sched_setaffinity(0, {core})
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    with open(sys.argv[2], "r+b") as file, mmap.mmap(file.fileno(), 0) as words:
        while True:
            for _ in range(TURNS):
                pass
            count += 1
            struct.pack_into("=Q", words, 8 * core, count)


main()
