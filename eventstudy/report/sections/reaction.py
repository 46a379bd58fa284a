"""What the market did around the event."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from eventstudy import plots
from eventstudy.inference.router import TURBULENT
from eventstudy.plots.observation import ar_data, ar_figure, car_data, car_figure
from eventstudy.plots.ordinary import ordinary_data, ordinary_figure
from eventstudy.report.charts import Chart
from eventstudy.report.formats import date
from eventstudy.report.report_data import ReportData, Section
from eventstudy.report.sentences import direction
from eventstudy.results import only
from eventstudy.words.catalogue import counted, say
from eventstudy.words.numbers import p_value, window_words
from eventstudy.words.numbers import size as size_of

if TYPE_CHECKING:
    from eventstudy.results import EventStudyResults

MOST_ASSETS = 12
"""Assets shown on an event's page; those of an event on more are in the data files."""


def candidates(report: ReportData, event: str, asset: str) -> list[Any]:
    """Return the rows of `EventStudyResults.ewma_sq` that may be day 0."""
    aligned = only(report.of("alignment", event), asset=asset).iloc[0]
    latest = aligned.day0 if aligned.certain else aligned.day0_latest
    rows = only(report.of("ewma_sq", event), asset=asset).itertuples()
    return [row for row in rows if aligned.day0 <= row.session <= latest]


def _days(report: ReportData, event: str, asset: str) -> list[dict[str, Any]]:
    """Return the sessions that may be day 0, and what each would mean."""
    results = report.results
    errors = only(report.of("ar", event), asset=asset).set_index("tau")["se"]
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
                "se": float(errors.loc[row.tau]),
                "said": direction(results, asset, row.ar),
                "larger": say("reaction.larger", larger=larger, n=row.n),
            }
        )
    return days


def _verdict(report: ReportData, asset: str, row: Any) -> str:
    """Say in a sentence or two what the primary window shows, and how sure that is."""
    ranked = only(report.of("ranked", row.event_id), asset=asset, start=row.start, end=row.end)
    rank = next(ranked.itertuples())
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
    aligned = only(report.of("alignment", event), asset=asset).iloc[0]
    key = (asset, aligned["day0"], aligned["day0_latest"])
    charts: list[Chart] = report.shared(key, partial(_made, report.results, event, asset))
    return charts


def _made(results: EventStudyResults, event: str, asset: str) -> list[Chart]:
    bars, path = ar_data(results, event, asset), car_data(results, event, asset)
    days = ordinary_data(results, event, asset)
    figures = {
        "around": (plots.around(results, event, asset), None),
        "ar": (ar_figure(results, event, asset, bars), bars),
        "car": (car_figure(results, asset, path), path),
        "ordinary": (ordinary_figure(asset, days), days),
    }
    return [
        Chart(figure, say(f"reaction.label_{name}", asset=asset), table)
        for name, (figure, table) in figures.items()
    ]


def _asset(report: ReportData, event: str, asset: str) -> dict[str, Any]:
    results = report.results
    car = only(report.of("car", event), asset=asset)
    first = results.at_primary(car)
    ratio = float(only(report.of("estimation", event), asset=asset)["sigma_ratio"].iloc[0])
    key = "reaction.turbulent" if ratio > TURBULENT else "reaction.calm"
    volatility = say(key, ratio=f"{ratio:.2f}")
    lacking = str(results.abnormal.unestimated[results.row(event, asset)])
    if lacking:
        volatility = say("reaction.unestimated", reason=lacking)
    days = _days(report, event, asset)
    ranked = only(report.of("ranked", event), asset=asset)
    mde = dict(zip(zip(ranked["start"], ranked["end"], strict=True), ranked["mde"], strict=True))
    return {
        "asset": asset,
        "label": results.about.asset(asset).label,
        "verdict": _verdict(report, asset, next(first.itertuples())) if len(first) else "",
        "rows": [{"row": row, "detectable": mde[row.start, row.end]} for row in car.itertuples()],
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
