"""What it costs the fast path that dnstap is told of one answer in a hundred, beside a daemon without dnstap."""
import pathlib
import subprocess

import contenders
import zones
from rig import end


# Two loads of the same program differ by more than what is looked for, as each lies elsewhere: so many daemons of each kind are
# measured, and floods are many and short.
DAEMONS = 4
SECONDS = 1  # of a flood


class Sampled(contenders.Signpost):
    title = "Signpost (dnstap of one answer in a hundred)"

    def start(self) -> None:
        self.reader = subprocess.Popen(
            ["fstrm_capture", "-t", "protobuf:dnstap.Dnstap", "-u", self.socket(), "-w", self.file()],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        super().start()

    def socket(self) -> pathlib.Path:
        return self.folder.with_suffix(".sock")

    def file(self) -> pathlib.Path:
        return self.folder.with_suffix(".dnstap")

    def flags(self) -> list:
        return ["--dnstap", self.socket(), "--dnstap-sample", 100]

    def told(self) -> int:
        """Octets that the reader has been told."""
        return self.file().stat().st_size

    def stop(self) -> None:
        super().stop()
        end(self.reader)


def measure(folder: pathlib.Path, rounds: int, progress) -> dict:
    """Replies a second under a flood and nanoseconds per packet, in turn; `told`: octets of dnstap, 0 if it did not work."""
    queries = zones.weighted_queries(folder)
    asked = [(key, kind(f"{key}{number}", folder)) for number in range(DAEMONS)
             for key, kind in (("plain", contenders.Signpost), ("sampled", Sampled))]
    result = {key: {"replies": [], "nanoseconds": []} for key, _ in asked}
    try:
        for _, each in asked:
            progress.say(f"starting {each.title}")
            each.start()
        for number in range(rounds):
            progress.say(f"samples for dnstap, round {number + 1} of {rounds}")
            for key, each in asked:
                result[key]["replies"].append(each.rig.flood(queries, SECONDS))
                result[key]["nanoseconds"].append(each.rig.flood_timed(queries, SECONDS))
        result["told"] = min(each.told() for key, each in asked if key == "sampled")
    finally:
        for _, each in asked:
            each.stop()
    return result | {"daemons": DAEMONS, "rounds": rounds, "seconds": SECONDS}
