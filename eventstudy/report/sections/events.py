"""All events in one table that can be sorted, filtered and linked to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.events.events import Event
from eventstudy.report.answer_words import asset_name, moved_by
from eventstudy.report.answers import LEVEL, simple
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.results import only
from eventstudy.words.catalogue import counted, say
from eventstudy.words.numbers import NONE, p_value
from eventstudy.words.windows import window_name

MOST_CHOICES = 200
"""A column with more values than this is searched by words, not chosen from a list."""
MOST_SHOWN = 15
"""Rows that are open; the others come with "show all"."""
LONG = 150
"""Rows from which a table with a row for each asset is printed in two columns."""
MOST_WIDE = 2
"""Assets side by side in one row; of more, each has a row of its own."""


@dataclass(frozen=True)
class Cells:
    """One event on one asset.

    Parameters
    ----------
    asset, anchor : str
        Its asset, and where a link leads to it.
    day, move, p : str
        Its move of the day and over the window, and the p of that window.
    adjusted : str
        That p when all are counted.
    out, again : bool
        Whether it stands out; whether a row above has the same market day.
    """

    asset: str
    anchor: str
    day: str
    move: str
    p: str
    adjusted: str
    out: bool
    again: bool


@dataclass(frozen=True)
class _Row:
    """One row of the table."""

    event: Event
    cells: list[Cells | None]
    notes: list[tuple[str, str, bool]]

    @property
    def out(self) -> bool:
        """Whether it stands out on an asset."""
        return any(cell is not None and cell.out for cell in self.cells)

    @property
    def anchor(self) -> str:
        """Where a link leads to it."""
        return next((cell.anchor for cell in self.cells if cell is not None), self.event.event_id)

    @property
    def assets(self) -> list[str]:
        """Assets of the row."""
        return [cell.asset for cell in self.cells if cell is not None]


def _keyed(frame: pd.DataFrame, column: str) -> dict[tuple[str, str], float]:
    keys = zip(frame["event_id"], frame["asset"], strict=True)
    return dict(zip(keys, frame[column].astype(float), strict=True))


class _Numbers:
    """Numbers of the table by event and asset."""

    def __init__(self, report: ReportData) -> None:
        results = self.results = report.results
        car = results.at_primary(report.car)
        self.car, self.p = _keyed(car, "car"), _keyed(car, "p_rank")
        self.ar = _keyed(only(results.ar, tau=0), "ar")
        self.number = {asset: index for index, asset in enumerate(results.assets)}
        self.adjusted: dict[tuple[str, str], float] = {}
        for row in () if report.family is None else report.family.itertuples():
            self.adjusted |= dict.fromkeys(
                ((event_id, row.asset) for event_id in row.event_ids), float(row.p_romano_wolf)
            )
        self.seen: set[tuple[str, pd.Timestamp]] = set()

    def cells(self, row: Any) -> Cells:
        """Return the numbers of a row of `EventStudyResults.alignment`."""
        key = (row.event_id, row.asset)
        known = row.certain and not pd.isna(row.day0)
        day = self.ar.get(key, np.nan)
        p, car = self.p.get(key, np.nan), self.car.get(key, np.nan)
        place = (row.asset, row.day0)
        again = place in self.seen
        self.seen.add(place)
        counted_p = self.adjusted.get(key, np.nan)
        unknown = say("events.unknown") if car == car and not row.certain else NONE
        return Cells(
            asset=row.asset,
            anchor=f"{row.event_id}@{self.number[row.asset]}",
            day=moved_by(simple(self.results, day)) if known and day == day else unknown,
            move=moved_by(simple(self.results, car)),
            p=p_value(p),
            adjusted=say("events.counted", p=p_value(counted_p)) if counted_p == counted_p else "",
            out=p <= LEVEL,
            again=again,
        )


def _notes(event: Event, rows: list[Any], left: Mapping[Any, Any]) -> list[tuple[str, str, bool]]:
    """Return what a reader must know about an event: a mark, its meaning, whether it is grave."""
    notes = []
    reasons = [left[key] for key in ((row.event_id, row.asset) for row in rows) if key in left]
    if reasons and len(reasons) == len(rows):
        pending = bool(reasons[0].pending)
        mark = say("events.pending" if pending else "events.left_out")
        notes.append((mark, reasons[0].reason, not pending))
    elif any(not row.certain for row in rows):
        notes.append((say("events.day"), say("events.day_means"), False))
    shared = max((len(row.shares_session_with) for row in rows), default=0)
    if shared:
        means = say("events.times_means", events=counted(shared + 1, "event"))
        notes.append((say("events.times", count=shared + 1), means, False))
    if event.confounders:
        notes.append((say("events.news"), event.confounders, True))
    return notes


def _rows(report: ReportData, *, wide: bool) -> list[_Row]:
    results = report.results
    numbers = _Numbers(report)
    left: dict[tuple[str, str], Any] = {}
    for row in results.left_out.itertuples():
        if pd.isna(row.start) or (row.start, row.end) == results.windows.lead:
            left.setdefault((row.event_id, row.asset), row)
    rows = []
    for event in reversed(list(results.events.in_order())):
        aligned = report.rows("alignment", event.event_id)
        if not wide:
            rows += [
                _Row(event, [numbers.cells(row)], _notes(event, [row], left)) for row in aligned
            ]
            continue
        of_asset = {row.asset: numbers.cells(row) for row in aligned}
        cells = [of_asset.get(asset) for asset in results.assets]
        rows.append(_Row(event, cells, _notes(event, aligned, left)))
    return rows


def _choices(rows: list[_Row]) -> list[tuple[str, list[str]]]:
    """Return the lists from which a reader can choose, each with its values."""
    lists = {
        "speaker": {row.event.speaker for row in rows},
        "side": {row.event.affiliation for row in rows},
        "tag": {tag for row in rows for tag in row.event.tags},
        "asset": {asset for row in rows for asset in row.assets},
    }
    alike = len({tuple(row.assets) for row in rows}) < 2
    return [
        (name, sorted(values - {""}))
        for name, values in lists.items()
        if 1 < len(values - {""}) <= MOST_CHOICES and not (name == "asset" and alike)
    ]


def _context(report: ReportData, _event: str) -> Context:
    results = report.results
    if not len(results.events):
        return None
    wide = len(results.assets) <= MOST_WIDE
    rows = _rows(report, wide=wide)
    one_day = results.windows.lead == (0, 0)
    measured = bool(report.answers.groups)
    heads = [asset_name(results, asset) for asset in results.assets] if wide else [""]
    heads = heads if measured else []  # no column of dashes
    return {
        "rows": rows,
        "choices": _choices(rows),
        "heads": heads,
        "wide": wide,
        "one_day": one_day,
        "measured": measured,
        "window": window_name(results.windows.lead).removeprefix(say("answer.article")),
        "shown": MOST_SHOWN,
        "noted": any(row.notes for row in rows),
        "long": not wide and len(rows) > LONG,
        "family": report.family is not None,
    }


SECTION = Section("events", _context)
