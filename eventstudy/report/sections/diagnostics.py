"""Residual diagnostics of the estimation windows of one event."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.diagnostics import diagnose
from eventstudy.language import say, template
from eventstudy.plots.diagnostics import residuals, residuals_data
from eventstudy.report.charts import Chart
from eventstudy.report.material import Material, Section
from eventstudy.report.sections.reaction import MOST


def _context(material: Material, event: str) -> Mapping[str, object] | None:
    results = material.results
    blocks = []
    for asset in material.of("estimation", event)["asset"].iloc[:MOST]:
        day0 = results.abnormal.day0[results.row(event, asset)]
        key = ("residuals", asset, day0)
        if key not in material.diagnosed:
            material.diagnosed[key] = diagnose(results, event, asset)
            label = say("diagnostics.chart", asset=asset)
            table = residuals_data(results, event, asset)
            material.charts[key] = [Chart(residuals(results, event, asset), label, table)]
        blocks.append({"found": material.diagnosed[key], "chart": material.charts[key][0]})
    if not blocks:
        return None
    return {"blocks": blocks, "columns": template("diagnostics.columns")}


SECTION = Section("diagnostics", say("diagnostics.title"), _context)
