"""All statements in one table that can be sorted, filtered and linked to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.events.events import Event
from eventstudy.inference.router import TURBULENT
from eventstudy.report.formats import iso
from eventstudy.report.report_data import ReportData, Section
from eventstudy.results import only
from eventstudy.words.catalogue import say

MOST_CHOICES = 200
"""A column with more values than this is searched by words, not chosen from a list."""


@dataclass(frozen=True)
class _Row:
    """One statement on one asset."""

    event: Event
    asset: str
    anchor: str
    day0: str
    ar: float
    car: float
    p: float
    adjusted: float
    flags: str


def _adjusted(report: ReportData) -> dict[tuple[str, str], float]:
    """Return the Romano-Wolf p of each observation in the family."""
    if report.family is None:
        return {}
    return {
        (event_id, row.asset): float(row.p_romano_wolf)
        for row in report.family.itertuples()
        for event_id in row.event_ids
    }


def _flags(event: Event, row: Any, left: Any, ratio: float) -> str:
    """Say what a reader must know about an observation."""
    flags = []
    if left is not None:
        key = "events.flag_pending" if left.pending else "events.flag_left_out"
        flags.append(say(key, reason=left.reason))
    elif not row.certain:
        flags.append(say("events.flag_uncertain"))
    if row.shares_session_with:
        flags.append(say("events.flag_shared", count=len(row.shares_session_with)))
    if ratio > TURBULENT:
        flags.append(say("events.flag_turbulent", ratio=f"{ratio:.1f}"))
    if event.confounders:
        flags.append(say("events.flag_confounded"))
    return "; ".join(flags)


def _keyed(frame: pd.DataFrame, column: str) -> dict[tuple[str, str], float]:
    keys = zip(frame["event_id"], frame["asset"], strict=True)
    return dict(zip(keys, frame[column].astype(float), strict=True))


def _rows(report: ReportData) -> list[_Row]:
    results = report.results
    car = _keyed(results.at_primary(report.car), "car")
    rank = _keyed(results.at_primary(report.ranked), "p")
    ar = _keyed(only(results.ar, tau=0), "ar")
    ratios = _keyed(results.estimation, "sigma_ratio")
    adjusted = _adjusted(report)
    left: dict[tuple[str, str], Any] = {}
    for row in results.left_out.itertuples():
        if pd.isna(row.start) or (row.start, row.end) == results.windows.lead:
            left.setdefault((row.event_id, row.asset), row)
    number = {asset: index for index, asset in enumerate(results.assets)}
    rows = []
    for row in results.alignment.itertuples():
        key = (row.event_id, row.asset)
        event = report.events[row.event_id]
        sure = row.certain and not pd.isna(row.day0)
        day0 = iso(row.day0)
        if not sure and not pd.isna(row.day0) and not pd.isna(row.day0_latest):
            day0 = say("events.or", first=day0, latest=iso(row.day0_latest))
        rows.append(
            _Row(
                event,
                row.asset,
                f"{row.event_id}@{number[row.asset]}",
                day0,
                ar.get(key, np.nan) if sure else np.nan,
                car.get(key, np.nan),
                rank.get(key, np.nan),
                adjusted.get(key, np.nan),
                _flags(event, row, left.get(key), ratios.get(key, np.nan)),
            )
        )
    return rows


def _choices(rows: list[_Row]) -> list[tuple[str, list[str]]]:
    """Return the lists from which a reader can choose, each with its values."""
    lists = {
        "speaker": {row.event.speaker for row in rows},
        "side": {row.event.affiliation for row in rows},
        "tag": {tag for row in rows for tag in row.event.tags},
        "asset": {row.asset for row in rows},
    }
    return [
        (name, sorted(values - {""}))
        for name, values in lists.items()
        if 1 < len(values - {""}) <= MOST_CHOICES
    ]


def _context(report: ReportData, _event: str) -> Mapping[str, object]:
    rows = _rows(report)
    return {
        "rows": rows,
        "choices": _choices(rows),
        "lead": report.results.windows.lead,
        "family": report.family is not None,
    }


SECTION = Section("events", _context)
