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
from eventstudy.report.report_data import Material, Section
from eventstudy.words.catalogue import say

CHOICES = 200
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


def _adjusted(material: Material) -> dict[tuple[str, str], float]:
    """Return the Romano-Wolf p of each observation in the family."""
    found = {}
    if material.family is not None:
        for row in material.family.itertuples():
            for event_id in row.event_ids.split("; "):
                found[event_id, row.asset] = float(row.p_romano_wolf)
    return found


def _flags(event: Event, own: Any, left: Any, ratio: float) -> str:
    """Say what a reader must know about an observation."""
    flags = []
    if left is not None:
        key = "events.flag_pending" if left.pending else "events.flag_left_out"
        flags.append(say(key, reason=left.reason))
    elif not own.certain:
        flags.append(say("events.flag_uncertain"))
    if own.shares_session_with:
        count = own.shares_session_with.count("; ") + 1
        flags.append(say("events.flag_shared", count=count))
    if ratio > TURBULENT:
        flags.append(say("events.flag_turbulent", ratio=f"{ratio:.1f}"))
    if event.confounders:
        flags.append(say("events.flag_confounded"))
    return "; ".join(flags)


def _keyed(frame: pd.DataFrame, column: str) -> dict[tuple[str, str], float]:
    keys = zip(frame["event_id"], frame["asset"], strict=True)
    return dict(zip(keys, frame[column].astype(float), strict=True))


def _rows(material: Material) -> list[_Row]:
    results = material.results
    start, end = results.windows.lead

    def leading(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[(frame["start"] == start) & (frame["end"] == end)]

    car = _keyed(leading(material.car), "car")
    rank = _keyed(leading(material.ranked), "p")
    ar = _keyed(results.ar[results.ar["tau"] == 0], "ar")
    ratios = _keyed(results.estimation, "sigma_ratio")
    adjusted = _adjusted(material)
    left: dict[tuple[str, str], Any] = {}
    for row in results.left_out.itertuples():
        if pd.isna(row.start) or (row.start, row.end) == (start, end):
            left.setdefault((row.event_id, row.asset), row)
    place = {asset: index for index, asset in enumerate(results.assets)}
    rows = []
    for own in results.alignment.itertuples():
        key = (own.event_id, own.asset)
        event = material.events[own.event_id]
        sure = own.certain and not pd.isna(own.day0)
        day0 = iso(own.day0)
        if not sure and not pd.isna(own.day0) and not pd.isna(own.day0_latest):
            day0 = say("events.or", first=day0, latest=iso(own.day0_latest))
        rows.append(
            _Row(
                event,
                own.asset,
                f"{own.event_id}@{place[own.asset]}",
                day0,
                ar.get(key, np.nan) if sure else np.nan,
                car.get(key, np.nan),
                rank.get(key, np.nan),
                adjusted.get(key, np.nan),
                _flags(event, own, left.get(key), ratios.get(key, np.nan)),
            )
        )
    return rows


def _choices(rows: list[_Row]) -> list[tuple[str, list[str]]]:
    """Return the lists from which a reader can choose, each with its values."""
    found = {
        "speaker": {row.event.speaker for row in rows},
        "side": {row.event.affiliation for row in rows},
        "tag": {tag for row in rows for tag in row.event.tags},
        "asset": {row.asset for row in rows},
    }
    return [
        (name, sorted(values - {""}))
        for name, values in found.items()
        if 1 < len(values - {""}) <= CHOICES
    ]


def _context(material: Material, _event: str) -> Mapping[str, object]:
    rows = _rows(material)
    return {
        "rows": rows,
        "choices": _choices(rows),
        "lead": material.results.windows.lead,
        "family": material.family is not None,
    }


SECTION = Section("events", say("events.title"), _context)
