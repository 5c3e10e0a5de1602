#!/usr/bin/python3
"""scoreboard_test.py TOOLS: what tools/bench makes of what it measures."""
import collections
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import unittest.mock
import xml.etree.ElementTree

TOOLS = pathlib.Path(sys.argv.pop(1)).resolve()
DOCS = TOOLS.parent / "docs"
sys.path.insert(0, str(TOOLS / "benchmark"))
import charts  # noqa: E402
import marks  # noqa: E402
import memory  # noqa: E402
import pictures  # noqa: E402
import processor  # noqa: E402
import report  # noqa: E402
import rig  # noqa: E402
import sockets  # noqa: E402
import zones  # noqa: E402
from figures import percentile, spread  # noqa: E402
from gaps import Gaps  # noqa: E402
from tables import table  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}"
SMAPS = """55d0c0a00000-55d0c0c00000 r-xp 00000000 08:01 1234   /usr/sbin/signpostd
Rss:                 900 kB
Pss:                 300 kB
Pss_Dirty:             0 kB
7f0000000000-7f0008000000 rw-s 00000000 00:0e 1060   anon_inode:bpf-map
Rss:              131072 kB
Pss:              131072 kB
7f0009000000-7f0009800000 rw-p 00000000 00:00 0
Rss:                 724 kB
Pss:                 724 kB
"""


def server(title: str, replies: list, nanoseconds: list = ()) -> dict:
    return {"title": title, "replies": replies, "nanoseconds": list(nanoseconds)}


def large(title: str, few: float, uniform: float, nanoseconds: list) -> dict:
    size = {"start": 4.0, "memory": {"processes": 400_000_000, "maps": 200_000_000}, "change": [10.0, 12.0, 11.0]}
    return {"title": title, "sizes": {"100": size, "1000000": size},
            "floods": {which: {"replies": [rate], "nanoseconds": nanoseconds}
                       for which, rate in (("few", few), ("uniform", uniform), ("zipf", uniform))}}


def over_sockets(udp: dict, tcp: dict) -> dict:
    empty = {"userspace": [], "knot": [], "nsd": []}
    return {"titles": {"userspace": "Signpost, userspace", "knot": "Knot DNS, sockets", "nsd": "NSD"}, "seconds": 2, "rounds": 9,
            "cases": [{"case": "UDP", "replies": empty | udp}, {"case": "TCP, 1 connection", "replies": empty | tcp}],
            "about": {"date": "2026-01-03", "cpu": "CPU", "commit": "def", "load": 0.2},
            "gaps": [{"who": "NSD", "what": "sockets, TCP, 1 connection", "why": "3 % of the queries had no reply"}]}


