"""Why this day: where day 0 fell on each asset, and what each possible hour would mean."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import pandas as pd

from eventstudy.report.answers import simple
from eventstudy.report.formats import ISO, plain_date
from eventstudy.report.report_data import Context, ReportData, Section, left_window
from eventstudy.words.catalogue import counted, say
from eventstudy.words.numbers import p_value, percent, short_date
from eventstudy.words.windows import window_name

MOST_ASSETS = 12
"""Assets shown on an event's page; those of an event on more are in the data files."""


class Day(NamedTuple):
    """A day that may be that of the event, and its move."""

    date: str
    move: str
    p: str


def candidates(report: ReportData, event: str, asset: str) -> list[Any]:
    """Return the rows of `EventStudyResults.ewma_sq` that may be day 0."""
    (aligned,) = report.rows("alignment", event, asset=asset)
    latest = aligned.day0 if aligned.certain else aligned.day0_latest
    rows = report.rows("ewma_sq", event, asset=asset)
    return [row for row in rows if aligned.day0 <= row.session <= latest]


def possible(report: ReportData, event: str, asset: str) -> list[Day]:
    """Return the days that may be that of an event, with the move and the p of each."""
    results = report.results
    return [
        Day(short_date(row.session), percent(simple(results, row.ar)), p_value(row.p))
        for row in candidates(report, event, asset)
    ]


def _meanings(days: list[Day]) -> list[tuple[str, Day]]:
    """Return what each of several possible days would mean, with that day."""
    if len(days) < 2:
        return []
    first = (say("day0.before", day=days[0].date), days[0])
    pairs = pairwise(days)
    return [first, *((say("day0.after", day=before.date), day) for before, day in pairs)]


def day_words(row: Any) -> str:
    """Return day 0 of a row of `EventStudyResults.alignment`, or the days between which it lies."""
    if pd.isna(row.day0):
        return ""
    first = plain_date(row.day0)
    if row.certain:
        return first
    if pd.isna(row.day0_latest):
        return say("day0.later", first=first)
    return say("day0.or", first=first, latest=plain_date(row.day0_latest))


def left_words(rows: list[Any]) -> list[str]:
    """Say what was left out, why, and what changes that."""
    words = []
    for row in rows:
        window = left_window(row)
        key = "pending" if row.pending else "left_out"
        text = say(f"day0.{key}", reason=row.reason)
        if window is not None:
            text = say(f"day0.{key}_window", window=window_name(window), reason=row.reason)
        words.append(f"{text} {say('day0.cure', cure=row.cure)}" if row.cure else text)
    return [ISO.sub(lambda day: plain_date(pd.Timestamp(day[0])), text) for text in words]


def _state(report: ReportData, event: str, alignment: list[Any]) -> str:
    """Return whether the day is certain, and whether everything of it was measured."""
    left = report.rows("left_out", event)
    if left and all(row.pending for row in left):
        return "waiting"
    if not all(row.certain or pd.isna(row.day0) for row in alignment):
        return "uncertain"
    return "unmeasured" if left else "certain"


def _context(report: ReportData, event: str) -> Context:
    results = report.results
    alignment = report.rows("alignment", event)
    rows = [
        {
            "label": results.about.asset(row.asset).label,
            "day": day_words(row),
            "certain": row.certain,
            "rule": row.rule[0].upper() + row.rule[1:],
            "possible": _meanings(possible(report, event, row.asset)),
            "left": left_words(report.rows("left_out", event, asset=row.asset)),
        }
        for row in alignment[:MOST_ASSETS]
    ]
    more = len(alignment) - len(rows)
    return {
        "rows": rows,
        "state": _state(report, event, alignment),
        "more": say("day0.more", assets=counted(more, "asset")) if more else "",
    }


SECTION = Section("day0", _context)
