"""The path of the event day by day, on every asset."""

from __future__ import annotations

from functools import partial

from eventstudy.plots.path import car_data, draw_car_path
from eventstudy.report.charts import Chart, numbers
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.report.sections.day0 import MOST_ASSETS
from eventstudy.results import EventStudyResults
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import level


def _made(results: EventStudyResults, event: str, asset: str) -> Chart:
    data = car_data(results, event, asset)
    label = say("path.label", asset=results.about.asset(asset).label)
    table = numbers(data, "session", "car", "low", "high")
    return Chart(draw_car_path(results, asset, data), label, table)


def _context(report: ReportData, event: str) -> Context:
    charts = []
    for asset in report.measured(event)[:MOST_ASSETS]:
        (aligned,) = report.rows("alignment", event, asset=asset)
        make = partial(_made, report.results, event, asset)
        charts.append(report.shared(("path", asset, aligned.day0), make))
    if not charts:
        return None
    confidence = level(report.results.options.confidence)
    return {"charts": charts, "note": say("path.note", level=confidence)}


SECTION = Section("path", _context)