def results() -> dict:
    """A whole run, in which BIND did not start."""
    return {
        "about": {"command": "tools/bench", "quick": False, "date": "2026-01-02", "cpu": "CPU", "cores": 2, "kernel": "6.1",
                  "packages": "nsd 1", "commit": "abc", "load": 0.1, "minutes": 12, "seconds": 2, "rounds": 3},
        "servers": {
            "reflector": server("reflector (XDP, no look-up)", [600_000, 610_000, 590_000], [50, 48, 52]),
            "signpost": server("Signpost, XDP", [580_000, 590_000, 570_000], [110]),
            "userspace": server("Signpost, userspace", [250_000]),
            "knotxdp": server("Knot DNS, AF_XDP", [300_000]), "knot": server("Knot DNS, sockets", [260_000]),
            "nsd": server("NSD", [240_000]), "bind": server("BIND", []), "gdnsd": server("gdnsd, weighted plugin", [220_000]),
            "powerdnslua": server("PowerDNS, Lua pickwrandom", [2_000])},
        "processor": {
            "servers": {"signpost": {"title": "Signpost, XDP", "rate": 100_000, "nanoseconds": [80, 90, 100]},
                        "knotxdp": {"title": "Knot DNS, AF_XDP", "rate": 100_000, "nanoseconds": [1000]},
                        "nsd": {"title": "NSD", "rate": 100_000, "nanoseconds": [2500]},
                        "bind": {"title": "BIND", "rate": 50_000, "nanoseconds": []}},
            "rounds": 3, "seconds": 1, "about": {"date": "2026-01-02", "cpu": "CPU", "commit": "abc", "load": 0.1}},
        "latency": {"nsd": {"50": 20, "90": 40, "99": 90, "99.9": 400, "rate": 119_000, "lost": 0, "asked": 12_000}},
        "sizes": {"signpost": large("Signpost, XDP", 500_000, 490_000, [260]) |
                  {"import": 14.0, "change": [17.0, 61.0], "flip": [0.2, 0.4]},
                  "nsd": large("NSD", 240_000, 120_000, [])},
        "guard": {"reflector": [60], "unguarded": [120], "first": [290], "returning": [310]},
        "samples": {"plain": {"replies": [500_000], "nanoseconds": [100]},
                    "sampled": {"replies": [470_000], "nanoseconds": [104]}, "told": 7_000_000, "daemons": 4, "rounds": 2, "seconds": 1,
                    "about": {"date": "2026-01-02", "cpu": "CPU", "commit": "abc", "load": 0.1}},
        "world": {},
        "operations": {
            "scrape": {"names": 100_000, "endpoints": 10_000, "series": 30_346, "octets": 2_000_000, "first_ms": 44.1,
                       "following_median_ms": 30.2, "following_max_ms": 71.4, "after_flip_median_ms": 33.3, "after_flip_max_ms": 82.0},
            "http": {"targets": 10_000, "probes_per_second": 1_000, "failures": 0, "core_percent": 6.3, "mib": 71},
            "flips": {"flips_per_second": 998, "seconds": 60, "flood": {"queries": 600_000, "replies": 599_999, "rcodes": {}},
                      "client": {"replies": 180_000, "lost": 1, "wrong": 0},
                      "verdict_to_wire_ms": {"times": 300, "median": 8.0, "percentile_99": 19.5, "most": 26.2}},
            "about": {"date": "2026-01-02", "cpu": "CPU", "commit": "abc", "load": 0.1},
            "gaps": [{"who": "Signpost", "what": "10,000 HTTPS health checks", "why": "no answer"}]},
        "sockets": over_sockets({"userspace": [150, 160, 170], "knot": [120], "nsd": [140, 200]}, {"userspace": [90], "knot": [100]}),
        "compiler": {"record_sets": 100_000, "localities": 1_000, "compile_seconds": 3, "peak_mib": 400, "flips": 200,
                     "flip_median_ms": 0.1, "flip_slowest_ms": 0.9},
        "gaps": [{"who": "BIND", "what": "everything", "why": "an answer of BIND did not happen within 60 s"}]}


class Numbers(unittest.TestCase):
    def test_a_percentile_is_a_sample_that_so_many_do_not_exceed(self):
        samples = list(range(1000, 0, -1))
        self.assertEqual([percentile(samples, percent) for percent in (50, 90, 99, 99.9, 100)], [500, 900, 990, 999, 1000])
        self.assertEqual(percentile([7], 99.9), 7)

    def test_a_spread_is_the_median_and_the_range(self):
        self.assertEqual(spread([1200, 3400.4, 900]), "1,200 [900–3,400]")
        self.assertEqual(spread([1.25], 1), "1.2")

    def test_processor_time_is_what_the_server_takes_beyond_the_reflector(self):
        # Of two cores, the reflector takes a quarter of all the time, the server a half. The machine became slower meanwhile.
        found = processor.beyond(1000, 2, *({"answers": 100_000, "left": left} for left in (780, 500, 720)))
        self.assertAlmostEqual(found, 5000)  # nanoseconds: half a core more for 100,000 answers

    def test_a_queue_that_is_still_taken_is_asked_once_more(self):
        spinners, failure = unittest.mock.Mock(), rig.NotMeasured("requested resource is busy")
        spinners.speed.side_effect = [900, 700]
        with unittest.mock.patch("processor.end_flood", side_effect=[failure, 100_000, failure, failure]):
            asked = (spinners, unittest.mock.Mock(), "queries", 100_000)
            self.assertEqual(processor.busy(*asked), {"answers": 100_000, "left": 700})
            spinners.speed.side_effect = [900, 700]
            self.assertRaises(rig.NotMeasured, processor.busy, *asked)

    def test_a_server_is_asked_at_most_half_of_what_it_can(self):
        self.assertEqual([processor.rate_for(rate) for rate in (700_000, 199_999, 2_000, 90)], [100_000, 50_000, 1_000, 200])

    def test_pages_of_bpf_maps_do_not_count_as_the_process(self):
        self.assertEqual(memory.proportional_set_size(SMAPS), 1024 << 10)


