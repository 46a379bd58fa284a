"""The same question asked in every defensible way."""

from __future__ import annotations

from eventstudy.plots.robustness import curve_data, draw_specification_curve
from eventstudy.report.charts import Chart
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.words.catalogue import say


def _context(report: ReportData, _event: str) -> Context:
    curve = report.robustness
    if curve is None:
        return {"rows": [], "charts": [], "what": ""}
    charts = []
    for asset in curve.summary.loc[curve.summary["specifications"] > 0, "asset"]:
        data, label = curve_data(curve, asset), say("robustness.label", asset=asset)
        charts.append(Chart(draw_specification_curve(asset, data), label, data))
    left = curve.frame[curve.frame["reason"] != ""]
    reasons = left.groupby(["asset", "reason"], sort=False).size()
    return {
        "rows": list(curve.summary.itertuples()),
        "charts": charts,
        "what": curve.what,
        "left": [(asset, reason, count) for (asset, reason), count in reasons.items()],
    }


SECTION = Section("robustness", _context)
