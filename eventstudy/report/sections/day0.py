"""Where day 0 fell on each asset, why, and what else shared that session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from eventstudy.report.formats import date
from eventstudy.report.report_data import Material, Section, left_rows
from eventstudy.report.sections.reaction import MOST
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


def _left(rows: pd.DataFrame) -> list[str]:
    """Say what was left out, and why."""
    found = []
    for row in left_rows(rows):
        if row["window"] is None:
            key = "day0.pending" if row["pending"] else "day0.left_out"
            found.append(say(key, reason=row["reason"]))
        else:
            key = "day0.pending_window" if row["pending"] else "day0.left_out_window"
            window = window_words(*row["window"])
            found.append(say(key, window=window, reason=row["reason"]))
    return found


def _context(material: Material, event: str) -> Mapping[str, object]:
    results = material.results
    left = material.of("left_out", event)
    rows = []
    found = material.of("alignment", event)
    for own in found.iloc[:MOST].itertuples():
        others = [material.events[name] for name in own.shares_session_with.split("; ") if name]
        key = "day0.shared_one" if len(others) == 1 else "day0.shared"
        rows.append(
            {
                "label": results.about.asset(own.asset).label,
                "day": _day(own),
                "certain": own.certain,
                "rule": own.rule[0].upper() + own.rule[1:],
                "others": others,
                "shared": say(key, count=len(others)),
                "left": _left(left[left["asset"] == own.asset]),
            }
        )
    more = len(found) - len(rows)
    return {
        "rows": rows,
        "more": say("day0.more", assets=counted(more, "asset")) if more else "",
        "confounders": material.events[event].confounders,
    }


SECTION = Section("day0", say("day0.title"), _context)