class Generator(unittest.TestCase):
    def generator(self, output: str, errors: str = "") -> subprocess.Popen:
        return subprocess.Popen(["sh", "-c", 'printf "%s" "$1"; printf "%s" "$2" >&2', "sh", output, errors],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def test_its_replies_a_second_are_read(self):
        text = "total queries:     8 (999 pps) (99%)\ntotal replies:     1541050 (770525 pps) (98.1%)\nduration: 2 s\n"
        self.assertEqual(rig.end_flood(self.generator(text)), 770525)

    def test_a_generator_that_fails_is_a_gap_with_its_message(self):
        gaps = Gaps()
        with gaps.noting("NSD", "a flood"):
            rig.end_flood(self.generator("", "error: no route"))
        self.assertEqual(gaps.listed, [{"who": "NSD", "what": "a flood", "why": "kxdpgun told no replies: error: no route"}])


    def test_replies_over_sockets_are_read_unless_many_are_lost(self):
        text = "  Queries sent:         1000\n  Queries lost:         {}\n\n  Queries per second:   {}\n"
        self.assertEqual(sockets.replies(text.format("2 (0.20%)", "123456.789")), 123456.789)
        with self.assertRaisesRegex(rig.NotMeasured, "3.50 % of the queries had no reply"):
            sockets.replies(text.format("35 (3.50%)", "123456.789"))
        with self.assertRaisesRegex(rig.NotMeasured, "dnsperf told no replies: Error"):
            sockets.replies("Error: connection refused")


class Processes(unittest.TestCase):
    # Its first thread ends, and the other one when it is told.
    LEADERLESS = "import ctypes, sys, threading; threading.Thread(target=sys.stdin.read).start(); ctypes.CDLL(None).pthread_exit(None)"

    def test_a_process_has_ended_with_its_last_thread(self):
        process = self.enterContext(subprocess.Popen([sys.executable, "-c", self.LEADERLESS], stdin=subprocess.PIPE))
        status = pathlib.Path("/proc", str(process.pid), "status")
        rig.wait_for("the end of the first thread", lambda: "State:\tZ" in status.read_text(encoding="utf-8"))
        self.assertFalse(rig.has_ended(process.pid))
        process.stdin.close()
        rig.wait_for("the end of the process", lambda: rig.has_ended(process.pid))


class Zones(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def test_a_change_leaves_the_names_behind_it_as_they_are(self):
        file = zones.write_large(self.folder / "zone", 300)
        before = file.read_text(encoding="ascii")
        zones.change_large(file, 42)
        after = file.read_text(encoding="ascii")
        self.assertIn("changing A 203.0.113.142\n", after)
        self.assertEqual(before.splitlines()[6:], after.splitlines()[6:])
        self.assertEqual(after.splitlines()[-1], "n299 A 10.0.1.43")

    def test_uniform_queries_ask_every_name_once(self):
        self.assertEqual(sorted(zones.uniform(500)), list(range(500)))

    def test_by_zipfs_law_the_tenth_name_is_asked_a_tenth_as_often_as_the_first(self):
        counts = [count for _, count in collections.Counter(zones.zipf(1000, 200_000)).most_common()]
        self.assertAlmostEqual(counts[0] / counts[9], 10, delta=1)


class Charts(unittest.TestCase):
    def test_bars_are_as_long_as_their_values(self):
        root = xml.etree.ElementTree.fromstring(charts.bars("A <title>", "note", [("Signpost & co", 200), ("other", 50)]))
        lengths = [float(bar.get("width")) for bar in root.iter(f"{SVG}rect")]
        self.assertAlmostEqual(lengths[0] / lengths[1], 4, places=2)
        self.assertEqual([bar.get("class") for bar in root.iter(f"{SVG}rect")], ["ours", "theirs"])
        self.assertIn("A <title>", [text.text for text in root.iter(f"{SVG}text")])

    def test_dots_stand_at_the_logarithms_of_their_values(self):
        root = xml.etree.ElementTree.fromstring(charts.dots("title", "note", [("one", [1, 10, 100]), ("none", [0])]))
        x = [float(dot.get("cx")) for dot in root.iter(f"{SVG}circle")]
        self.assertEqual(len(x), 3)
        self.assertAlmostEqual(x[1] - x[0], x[2] - x[1], places=1)

    def test_every_chart_of_a_run_is_whole_svg(self):
        drawn = pictures.draw(results())
        self.assertEqual(sorted(drawn), ["change", "latency", "memory", "names", "processor", "replies", "start"])
        for text in drawn.values():
            self.assertEqual(xml.etree.ElementTree.fromstring(text).tag, f"{SVG}svg")


class Page(unittest.TestCase):
    def test_a_table_is_aligned(self):
        self.assertEqual(table(["what", "ms"], [["a longer one", 5], ["b", 1234]]),
                         "| what         |   ms |\n|--------------|-----:|\n| a longer one |    5 |\n| b            | 1234 |\n")

    def verdicts(self, run: dict) -> dict:
        return {mark.what: mark.holds for mark in marks.judge(run)}

    def test_marks_hold_are_missed_or_were_not_measured(self):
        found = self.verdicts(results())
        self.assertTrue(found["replies/s, of reflector (XDP, no look-up)"])  # 580,000 of 600,000
        self.assertFalse(found["replies/s of the userspace path, of Knot DNS, sockets"])  # 250,000 of 260,000
        self.assertTrue(found["replies/s of the userspace path, of NSD"])
        self.assertTrue(found["processor time per answer beyond the reflector's, of Knot DNS's with AF_XDP"])  # 90 of 1,000
        self.assertFalse(found["run time with ECS, cookies and rate limit, a client with a cookie"])  # 310 of 60
        self.assertFalse(found["one record changed, 1,000,000 names, the slowest"])  # 61 of 50 ms
        self.assertTrue(found["replies lost from 10 to 1,000,000 names"])  # 2 % and 50 %
        self.assertTrue(found["run time with dnstap of one answer in a hundred, of that without"])  # 104 of 100
        self.assertFalse(found["replies/s with dnstap of one answer in a hundred, of those without"])  # 470,000 of 500,000
        self.assertIsNone(found["run time, a geolocation name, one client, of a weighted name's"])

    def test_a_rival_that_could_not_be_measured_leaves_its_marks_open(self):
        run = results()
        run["servers"]["nsd"]["replies"] = []
        self.assertIsNone(self.verdicts(run)["replies/s, of NSD"])

    def test_dnstap_that_told_nothing_costs_nothing_that_counts(self):
        run = results()
        run["samples"]["told"] = 0
        self.assertIsNone(self.verdicts(run)["run time with dnstap of one answer in a hundred, of that without"])

    def test_processor_time_in_the_noise_is_no_mark(self):
        run = results()
        run["processor"]["servers"]["signpost"]["nanoseconds"] = [-20, -5, 30]
        self.assertIsNone(self.verdicts(run)["processor time per answer beyond the reflector's, of the least of the others"])

    def test_what_operations_cost_is_told_as_far_as_it_was_measured(self):
        text = report.page(results())
        self.assertRegex(text, r"\| the first one after these names came +\| +44 ms \|")
        self.assertRegex(text, r"\| 10,000 HTTP targets every 10 s: 1,000 probes/s, 0 failed +\| +6.3 % of a core, 71 MiB of `signpostd` \|")
        self.assertRegex(text, r"\| of 780,001 queries meanwhile +\| +2 lost \|")
        self.assertNotIn("HTTPS targets", text)
        self.assertIn("- Signpost, 10,000 HTTPS health checks: no answer\n", text)
        self.assertTrue(self.verdicts(results())["the metrics of 100,000 names and 10,000 endpoints scraped, the slowest"])

    def test_the_page_says_what_could_not_be_measured(self):
        text = report.page(results())
        self.assertIn("- BIND, everything: an answer of BIND did not happen within 60 s\n", text)
        self.assertRegex(text, r"\| BIND +\| +– \| +– \|")
        self.assertRegex(text, r"\| one record changed, 1,000,000 names, the slowest +\| +≤ 50 ms \| +61 ms \| +\*\*missed\*\* \|")

    def test_over_sockets_the_better_rival_counts(self):
        found = self.verdicts(results())
        self.assertFalse(found["replies/s of one core by UDP, of the better of NSD and Knot DNS"])  # 160 of 170
        self.assertFalse(found["replies/s of one core by TCP, 1 connection, of the better of NSD and Knot DNS"])
        text = report.page(results())
        self.assertRegex(text, r"\| UDP +\| +160 \[150–170\] \| +120 \| 170 \[140–200\] \| +0.94 \|")
        self.assertRegex(text, r"\| TCP, 1 connection +\| +90 \| +100 \| +– \| +0.90 \|")
        self.assertIn("9 rounds of 2 s, 2026-01-03, CPU, Signpost def, 0.2 processes", text)
        self.assertIn("- NSD, sockets, TCP, 1 connection: 3 % of the queries had no reply\n", text)

    def keep_elsewhere(self) -> None:
        """Has the pages of this test written to a folder of its own, and not printed."""
        root = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(unittest.mock.patch.multiple(report, FOLDER=root / "docs" / "performance", ROOT=root))
        self.enterContext(unittest.mock.patch("builtins.print"))
        (root / "docs").mkdir()

    def kept_page(self) -> str:
        return (report.ROOT / "docs" / "performance.md").read_text(encoding="utf-8")

    def test_what_was_measured_alone_takes_the_place_of_what_the_page_had(self):
        self.keep_elsewhere()
        report.keep(results())
        report.write_part("sockets", over_sockets({"userspace": [300], "knot": [200], "nsd": [100]}, {}), False)
        page = self.kept_page()
        self.assertRegex(page, r"\| UDP +\| +300 \| +200 \| +100 \| +1.50 \|")
        self.assertIn("## Guards", page)

    def keep_on(self, cpu: str, run: dict) -> str:
        """The page after a run on a kind of machine."""
        report.write(run | {"about": run["about"] | {"cpu": cpu}})
        return self.kept_page()

    def test_the_marks_of_other_kinds_of_machines_stay_until_they_are_measured_again(self):
        self.keep_elsewhere()
        report.keep(results() | {"about": results()["about"] | {"cpu": "One"}})
        self.assertNotIn("On other kinds of machines", self.keep_on("One", results()))
        slower = results()
        slower["servers"]["signpost"]["nanoseconds"] = [200]
        page = self.keep_on("Two", slower)
        self.assertRegex(page, r"\| run time, a weighted name +\| +200 ns \| +110 ns \|")
        self.assertRegex(page, r"\| run time, a weighted name, of the reflector's +\| +\*\*4\*\* \| +2.2 \|")
        page = self.keep_on("One", slower)
        self.assertRegex(page, r"\| run time, a weighted name +\| +200 ns \| +200 ns \|")
        self.assertEqual(page.count("- One: "), 1)

    def test_a_part_that_was_measured_on_another_kind_of_machine_is_no_mark_of_this_one(self):
        run = results()
        for part in ("operations", "processor"):
            run[part]["about"]["cpu"] = "Another"
        found = self.verdicts(run)
        self.assertIsNone(found["the metrics of 100,000 names and 10,000 endpoints scraped, the slowest"])
        self.assertIsNone(found["processor time per answer beyond the reflector's, of the least of the others"])
        self.assertIn("Once, 2026-01-02, Another, Signpost abc, ", report.page(run))

    def test_a_part_of_which_nothing_was_measured_is_left_out(self):
        run = results() | {"guard": {}, "compiler": {}, "sockets": {}}
        text = report.page(run)
        self.assertNotIn("## Guards", text)
        self.assertNotIn("## The table compiler", text)
        self.assertNotIn("over sockets:", text)
        self.assertIsNone(self.verdicts(run)["the compiler's peak"])

    def test_the_page_and_the_charts_of_the_manual_are_made_of_the_figures_beside_them(self):
        run = json.loads((DOCS / "performance" / "results.json").read_text())
        self.assertEqual(report.page(run), (DOCS / "performance.md").read_text())
        for name, drawing in pictures.draw(run).items():
            self.assertEqual(drawing, (DOCS / "performance" / f"{name}.svg").read_text(), name)

    def test_a_quick_run_says_what_it_left_out(self):
        run = results() | {"latency": {}, "sizes": {}}
        run["about"]["quick"] = True
        self.assertIn("`--quick` leaves them out", report.page(run))


if __name__ == "__main__":
    unittest.main()
