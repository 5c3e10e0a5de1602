"""Numbers from samples."""
import math
import statistics

PERCENTILES = (50, 90, 99, 99.9)


def median(values) -> float:
    return statistics.median(values)


def percentile(values, percent: float) -> float:
    """The smallest of the values that at least so many percent of them do not exceed (the nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(round(percent * len(ordered) / 100, 6)) - 1)]


def spread(values, digits: int = 0) -> str:
    """Median and range, of more values than one."""
    low, mid, high = (f"{value:,.{digits}f}" for value in (min(values), median(values), max(values)))
    return f"{mid} [{low}–{high}]" if len(values) > 1 else mid
