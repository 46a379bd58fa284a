"""Which events were measured by the minute, which by the day only; their mean path by minutes."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from eventstudy.minutes.results import MinuteResults
from eventstudy.minutes.settings import window_label
from eventstudy.plots.minutes_mean_path import draw_minutes_mean_path, minutes_mean_path_data
from eventstudy.report.answer_words import asset_name
from eventstudy.report.charts import SHOWN, Chart
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.words.catalogue import counted, say
from eventstudy.words.numbers import p_value, percent

MOST_CHARTS = 2
"""Assets whose mean path is drawn; the tables have all."""
KINDS = ("window", "span", "day")
"""How an event was measured: around its minute, across a longer span, by the day only."""


def _context(report: ReportData, _event: str) -> Context:
    minutes = report.results.minutes
    if minutes is None:
        return None
    kinds = measured_by(minutes)
    counts = {f"{kind}s": counted(len(kinds[kind]), "event") for kind in KINDS}
    group = next(iter(minutes.groups), None)
    assets = _averaged(minutes, group)
    return {
        "counts": say("by_minute.counts", **counts),
        "lists": [
            (say(f"by_minute.{kind}"), [report.events[name] for name in kinds[kind]])
            for kind in KINDS
            if kinds[kind]
        ],
        "charts": [_chart(report, minutes, name, asset) for name, asset in assets],
        "means": [text for name, asset in assets if (text := _mean(report, minutes, name, asset))],
    }


def measured_by(minutes: MinuteResults) -> dict[str, list[str]]:
    """Return the events by how they were measured; an event counts where it is known best."""
    windows, spans = set(minutes.car()["event_id"]), set(minutes.overnight()["event_id"])
    kinds: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for name in minutes.events.event_ids:
        kind = "window" if name in windows else "span" if name in spans else "day"
        kinds[kind].append(name)
    return kinds


def _averaged(minutes: MinuteResults, group: str | None) -> Sequence[tuple[str, str]]:
    """Return group and asset of the mean paths over several dates that are drawn."""
    means = minutes.mean_car()
    lead = means[(means["before"] == minutes.windows.before) & (means["dates"] > 1)]
    lead = lead[lead["after"] == minutes.windows.after]
    pairs = [(row.group, row.asset) for row in lead.itertuples()]
    first = [pair for pair in pairs if group in (None, pair[0])]
    return first[:MOST_CHARTS]


def _chart(report: ReportData, minutes: MinuteResults, group: str, asset: str) -> Chart:
    data = minutes_mean_path_data(minutes, group, asset)
    label = say("by_minute.label", asset=asset_name(report.results, asset), group=group)
    table = data.mean.round(dict.fromkeys(data.mean.columns[1:], SHOWN))
    return Chart(draw_minutes_mean_path(report.results, group, asset, data), label, table)


def _mean(report: ReportData, minutes: MinuteResults, group: str, asset: str) -> str:
    """Return the mean move over the primary window with the p of the test that leads."""
    span = minutes.windows.lead
    rows = _at(minutes.mean_car(), group, asset, span)
    tests = _at(minutes.tests(), group, asset, span)
    lead = tests[(tests["role"] == "headline") & tests["valid"].astype(bool)]
    (row,) = rows.itertuples()
    p = say("by_minute.p", p=p_value(float(lead["p"].iloc[0]))) if len(lead) else ""
    return say(
        "by_minute.mean",
        asset=asset_name(report.results, asset),
        window=window_label(span),
        mean=percent(row.caar),
        days=counted(row.dates, "market_day"),
        p=p or say("by_minute.no_test"),
    )


def _at(table: pd.DataFrame, group: str, asset: str, span: tuple[int, int]) -> pd.DataFrame:
    same = (table["group"] == group) & (table["asset"] == asset)
    return table[same & (table["before"] == span[0]) & (table["after"] == span[1])]


SECTION = Section("by-minute", _context)
