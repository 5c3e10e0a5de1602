#!/usr/bin/python3
"""figures_test.py: every figure with a unit in the sentences of the manual stands where figures.py says."""
import re
import unittest

from figures import FIGURES
from pages import PAGES, ROOT

UNITS = r"ms|µs|s|min|minutes?|hours?|days?|weeks?|[KMG]iB|MB|%|octets"
FIGURE = re.compile(rf"(?<![\w.,])(?:\d[\d,.]* ?|(?:one|two|three|five|ten) )(?:{UNITS})(?!\w)")
# The benchmark writes the first; the second is about the code, and its figures stand beside the proofs that need them.
OTHERS = ("docs/performance.md", "docs/architecture.md")
MIB = 1 << 20


def words(text: str) -> str:
    return " ".join(text.split())


def sentences(page: str) -> str:
    """Without the blocks, which are run."""
    return words(re.sub(r"(?m)^    .*\n", "", (ROOT / page).read_text(encoding="utf-8")))


class Figures(unittest.TestCase):
    def test_every_figure_is_known(self):
        for page in (page for page in PAGES if page not in OTHERS):
            text = sentences(page)
            for quote in (quote for name, quote, _, _ in FIGURES if page == f"docs/{name}"):
                text = text.replace(quote, "")
            self.assertEqual([text[max(0, found.start() - 60):found.end() + 20] for found in FIGURE.finditer(text)], [], page)

    def test_every_figure_is_in_its_page_and_where_it_comes_from(self):
        for name, quote, source, literal in FIGURES:
            with self.subTest(page=name, quote=quote):
                self.assertTrue(quote in sentences(f"docs/{name}"), "the page does not say so")
                self.assertTrue(words(literal) in words((ROOT / source).read_text(encoding="utf-8")), f"{source} has no {literal}")

    def test_the_memory_of_the_maps_is_what_their_elements_take(self):
        def mebibytes(nodes: int, cells: int) -> int:
            slots = nodes * 2 + 31
            return 2 * (64 * slots + 64 * cells) // MIB

        self.assertIn("the default of 262,144 nodes and 524,288 cells takes "
                      f"{mebibytes(262_144, 524_288)} MiB for both sets, 1,048,576 nodes and as many cells "
                      f"{mebibytes(1_048_576, 524_288)} MiB",
                      sentences("docs/operations.md"))


if __name__ == "__main__":
    unittest.main()
