"""What docs/metrics.md, docs/prometheus and docs/grafana say, for the tests that compare it with a daemon."""
import json
import pathlib
import re

DOCS = pathlib.Path(__file__).resolve().parent.parent.parent / "docs"
RULES = DOCS / "prometheus" / "signpost.rules.yml"
RULES_TEST = DOCS / "prometheus" / "signpost.rules.test.yml"


def rows(document: str) -> list:
    """The cells of all rows of the document's tables."""
    return [[cell.strip() for cell in line.strip()[1:-1].split("|")] for line in document.splitlines() if line.startswith("| ")]


def documented_metrics() -> dict:
    """Labels by the metrics of docs/metrics.md."""
    found = {}
    for cells in rows((DOCS / "metrics.md").read_text()):
        name = re.fullmatch(r"`(signpost_\w+)`", cells[0])
        if name:
            found[name[1]] = set(cells[1].split(", ")) - {""}
    return found


def documented_alerts() -> dict:
    """(severity, what to do) by alert, of docs/metrics.md."""
    return {cells[0]: (cells[1], cells[2]) for cells in rows((DOCS / "metrics.md").read_text())
            if cells[0].startswith("Signpost")}


def exposed_metrics(exposition: str) -> dict:
    """Labels by metric, of a scrape; None for a metric without samples."""
    found = {name: None for name in re.findall(r"^# TYPE (\w+) ", exposition, re.MULTILINE)}
    for series, labels in re.findall(r"^(\w+)(?:\{(.*)\})? ", exposition, re.MULTILINE):
        name = series if series in found else re.sub(r"_(bucket|sum|count)$", "", series)
        found[name] = (found[name] or set()) | set(re.findall(r'(\w+)="(?:[^"\\]|\\.)*"', labels)) - {"le"}
    return found


def metrics_in(expression: str) -> set:
    """The metrics that an expression of PromQL names."""
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in re.findall(r"\bsignpost_\w+", expression)}


def dashboard_expressions() -> dict:
    """The expressions of docs/grafana/signpost.json by the titles of their panels, for all instances."""
    dashboard = json.loads((DOCS / "grafana" / "signpost.json").read_text())
    variables = {"$__rate_interval": "5s", "$__range": "1m", "$instance": ".*"}
    found = {}
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            text = target["expr"]
            for variable, value in variables.items():
                text = text.replace(variable, value)
            found.setdefault(panel["title"], []).append(text)
    return found
