"""Residual diagnostics of the estimation windows of one event."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from eventstudy.analysis.residual_diagnostics import diagnose
from eventstudy.plots.diagnostics import draw_residuals, residuals_data
from eventstudy.report.charts import Chart
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.report.sections.day0 import MOST_ASSETS
from eventstudy.results import EventStudyResults
from eventstudy.words.catalogue import say, template


def _block(results: EventStudyResults, event: str, asset: str) -> Mapping[str, object]:
    table = residuals_data(results, event, asset)
    label = say("diagnostics.chart", asset=asset)
    chart = Chart(draw_residuals(results, event, asset), label, table)
    return {"diagnostics": diagnose(results, event, asset), "chart": chart}


def _context(report: ReportData, event: str) -> Context:
    results = report.results
    blocks = []
    for asset in [row.asset for row in report.rows("estimation", event)][:MOST_ASSETS]:
        row = results.row(event, asset)
        if results.abnormal.unestimated[row]:
            continue
        day0 = results.abnormal.day0[row]
        make = partial(_block, results, event, asset)
        blocks.append(report.shared(("residuals", asset, day0), make))
    if not blocks:
        return None
    return {"blocks": blocks, "columns": template("diagnostics.columns")}


SECTION = Section("diagnostics", _context)
