#!/usr/bin/python3
"""flips_test.py BUILD: 1,000 flips a second lose no query and mix no states; flips.py has the scene."""
import sys
import unittest

from flips import CHECKS, Flips

BUILD = sys.argv.pop(1)
SECONDS = 10


class FlipsUnderLoad(unittest.TestCase):
    def test_no_query_is_lost_and_no_reply_fails_or_mixes_two_states(self):
        flips = Flips(BUILD, SECONDS)
        self.assertGreater(flips.count, CHECKS)  # no rate: a machine that is busy elsewhere skips slots
        self.assertEqual((flips.received, flips.rcodes), (flips.sent, {"NOERROR": flips.sent}))
        self.assertEqual(([octets.hex() for octets in flips.watcher.wrong], flips.watcher.lost), ([], 0))
        for changes in flips.watcher.seen:
            self.assertGreater(len(changes), 1)


unittest.main()
