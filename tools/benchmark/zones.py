"""The zones that every contender serves, and the queries for them."""
import itertools
import pathlib
import random

SMALL, WEIGHTED = "example.com", "api.example.com"
LARGE, CHANGING = "example.net", "changing.example.net"
ZONE = """$ORIGIN example.com.
@   3600 SOA ns1 hostmaster 1 7200 900 1209600 300
@   3600 NS  ns1
ns1 3600 A   10.53.0.2
api 60   {api}
"""
# Of one length whatever the number, so that a change is written over it and the names behind it stay.
HEAD = """$ORIGIN example.net.
$TTL 60
@ SOA ns1 hostmaster {serial} 7200 900 1209600 300
@ NS ns1
ns1 A 192.0.2.53
changing A {address}
"""
CHANGES = 100
QUERIES = 1_000_000


def weighted_queries(folder: pathlib.Path) -> pathlib.Path:
    """A file with the query for the weighted name."""
    queries = folder / "weighted.txt"
    queries.write_text(f"{WEIGHTED} A\n", encoding="ascii")
    return queries


def address_of(number: int) -> str:
    """The address of `changing` after this many changes."""
    return f"203.0.113.{100 + number % CHANGES}"


def head(number: int) -> str:
    return HEAD.format(serial=1_000_000_000 + number, address=address_of(number))


def name_of(number: int) -> str:
    return f"n{number}.{LARGE}"


def write_large(file: pathlib.Path, names: int) -> pathlib.Path:
    with open(file, "w", encoding="ascii") as out:
        out.write(head(0))
        out.writelines(f"n{n} A 10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}\n" for n in range(names))
    return file


def change_large(file: pathlib.Path, number: int) -> None:
    with open(file, "r+", encoding="ascii") as out:
        out.write(head(number))


def uniform(names: int) -> list:
    """All numbers of names, shuffled."""
    return random.Random(1).sample(range(names), names)


def zipf(names: int, count: int) -> list:
    """Numbers of names drawn by Zipf's law with s = 1; which name is asked most is chance."""
    ranked = uniform(names)
    weights = list(itertools.accumulate(1 / rank for rank in range(1, names + 1)))
    return random.Random(2).choices(ranked, cum_weights=weights, k=count)


def write_queries(file: pathlib.Path, numbers: list) -> pathlib.Path:
    file.write_text("".join(f"{name_of(number)} A\n" for number in numbers), encoding="ascii")
    return file
