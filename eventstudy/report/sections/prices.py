"""Prices with the day 0 of every event, the largest named."""

from __future__ import annotations

import pandas as pd

from eventstudy.plots.price import draw_price, marked_sessions
from eventstudy.report.answer_words import moved_by
from eventstudy.report.answers import LEVEL, simple
from eventstudy.report.charts import Chart, titled
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.results import only
from eventstudy.words.catalogue import counted, say
from eventstudy.words.numbers import date

MOST_NAMED, MOST_LETTERS = 5, 34
"""Market days named on a price, and letters of a name."""


def _named(report: ReportData, asset: str) -> dict[pd.Timestamp, str]:
    """Name the largest market days that stand out."""
    car = only(report.results.at_primary(report.car), asset=asset)
    car = car[car["p_rank"] <= LEVEL]
    days = car.groupby("day0", sort=False).agg(
        first=("event_id", "first"), n=("event_id", "size"), car=("car", "first")
    )
    order = days["car"].abs().sort_values(ascending=False, kind="stable").index[:MOST_NAMED]
    names = {}
    for day, row in zip(order, days.loc[order].itertuples(), strict=True):
        title = report.events[row.first].title
        title = title if len(title) <= MOST_LETTERS else f"{title[:MOST_LETTERS].rstrip()} …"
        name = title if row.n == 1 else counted(row.n, "event")
        move = moved_by(simple(report.results, row.car))
        names[day] = say("prices.named", date=date(day), name=name, move=move)
    return names


def _chart(report: ReportData, asset: str) -> Chart:
    label = say("prices.label", asset=report.results.about.asset(asset).label)
    table = titled(marked_sessions(report.results, asset))
    names = dict(sorted(_named(report, asset).items()))
    figure = draw_price(report.results, asset, list(names))
    note = "; ".join(
        say("prices.number", number=number, name=name)
        for number, name in enumerate(names.values(), 1)
    )
    return Chart(figure, label, table, note)


def _context(report: ReportData, _event: str) -> Context:
    if not report.few_series:
        return None
    if report.waiting:
        return {"charts": [], "intro": say("prices.to_come")}
    charts = [_chart(report, asset) for asset in report.results.assets]
    marked = report.results.alignment["day0"].notna().any()
    return {"charts": charts, "intro": say("prices.intro" if marked else "prices.intro_none")}


SECTION = Section("prices", _context)
