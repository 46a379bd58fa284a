"""Shares of the day as tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.arrays import Array
from eventstudy.errors import InvalidArgumentError
from eventstudy.minutes.clock_times import When, clock_words, moment_of
from eventstudy.minutes.columns import COLUMNS
from eventstudy.minutes.record import MeasuredAsset, MinuteRecord
from eventstudy.minutes.shares import pieces
from eventstudy.minutes.statements import Stamped
from eventstudy.minutes.tables import frame_of, moment
from eventstudy.minutes.windows import ordinary_days
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import minus, percent, share

UNDIVIDED = "the bars do not hold the day from the close before to its own close around the window"


def _window(
    results: MinuteRecord, measured: MeasuredAsset, event_id: str, since: When, until: When
) -> tuple[int, int]:
    """Return the window: the one that is given, else the one that was measured."""
    statement, zone = measured.statements[event_id], measured.lookup.bars.zone
    known = measured_window(results, measured, event_id)
    if known is not None and since is None and until is None:
        return known
    if known is None and (since is None or until is None):
        raise InvalidArgumentError(
            f"{event_id} on {measured.asset} has no window in minutes. Name one, such as "
            'since="14:00", until="15:00"'
        )
    low, high = known or (0, 0)
    low = low if since is None else moment_of(statement.date, since, zone, "since")
    high = high if until is None else moment_of(statement.date, until, zone, "until")
    if high <= low:
        raise InvalidArgumentError("until is not later than since. Write a later until")
    start, end = measured.lookup.snapped(np.array([low]), np.array([high]))
    return int(start[0]), int(end[0])


def measured_window(
    results: MinuteRecord, measured: MeasuredAsset, event_id: str
) -> tuple[int, int] | None:
    """Return the primary window that was measured, else the span across a night; None = none."""
    for window in measured.windows:
        same = window.event_id == event_id and window.span == results.windows.lead
        if same and not window.reason:
            return window.measured
    for gap in measured.gaps:
        if gap.event_id == event_id and not gap.reason:
            return gap.start, gap.end
    return None


def _shares(
    results: MinuteRecord, measured: MeasuredAsset, event_id: str, window: tuple[int, int]
) -> pieces.Shares | None:
    """Return the pieces of the day of a window; None when it cannot be divided."""
    lookup = measured.lookup
    part = int(lookup.trading.at(np.array([window[1] - 1]))[0])
    if part < 0:
        return None
    session = lookup.trading.session[part]
    parts = pieces.divided(lookup, session, window)
    if parts is None:
        return None
    if (closes := _closes(results, measured.asset, session)) is not None:
        parts = pieces.with_rest(parts, closes)
    return pieces.Shares(session, parts, _usual(results, measured, event_id, window))


def _usual(
    results: MinuteRecord, measured: MeasuredAsset, event_id: str, window: tuple[int, int]
) -> Array:
    """Return the same share on ordinary days; empty where the window spans parts of sessions."""
    lookup = measured.lookup
    parts = lookup.trading.at(np.array([window[0], window[1] - 1]))
    if parts[0] != parts[1] or parts[0] < 0:
        return np.array([])
    lead = results.windows.lead
    others = Stamped.of(measured.statements.values()).short(60 * sum(lead), event_id)
    ordinary = ordinary_days(lookup, window[0], window, others, lead, results.options)
    sessions = lookup.trading.session[np.maximum(ordinary.spans.part, 0)]
    return pieces.usual_shares(lookup, sessions, ordinary.spans.start, ordinary.spans.end)


def _closes(
    results: MinuteRecord, asset: str, session: np.datetime64
) -> tuple[float, float] | None:
    """Return daily closes of the session before and of a session; None when they are not known."""
    closes = results.closes.get(asset)
    if closes is None:
        return None
    day = pd.Timestamp(session)
    known = closes.dropna()
    until = known[known.index <= day].tail(2)
    if len(until) < 2 or until.index[-1] != day:
        return None
    return float(until.iloc[0]), float(until.iloc[1])


def shares_frame(
    results: MinuteRecord, event_id: str, asset: str, since: When = None, until: When = None
) -> pd.DataFrame:
    """Return the pieces of a statement's day; see `MinuteResults.shares`."""
    measured = results.concerned_by(event_id, asset)
    window = _window(results, measured, event_id, since, until)
    record = _shares(results, measured, event_id, window)
    if record is None:
        raise InvalidArgumentError(
            f"{event_id} on {asset}: {UNDIVIDED}. Load bars of both days, or name another window"
        )
    rows = _rows(event_id, asset, record, measured.lookup.bars.zone)
    return frame_of(rows, COLUMNS["minutes_shares"])


def all_shares_frame(results: MinuteRecord) -> pd.DataFrame:
    """Return the pieces of the day of every statement with a window."""
    rows: list[dict[str, Any]] = []
    for asset, measured in results.measured.items():
        for event_id in measured.statements:
            window = measured_window(results, measured, event_id)
            record = _shares(results, measured, event_id, window) if window else None
            if record is not None:
                rows += _rows(event_id, asset, record, measured.lookup.bars.zone)
    return frame_of(rows, COLUMNS["minutes_shares"])


def _rows(event_id: str, asset: str, record: pieces.Shares, zone: str) -> Iterator[dict[str, Any]]:
    day, n = record.day, len(record.usual)
    for piece in record.pieces:
        of_window = piece.name == pieces.WINDOW and n > 0
        yield {
            "event_id": event_id,
            "asset": asset,
            "session": pd.Timestamp(record.session),
            "piece": piece.name,
            "start": moment(piece.start, zone),
            "end": moment(piece.end, zone),
            "price": piece.price,
            "move": piece.move,
            "share": piece.move / day.move if day.move else np.nan,
            "rv": piece.variance,
            "rv_share": piece.variance / day.variance if day.variance else np.nan,
            "rv_usual": float(record.usual.mean()) if of_window else np.nan,
            "p": record.p if of_window else np.nan,
            "smallest_p": 1 / (n + 1) if of_window else np.nan,
            "n": n if of_window else pd.NA,
            "words": _words(piece, day, zone),
        }


def _words(piece: pieces.Piece, day: pieces.Piece, zone: str) -> str:
    """Return a piece as a sentence."""
    name = say(f"minutes.pieces_of_day.{piece.name}")
    if piece.name == pieces.REST:
        return f"{name}: {percent(piece.move)}"
    span = f"{clock_words(piece.start, zone)} to {clock_words(piece.end, zone)}"
    text = f"{name} ({span}): {percent(piece.move)}"
    if piece.name == pieces.DAY or not day.move or not day.variance:
        return text
    of_move, of_variance = piece.move / day.move, piece.variance / day.variance
    of_day = f"{minus(share(of_move))} of the day's move, {share(of_variance)} of its variance"
    return f"{text}, {of_day}"
