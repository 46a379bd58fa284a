"""One event under every combination of models, lengths, gaps and windows."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.plots.robustness import curve_data, draw_specification_curve
from eventstudy.report.charts import Chart
from eventstudy.report.report_data import ReportData, Section
from eventstudy.words.catalogue import counted, say
from eventstudy.words.numbers import percent, share


def _context(report: ReportData, event: str) -> Mapping[str, object] | None:
    if not report.measured(event):
        return None
    if report.choices is None:
        return {"sentences": [], "charts": [], "absent": True}
    curve = report.choices.of(event)
    sentences, charts = [], []
    for row in curve.summary.itertuples():
        if not row.specifications:
            continue
        words = {
            "specifications": counted(row.specifications, "specification"),
            "median": percent(row.median),
            "low": percent(row.low),
            "high": percent(row.high),
            "share": share(row.same_sign),
        }
        sentences.append(say("choices.summary", asset=row.asset, **words))
        data = curve_data(curve, row.asset)
        figure = draw_specification_curve(row.asset, data)
        table = data.drop(columns=["asset", "p", "n", "significant"])
        charts.append(Chart(figure, say("choices.label", asset=row.asset), table))
    left = curve.frame.loc[curve.frame["reason"] != "", "reason"].value_counts(sort=False)
    for reason, count in left.items():
        specifications = counted(count, "specification")
        sentences.append(say("choices.left_out", specifications=specifications, reason=reason))
    return {"sentences": sentences, "charts": charts, "absent": False}


SECTION = Section("choices", _context)
