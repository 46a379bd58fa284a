"""What the market did around the event."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from eventstudy.inference.router import TURBULENT
from eventstudy.plots.around import around_data, draw_around
from eventstudy.plots.observation import ar_data, draw_ar
from eventstudy.plots.ordinary import draw_ordinary, ordinary_data
from eventstudy.plots.path import car_data, draw_car_path
from eventstudy.report.charts import Chart
from eventstudy.report.formats import date
from eventstudy.report.report_data import ReportData, Section
from eventstudy.report.sentences import direction
from eventstudy.words.catalogue import counted, say
from eventstudy.words.numbers import p_value, window_words
from eventstudy.words.numbers import size as size_of

if TYPE_CHECKING:
    from eventstudy.results import EventStudyResults

MOST_ASSETS = 12
"""Assets shown on an event's page; those of an event on more are in the data files."""


def candidates(report: ReportData, event: str, asset: str) -> list[Any]:
    """Return the rows of `EventStudyResults.ewma_sq` that may be day 0."""
    (aligned,) = report.rows("alignment", event, asset=asset)
    latest = aligned.day0 if aligned.certain else aligned.day0_latest
    rows = report.rows("ewma_sq", event, asset=asset)
    return [row for row in rows if aligned.day0 <= row.session <= latest]


def _days(report: ReportData, event: str, asset: str) -> list[dict[str, Any]]:
    """Return the sessions that may be day 0, and what each would mean."""
    results = report.results
    errors = {row.tau: row.se for row in report.rows("ar", event, asset=asset)}
    days: list[dict[str, Any]] = []
    rows = candidates(report, event, asset)
    for row in rows:
        if len(rows) == 1:
            meaning = ""
        elif not days:
            meaning = say("reaction.if_first")
        else:
            meaning = say("reaction.if_later", before=date(days[-1]["row"].session))
        larger = round(row.p * (row.n + 1)) - 1 if row.n else 0
        days.append(
            {
                "row": row,
                "meaning": meaning,
                "se": errors[row.tau],
                "said": direction(results, asset, row.ar),
                "larger": say("reaction.larger", larger=larger, n=row.n),
            }
        )
    return days


def _verdict(report: ReportData, asset: str, row: Any) -> str:
    """Say in a sentence or two what the primary window shows, and how sure that is."""
    of_window = {"asset": asset, "start": row.start, "end": row.end}
    (rank,) = report.rows("ranked", row.event_id, **of_window)
    window, moved = window_words(row.start, row.end), direction(report.results, asset, row.car)
    if pd.isna(rank.p):
        return say("reaction.only_moved", window=window, moved=moved)
    words = say(
        "reaction.verdict",
        window=window,
        moved=moved,
        p=p_value(rank.p),
        least=p_value(rank.smallest_p),
    )
    missed = rank.p > 1 - report.results.options.confidence
    key = "reaction.not_detected" if missed else "reaction.detected"
    return f"{words} {say(key, mde=size_of(rank.mde))}"


def _charts(report: ReportData, event: str, asset: str) -> list[Chart]:
    """Return the charts of an observation; events with the same day 0 share them."""
    (aligned,) = report.rows("alignment", event, asset=asset)
    key = (asset, aligned.day0, aligned.day0_latest)
    charts: list[Chart] = report.shared(key, partial(_made, report.results, event, asset))
    return charts


def _made(results: EventStudyResults, event: str, asset: str) -> list[Chart]:
    bars, path = ar_data(results, event, asset), car_data(results, event, asset)
    days = ordinary_data(results, event, asset)
    figures = {
        "around": (draw_around(results, event, asset), around_data(results, event, asset)),
        "ar": (draw_ar(results, event, asset, bars), bars),
        "car": (draw_car_path(results, asset, path), path),
        "ordinary": (draw_ordinary(results, asset, results.windows.lead, days), days),
    }
    return [
        Chart(figure, say(f"reaction.label_{name}", asset=asset), table)
        for name, (figure, table) in figures.items()
    ]


def _asset(report: ReportData, event: str, asset: str) -> dict[str, Any]:
    results = report.results
    car = report.rows("car", event, asset=asset)
    first = [row for row in car if (row.start, row.end) == results.windows.lead]
    (estimated,) = report.rows("estimation", event, asset=asset)
    ratio = estimated.sigma_ratio
    key = "reaction.turbulent" if ratio > TURBULENT else "reaction.calm"
    volatility = say(key, ratio=f"{ratio:.2f}")
    lacking = str(results.abnormal.unestimated[results.row(event, asset)])
    if lacking:
        volatility = say("reaction.unestimated", reason=lacking)
    days = _days(report, event, asset)
    ranked = report.rows("ranked", event, asset=asset)
    mde = {(row.start, row.end): row.mde for row in ranked}
    return {
        "asset": asset,
        "label": results.about.asset(asset).label,
        "verdict": _verdict(report, asset, first[0]) if first else "",
        "rows": [{"row": row, "detectable": mde[row.start, row.end]} for row in car],
        "days": days,
        "heading": say("reaction.candidate" if len(days) == 1 else "reaction.candidates"),
        "volatility": volatility,
        "turbulent": ratio > TURBULENT or bool(lacking),
        "charts": _charts(report, event, asset),
    }


def _context(report: ReportData, event: str) -> Mapping[str, object] | None:
    measured = report.measured(event)
    assets = [_asset(report, event, asset) for asset in measured[:MOST_ASSETS]]
    more = len(measured) - len(assets)
    text = say("reaction.more", assets=counted(more, "asset")) if more else ""
    return {"assets": assets, "more": text} if assets else None


SECTION = Section("reaction", _context)
