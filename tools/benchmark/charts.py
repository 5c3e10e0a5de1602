"""Charts as SVG, readable on light and on dark pages."""
import math
from xml.sax.saxutils import escape

WIDTH, LABELS, MARGIN = 860, 260, 90  # of the picture, of the labels at the left, of the figures at the right
ROW, TOP = 26, 52
STYLE = """<style>
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 15px }
  .note { fill: #59636e; font-size: 12px }
  .ours { fill: #0969da } .theirs { fill: #8c959f } .line { stroke: #8c959f } .grid { stroke: #d1d9e0 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .note { fill: #9198a1 }
    .ours { fill: #4493f8 } .theirs { fill: #7d8590 } .line { stroke: #7d8590 } .grid { stroke: #3d444d }
  }
</style>
"""


def figure(value: float) -> str:
    """Three digits that count."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}"


def picture(title: str, note: str, rows: int, body: list) -> str:
    height = TOP + ROW * rows + 24
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
            f'aria-label="{escape(title, {chr(34): "&quot;"})}">\n{STYLE}'
            f'<text class="title" x="8" y="20">{escape(title)}</text>\n'
            f'<text class="note" x="8" y="38">{escape(note)}</text>\n' + "\n".join(body) + "\n</svg>\n")


def kind(label: str) -> str:
    return "ours" if label.startswith("Signpost") else "theirs"


def row_label(label: str, y: int) -> str:
    return f'<text x="{LABELS - 10}" y="{y + 14}" text-anchor="end">{escape(label)}</text>'


def bars(title: str, note: str, values: list) -> str:
    """One bar for each (label, value), from zero; Signpost's have a colour of their own."""
    longest = max([value for _, value in values if value > 0], default=1)
    body = []
    for number, (label, value) in enumerate(values):
        y = TOP + ROW * number
        length = max(0, value) / longest * (WIDTH - LABELS - MARGIN)
        body += [row_label(label, y),
                 f'<rect class="{kind(label)}" x="{LABELS}" y="{y + 2}" width="{length:.1f}" height="{ROW - 8}" rx="2"/>',
                 f'<text x="{LABELS + length + 6:.1f}" y="{y + 14}">{figure(value)}</text>']
    return picture(title, note, len(values), body)


def dots(title: str, note: str, series: list) -> str:
    """One row for each (label, values): a dot for each value, on an axis of powers of ten, joined by a line."""
    positive = [value for _, values in series for value in values if value > 0] or [1]
    low, high = math.floor(math.log10(min(positive))), math.ceil(math.log10(max(positive)))
    high = max(high, low + 1)

    def x(value: float) -> float:
        return LABELS + (math.log10(value) - low) / (high - low) * (WIDTH - LABELS - MARGIN)

    bottom = TOP + ROW * len(series)
    body = []
    for power in range(low, high + 1):
        body += [f'<line class="grid" x1="{x(10 ** power):.1f}" x2="{x(10 ** power):.1f}" y1="{TOP}" y2="{bottom}"/>',
                 f'<text class="note" x="{x(10 ** power):.1f}" y="{bottom + 16}" text-anchor="middle">{10 ** power:g}</text>']
    for number, (label, values) in enumerate(series):
        y, shown = TOP + ROW * number, [value for value in values if value > 0]
        body.append(row_label(label, y))
        if shown:
            body.append(f'<line class="line" x1="{x(min(shown)):.1f}" x2="{x(max(shown)):.1f}" y1="{y + 10}" y2="{y + 10}"/>')
        body += [f'<circle class="{kind(label)}" cx="{x(value):.1f}" cy="{y + 10}" r="4.5"/>' for value in shown]
    return picture(title, note, len(series), body)
