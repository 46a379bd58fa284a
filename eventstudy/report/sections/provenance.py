"""Where the numbers are from, and how to make them again."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.prices import Prices
from eventstudy.report.environment import versions
from eventstudy.report.material import Material, Section

MOST = 40
"""Series listed on the page; all of them are in results.json."""


def _context(material: Material, _event: str) -> Mapping[str, object]:
    results = material.results
    series = []
    if isinstance(results.prices, Prices):
        for name, found in list(results.prices.provenance.items())[:MOST]:
            clock = results.prices.clocks.get(name)
            series.append((name, found, str(clock) if clock else "no clock: dates only"))
    missing = dict(results.missing)
    return {
        "series": series,
        "missing": missing,
        "versions": versions(),
        "files": sorted(material.tables()),
    }


SECTION = Section("provenance", "Sources and reproduction", _context)
