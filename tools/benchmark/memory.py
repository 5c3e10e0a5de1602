"""What a server holds: the pages of its processes, each page that several share in parts, and the memory of its BPF maps."""
import pathlib
import re

MAPPING = re.compile(r"[0-9a-f]+-[0-9a-f]+ ")


def session_of(pid: int) -> list:
    """The processes of the session that `pid` leads."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue  # it has ended
        if int(text.rpartition(")")[2].split()[3]) == pid:
            found.append(int(stat.parent.name))
    return found


def proportional_set_size(smaps: str) -> int:
    """Octets of the pages of a process, given /proc/PID/smaps; those of BPF maps are not the process's."""
    total, counts = 0, False
    for line in smaps.splitlines():
        if MAPPING.match(line):
            counts = "anon_inode:bpf-map" not in line
        elif counts and line.startswith("Pss:"):
            total += int(line.split()[1]) << 10
    return total


def maps_of(pid: int) -> dict:
    """Identifier -> octets of the BPF maps that the process holds."""
    maps = {}
    for info in pathlib.Path("/proc", str(pid), "fdinfo").iterdir():
        facts = dict(re.findall(r"^(\w+):\s+(\d+)$", info.read_text(encoding="ascii"), re.M))
        if "map_id" in facts:
            maps[facts["map_id"]] = int(facts["memlock"])
    return maps


def measure(pid: int) -> dict:
    """Octets of the server whose processes are in the session of `pid`."""
    processes, maps = 0, {}
    for each in session_of(pid):
        processes += proportional_set_size(pathlib.Path("/proc", str(each), "smaps").read_text(encoding="utf-8"))
        maps |= maps_of(each)
    return {"processes": processes, "maps": sum(maps.values())}
