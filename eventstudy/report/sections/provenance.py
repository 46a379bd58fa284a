"""Where the numbers are from, and how to make them again."""

from __future__ import annotations

from dataclasses import asdict

from markupsafe import Markup

from eventstudy.prices import Prices
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.versions import reported_versions
from eventstudy.words.catalogue import say

MOST_SERIES = 40
"""Series listed on the page; all of them are in results.json."""


def _context(report: ReportData, _event: str) -> Context:
    results = report.results
    series = []
    if isinstance(results.prices, Prices):
        for name, origin in list(results.prices.provenance.items())[:MOST_SERIES]:
            clock = results.prices.clocks.get(name)
            series.append((name, origin, str(clock) if clock else say("provenance.no_clock")))
    link = Markup('<a href="data/{0}.csv">{0}.csv</a>')
    settings = {**asdict(results.windows), **asdict(results.options)}
    return {
        "series": series,
        "file": results.about.file,
        "missing": dict(results.missing),
        "versions": ", ".join(f"{name} {version}" for name, version in reported_versions().items()),
        "settings": [(name, _words(value)) for name, value in settings.items()],
        "links": Markup(", ").join(link.format(name) for name in sorted(report.tables)),
    }


def _words(value: object) -> str:
    """Return a setting as it is written in study.toml."""
    if value is None or value == {} or value == ():
        return "—"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_words, value))}]"
    return str(value)


SECTION = Section("provenance", _context)
