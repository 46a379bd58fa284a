"""Mean reactions by speaker, side, tag and whatever else is known of the events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from eventstudy import plots
from eventstudy.report.charts import Chart
from eventstudy.report.report_data import Material, Section
from eventstudy.settings import FEW_SERIES
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import window_words

FEWEST, MOST = 2, 8
"""A further column makes groups when it has so many different values."""
SHOWN = 20
"""Rows of a table; all groups can be had from `EventStudyResults.mean_car`."""
DRAWN = 3
"""Groups of fewer episodes are in the table, not in the chart."""
OWN = ("speaker", "affiliation", "tags")


def _columns(material: Material) -> Iterator[tuple[str, str]]:
    """Yield the columns that make groups, and their headings."""
    events = list(material.results.events)
    for name in OWN:
        if len({getattr(event, name) for event in events} - {"", ()}) >= FEWEST:
            yield name, say(f"groups.by_{name}")
    for name in events[0].attributes if events else ():
        if FEWEST <= len({event.attributes[name] for event in events} - {""}) <= MOST:
            yield name, say("groups.by_column", column=name)


def _block(material: Material, column: str, heading: str) -> dict[str, Any]:
    results = material.results
    frame = results.mean_car(column)
    lead = results.windows.lead
    frame = frame[(frame["start"] == lead[0]) & (frame["end"] == lead[1]) & (frame["n"] > 0)]
    most = frame.groupby("group")["n"].max().sort_values(ascending=False, kind="stable")
    names = list(most.index[:SHOWN])
    own = frame[frame["group"].isin(names)]
    order = own["group"].map({name: place for place, name in enumerate(names)})
    rows = own.iloc[order.argsort(kind="stable")]
    charts = []
    for asset, own in rows.groupby("asset", sort=False):
        if (own["n"] >= DRAWN).any() and (len(results.assets) <= FEW_SERIES or results.pooled):
            figure = plots.groups(results, column, asset, SHOWN, DRAWN)
            charts.append(Chart(figure, say("groups.label", what=heading, asset=asset)))
    return {
        "heading": heading,
        "charts": charts,
        "rows": list(rows.itertuples()),
        "shown": len(names),
        "total": len(most),
    }


def _context(material: Material, _event: str) -> Mapping[str, object] | None:
    blocks = [_block(material, column, heading) for column, heading in _columns(material)]
    blocks = [block for block in blocks if block["rows"]]
    window = window_words(*material.results.windows.lead)
    return {"blocks": blocks, "window": window} if blocks else None


SECTION = Section("groups", say("groups.title"), _context)
