"""Mean reactions by speaker, side, tag and whatever else is known of the events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from eventstudy.plots.comparison import draw_groups, largest_groups
from eventstudy.report.charts import Chart
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import window_words

FEWEST_VALUES, MOST_VALUES = 2, 8
"""A further column makes groups when it has so many different values."""
MOST_GROUPS = 20
"""Rows of a table; all groups can be had from `EventStudyResults.mean_car`."""
FEWEST_DRAWN = 3
"""Groups of fewer episodes are in the table, not in the chart."""
STANDARD = ("speaker", "affiliation", "tags")


def _columns(report: ReportData) -> Iterator[tuple[str, str]]:
    """Yield the columns that make groups, and their headings."""
    events = list(report.results.events)
    for name in STANDARD:
        if len({getattr(event, name) for event in events} - {"", ()}) >= FEWEST_VALUES:
            yield name, say(f"groups.by_{name}")
    for name in events[0].attributes if events else ():
        if FEWEST_VALUES <= len({event.attributes[name] for event in events} - {""}) <= MOST_VALUES:
            yield name, say("groups.by_column", column=name)


def _block(report: ReportData, column: str, heading: str) -> dict[str, Any]:
    results = report.results
    means = results.at_primary(results.mean_car(column))
    means = means[means["n"] > 0]
    most = means.groupby("group")["n"].max().sort_values(ascending=False, kind="stable")
    names = list(most.index[:MOST_GROUPS])
    rank = {name: index for index, name in enumerate(names)}
    rows = means[means["group"].isin(names)]
    rows = rows.sort_values("group", key=lambda group: group.map(rank), kind="stable")
    charts = []
    for asset, groups in rows.groupby("asset", sort=False):
        if (groups["n"] >= FEWEST_DRAWN).any() and (report.few_series or results.pooled):
            data = largest_groups(means, asset, MOST_GROUPS, FEWEST_DRAWN)
            figure = draw_groups(results, asset, data)
            charts.append(Chart(figure, say("groups.label", what=heading, asset=asset)))
    return {
        "heading": heading,
        "charts": charts,
        "rows": list(rows.itertuples()),
        "shown": len(names),
        "total": len(most),
    }


def _context(report: ReportData, _event: str) -> Context:
    blocks = [_block(report, column, heading) for column, heading in _columns(report)]
    blocks = [block for block in blocks if block["rows"]]
    window = window_words(*report.results.windows.lead)
    return {"blocks": blocks, "window": window} if blocks else None


SECTION = Section("groups", _context)
