"""Average reactions of the groups."""

from __future__ import annotations

from eventstudy.plots.overview import draw_caar
from eventstudy.report.charts import Chart
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.results import only
from eventstudy.words.catalogue import say

SHOWN = ("group", "tau", "caar", "ci_low", "ci_high", "band_low", "band_high", "band", "n", "n_eff")
"""Columns shown below a path; all are in caar.csv."""


def _context(report: ReportData, _event: str) -> Context:
    results = report.results
    paths = report.caar
    charts = []
    for asset in dict.fromkeys(paths["asset"]):
        label = say("averages.label", asset=asset)
        table = only(paths, asset=asset)[list(SHOWN)]
        charts.append(Chart(draw_caar(results, asset=asset), label, table))
    return {"charts": charts, "rows": report.mean_car.itertuples(), "lead": results.windows.lead}


SECTION = Section("averages", _context)
