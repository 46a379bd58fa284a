"""Every event in a row, by size: which stand out among ordinary days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.arrays import Array
from eventstudy.report.answer_words import asset_name, interval_words, moved_by, subject
from eventstudy.report.answers import LEVEL, Answer, simple
from eventstudy.report.charts import file_name
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.results import ALL_ASSETS
from eventstudy.words.catalogue import counted, say
from eventstudy.words.numbers import minus
from eventstudy.words.windows import window_name

MOST_SHOWN, MOST_ROWS, MOST_PANELS = 15, 150, 4
"""Rows that are open, rows on the page, assets with a list of their own."""
WITHIN = 300
"""Days of a period of which dates need no year."""
STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Between marks of the axis."""


@dataclass(frozen=True)
class Dot:
    """One market day of one asset; places are in per cent of the width.

    Parameters
    ----------
    link, date, name, move, title : str
        Its event's page, its date, what it is called, its move, and all of it in a sentence.
    out : bool
        Whether it stands out.
    at, low, high : float
        Its move and interval.
    usual : tuple of float
        What 95 % of ordinary days did.
    beyond : int
        −1 or +1 when its move is outside what is drawn.
    """

    link: str
    date: str
    name: str
    move: str
    title: str
    out: bool
    at: float
    low: float
    high: float
    usual: tuple[float, float]
    beyond: int


@dataclass(frozen=True)
class Dots:
    """The list of one asset.

    Parameters
    ----------
    name, subject, what : str
        The asset, how a sentence speaks of it, and what is shown of it.
    rows : list of Dot
        By size.
    ticks : list of (float, str, bool)
        What `marks` returns.
    zero : float
        Where zero is.
    shown, total, out, ranked : int
        Rows that are open, all market days, those that stand out, those that were ranked.
    file : str
        Name under which the figure is saved; empty where there is none.
    """

    name: str
    subject: str
    what: str
    rows: list[Dot]
    ticks: list[tuple[float, str, bool]]
    zero: float
    shown: int
    total: int
    out: int
    ranked: int
    file: str


def _days(report: ReportData, answer: Answer) -> pd.DataFrame:
    """Market days of an answer by the size of their move: one row each, with its events."""
    results = report.results
    car = results.at_primary(report.car)
    ids = results.events.event_ids
    held = {
        (ids[event], str(results.abnormal.assets[row]))
        for row in answer.rows.tolist()
        for event in results.members[row]
    }
    keys = zip(car["event_id"], car["asset"], strict=True)
    car = car[np.array([key in held for key in keys], dtype=bool)]  # of none it stays a table
    days = car.groupby(["asset", "day0"], sort=False)
    frame = days.agg(
        event_ids=("event_id", list),
        car=("car", "first"),
        low=("ci_low", "first"),
        high=("ci_high", "first"),
        p=("p_rank", "first"),
    ).reset_index()
    for name in ("car", "low", "high"):
        frame[f"{name}_move"] = [simple(report.results, value) for value in frame[name]]
    half = ((frame["high"] - frame["low"]) / 2).where(np.isfinite(frame["high"]))
    frame["down"], frame["up"] = (
        [simple(report.results, value) for value in sign * half] for sign in (-1, 1)
    )
    size = frame["car"].abs()
    return frame.loc[size.sort_values(ascending=False, kind="stable").index]


def _domain(frame: pd.DataFrame) -> tuple[float, float]:
    """Range of the moves drawn: of the first rows, but for one that dwarfs the others."""
    shown = frame.head(MOST_SHOWN)
    moves = shown["car_move"].to_numpy(dtype=float)
    typical = 1.6 * float(np.quantile(np.abs(moves), 0.85))
    ends = np.concatenate([shown[n].to_numpy(dtype=float) for n in ("low_move", "high_move")])
    ends = np.clip(ends[np.isfinite(ends)], -typical, typical)
    all_ends = np.concatenate([np.clip(moves, -typical, typical), ends, [0.0]])
    low, high = float(all_ends.min()), float(all_ends.max())
    pad = 0.04 * (high - low) or 0.01
    return low - pad, high + pad


def _place(value: Array, low: float, high: float) -> Array:
    return np.round(100 * (np.clip(value, low, high) - low) / (high - low), 2)


