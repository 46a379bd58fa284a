"""Where day 0 fell on each asset, why, and what else shared that session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from eventstudy.report.formats import date
from eventstudy.report.report_data import ReportData, Section, left_window
from eventstudy.report.sections.reaction import MOST_ASSETS
from eventstudy.words.catalogue import counted, say
from eventstudy.words.numbers import window_words


def _day(row: Any) -> str:
    """Return day 0, or the days between which it lies."""
    if pd.isna(row.day0):
        return ""
    first = date(row.day0)
    if row.certain:
        return first
    if pd.isna(row.day0_latest):
        return say("day0.later", first=first)
    return say("day0.or", first=first, latest=date(row.day0_latest))


def _left(rows: list[Any]) -> list[str]:
    """Say what was left out, and why."""
    words = []
    for row in rows:
        window = left_window(row)
        if window is None:
            key = "day0.pending" if row.pending else "day0.left_out"
            words.append(say(key, reason=row.reason))
        else:
            key = "day0.pending_window" if row.pending else "day0.left_out_window"
            words.append(say(key, window=window_words(*window), reason=row.reason))
    return words


def _context(report: ReportData, event: str) -> Mapping[str, object]:
    results = report.results
    rows = []
    alignment = report.rows("alignment", event)
    for row in alignment[:MOST_ASSETS]:
        others = [report.events[name] for name in row.shares_session_with]
        key = "day0.shared_one" if len(others) == 1 else "day0.shared"
        rows.append(
            {
                "label": results.about.asset(row.asset).label,
                "day": _day(row),
                "certain": row.certain,
                "rule": row.rule[0].upper() + row.rule[1:],
                "others": others,
                "shared": say(key, count=len(others)),
                "left": _left(report.rows("left_out", event, asset=row.asset)),
            }
        )
    more = len(alignment) - len(rows)
    return {
        "rows": rows,
        "more": say("day0.more", assets=counted(more, "asset")) if more else "",
        "confounders": report.events[event].confounders,
    }


SECTION = Section("day0", _context)
