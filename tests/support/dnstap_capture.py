"""A reader of dnstap: fstrm_capture on a unix socket, whose file BIND's dnstap-read reads."""
import pathlib
import shutil
import subprocess
import sys

if shutil.which("fstrm_capture") is None:
    sys.exit("fstrm_capture is needed: apt-get install --no-install-recommends fstrm-bin")


class Capture:
    """Use as a context: inside, `file` gets what is written to `socket`."""

    def __init__(self, socket: pathlib.Path, file: pathlib.Path):
        self.file, self.log = file, file.with_suffix(".log")
        self.words = ["fstrm_capture", "-dddd", "-t", "protobuf:dnstap.Dnstap", "-u", str(socket), "-w", str(file)]

    def __enter__(self):
        with open(self.log, "w", encoding="ascii") as log:
            self.process = subprocess.Popen(self.words, stdout=log, stderr=log)
        return self

    def __exit__(self, *_):
        self.end()

    def said(self, control: str) -> bool:
        """Whether the writer sent this control frame: START when it connects, STOP when it has written all."""
        return f"received FSTRM_CONTROL_{control}" in self.log.read_text()

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)

    def messages(self) -> list:
        """Once it has ended: the words of dnstap-read of each message, from its type on (AQ, AR)."""
        read = subprocess.run(["dnstap-read", self.file], capture_output=True, text=True, check=True)
        return [line.split(" ", 2)[2].split() for line in read.stdout.splitlines()]
