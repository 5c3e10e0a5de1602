"""What the scoreboard has to go without."""
import contextlib

from rig import NotMeasured


class Gaps:
    """What could not be measured, and why."""

    def __init__(self):
        self.listed = []

    @contextlib.contextmanager
    def noting(self, who: str, what: str):
        try:
            yield
        except NotMeasured as error:
            self.listed.append({"who": who, "what": what, "why": str(error)})
            print(f"bench: {who}, {what}: {error}", flush=True)
