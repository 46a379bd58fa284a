"""One event under every combination of models, lengths, gaps and windows."""

from __future__ import annotations

import pandas as pd

from eventstudy.analysis.event_specifications import MISSING
from eventstudy.plots.robustness import draw_specification_curve
from eventstudy.report.charts import Chart
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.settings import FEW_SERIES
from eventstudy.words.catalogue import counted, say
from eventstudy.words.numbers import percent, share


def _context(report: ReportData, event: str) -> Context:
    if not report.measured(event):
        return None
    if report.choices is None:
        return {"sentences": [], "charts": [], "absent": True, "event": event, "most": FEW_SERIES}
    sentences, charts, left_out = [], [], 0
    for asset, made in report.choices.sorted(event).items():
        left_out += made.left_out
        if not len(made.columns["effect"]):
            continue
        summary = made.summary
        words = {
            "specifications": counted(summary["specifications"], "specification"),
            "median": percent(summary["median"]),
            "low": percent(summary["low"]),
            "high": percent(summary["high"]),
            "share": share(summary["same_sign"]),
        }
        sentences.append(say("choices.summary", asset=asset, **words))
        figure = draw_specification_curve(asset, made.columns)
        charts.append(Chart(figure, say("choices.label", asset=asset), pd.DataFrame(made.columns)))
    if left_out:
        specifications = counted(left_out, "specification")
        sentences.append(say("choices.left_out", specifications=specifications, reason=MISSING))
    return {"sentences": sentences, "charts": charts, "absent": False}


SECTION = Section("choices", _context)
