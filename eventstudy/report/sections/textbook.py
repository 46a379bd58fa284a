"""The windows of an event by the textbook: t, standard error, degrees of freedom."""

from __future__ import annotations

from typing import Any

from eventstudy.inference.router import TURBULENT
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.report.sections.day0 import MOST_ASSETS
from eventstudy.words.catalogue import say


def _asset(report: ReportData, event: str, asset: str) -> dict[str, Any]:
    results = report.results
    (estimated,) = report.rows("estimation", event, asset=asset)
    ratio = estimated.sigma_ratio
    key = "textbook.turbulent" if ratio > TURBULENT else "textbook.calm"
    volatility = say(key, ratio=f"{ratio:.2f}")
    lacking = str(results.abnormal.unestimated[results.row(event, asset)])
    if lacking:
        volatility = say("textbook.unestimated", reason=lacking)
    return {
        "label": results.about.asset(asset).label,
        "rows": report.rows("car", event, asset=asset),
        "volatility": volatility,
        "turbulent": ratio > TURBULENT or bool(lacking),
    }


def _context(report: ReportData, event: str) -> Context:
    assets = [_asset(report, event, asset) for asset in report.measured(event)[:MOST_ASSETS]]
    kind = report.results.options.returns
    return {"assets": assets, "note": say("textbook.note", kind=kind)} if assets else None


SECTION = Section("textbook", _context)
