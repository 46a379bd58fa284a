"""Abnormal returns of one asset against those of another."""

from __future__ import annotations

from itertools import combinations

from eventstudy.plots.comparison import draw_scatter, scatter_data
from eventstudy.report.charts import Chart, titled
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.words.catalogue import say

FEWEST_PAIRS = 3
"""Pairs of sessions that make a chart."""
MOST_DRAWN = 3
"""Pairs of assets that are drawn; `plots.scatter` draws any."""


def _context(report: ReportData, _event: str) -> Context:
    results = report.results
    if not report.few_series:
        return None
    charts = []
    for x, y in list(combinations(results.assets, 2))[:MOST_DRAWN]:
        table = scatter_data(results, x, y)
        if len(table) >= FEWEST_PAIRS:
            label = say("scatter.label", x=x, y=y)
            charts.append(Chart(draw_scatter(results, x, y), label, titled(table)))
    return {"charts": charts} if charts else None


SECTION = Section("scatter", _context)