def marks(low: float, high: float) -> list[tuple[float, str, bool]]:
    """Return the marks of an axis of moves.

    Parameters
    ----------
    low, high : float
        Its ends.

    Returns
    -------
    list of (float, str, bool)
        Place in per cent of the width, text, and whether it stays where room is narrow.
    """
    step = next((step for step in STEPS if (high - low) / step <= 6), STEPS[-1])
    numbers = range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1)
    places = _place(step * np.array(numbers), low, high).tolist()
    return [
        (place, minus(f"{100 * step * number:+.4g}") if number else "0", number % 2 == 0)
        for place, number in zip(places, numbers, strict=True)
    ]


def _called(report: ReportData, ids: Sequence[str], asset: str) -> str:
    title = report.events[ids[0]].title
    prefix = "" if not asset else f"{asset}: "
    if len(ids) == 1:
        return prefix + title
    return prefix + say("each.several", events=counted(len(ids), "event"), title=title)


def _dot(
    report: ReportData, asset: str, row: Any, domain: tuple[float, float], *, year: bool
) -> Dot:
    """Return one day on the common axis, with its interval and what is usual."""
    name = _called(report, row.event_ids, str(row.asset) if asset == ALL_ASSETS else "")
    moves = np.array([row.car_move, row.low_move, row.high_move, row.down, row.up])
    at, first, last, down, up = _place(moves, *domain).tolist()
    bounded = bool(np.isfinite(row.high_move - row.low_move))
    day = f"{row.day0.day} {row.day0:%b}" + (f" {row.day0:%Y}" if year else "")
    words = interval_words(report.results, row.low_move, row.high_move)
    return Dot(
        link=f"events/{row.event_ids[0]}.html",
        date=day,
        name=name,
        move=moved_by(row.car_move),
        title=f"{day} {name}: {moved_by(row.car_move)}, {words}",
        out=row.p <= LEVEL,
        at=at,
        low=first if bounded else at,
        high=last if bounded else at,
        usual=(down, up) if bounded else (0.0, 0.0),
        beyond=-1 if row.car_move < domain[0] else int(row.car_move > domain[1]),
    )


def _dots(report: ReportData, answer: Answer) -> Dots | None:
    results, asset = report.results, answer.asset
    frame = _days(report, answer)
    if frame.empty:
        return None
    low, high = _domain(frame)
    listed_rows = frame.head(MOST_ROWS)
    year = (listed_rows["day0"].max() - listed_rows["day0"].min()).days > WITHIN
    rows = [_dot(report, asset, row, (low, high), year=year) for row in listed_rows.itertuples()]
    ranked = int(frame["p"].notna().sum())
    return Dots(
        name=asset_name(results, asset),
        subject=subject(results, asset),
        what=_what(len(rows), len(frame)),
        rows=rows,
        ticks=marks(low, high),
        zero=float(_place(np.array(0.0), low, high)),
        shown=MOST_SHOWN,
        total=len(frame),
        out=int((frame["p"] <= LEVEL).sum()),
        ranked=ranked,
        file="" if asset == ALL_ASSETS else file_name(say("forest.label", asset=asset)),
    )


def _what(listed_rows: int, total: int) -> str:
    """Say which part of the days is listed."""
    days = counted(total, "market_day")
    if total <= MOST_SHOWN:
        return say("each.all", days=days)
    if listed_rows < total:
        return say("each.part", shown=MOST_SHOWN, listed=listed_rows, days=days)
    return say("each.largest", shown=MOST_SHOWN, days=days)


def _heading(panels: Sequence[Dots]) -> str:
    """Say how many market days stand out."""
    first, *others = panels
    days = counted(first.ranked, "market_day")
    key = "each.count_one" if first.out == 1 else "each.count"
    if first.ranked == 1:
        key = "each.only_out" if first.out else "each.only_in"
    text = say(key, out=first.out, days=days, asset=first.subject)
    rest = [say("each.also", out=p.out, days=p.ranked, asset=p.subject) for p in others]
    return say("each.heading", counts=", ".join([text, *rest]))


def _context(report: ReportData, _event: str) -> Context:
    results = report.results
    answers = report.answers.leading[:MOST_PANELS]
    panels = [panel for panel in (_dots(report, answer) for answer in answers) if panel is not None]
    if not panels:
        return None
    return {
        "panels": panels,
        "heading": _heading(panels),
        "window": window_name(results.windows.lead),
    }


SECTION = Section("each", _context)
