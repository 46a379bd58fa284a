"""The day of an event by the minute: answer, paths, windows, what else was said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.minutes.shares.pieces import DAY, PIECES, REST
from eventstudy.minutes.windows import BY_DAY
from eventstudy.plots.minutes_day import MinutesDay, draw_minutes_day, others_of
from eventstudy.plots.minutes_source import label_of
from eventstudy.plots.minutes_windows import span_words
from eventstudy.report.answer_words import capital, listed, moved_far
from eventstudy.report.answers import LEVEL
from eventstudy.report.charts import SHOWN, Chart
from eventstudy.report.minute_rows import MinuteRows
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.report.sections.each import marks
from eventstudy.results import EventStudyResults
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import NONE, level, minus, p_value, percent, share

MOST_CHARTS = 2
"""Paths that are drawn above the figures of days; those of claims come with the claims."""
MOST_TOLD = 2
"""Assets whose lead window is in the answer; the table has all."""


def _context(report: ReportData, event: str) -> Context:
    rows = report.minute_rows
    if rows is None:
        return None
    assets = rows.with_bars(event)
    if not assets:
        return None
    windows = rows.windows(event)
    days = {asset: day for asset in assets[:MOST_CHARTS] if (day := rows.day(event, asset))}
    first, day = next(iter(days.items()))
    zone = rows.minutes.bars[first].zone
    return {
        "answer": _answer(report, rows, event, windows),
        "charts": [_chart(report, event, asset, data) for asset, data in days.items()],
        "onsets": _onsets(rows, event, list(days)),
        "windows": [_window(report.results, row) for row in windows],
        "shares": _shares(report, rows, event),
        "cascades": _cascades(report, rows, event),
        "why": _why(rows, event),
        "others": others_of(day.said, event, zone),
        "note": say("minutes.note", level=level(rows.minutes.options.confidence)),
    }


def _chart(report: ReportData, event: str, asset: str, data: MinutesDay) -> Chart:
    label = say("minutes.label", asset=label_of(report.results, asset))
    key = ("minutes", asset, data.day.session)
    numbers = report.shared(key, partial(_numbers, data))
    row = None if report.minute_rows is None else report.minute_rows.onset(event, asset)
    bar = None
    if row is not None and row.told:
        bar = int(row.bar_begin.timestamp()), int(row.bar_end.timestamp())
    return Chart(draw_minutes_day(report.results, event, asset, data, bar), label, numbers)


def _onsets(rows: MinuteRows, event: str, assets: Sequence[str]) -> list[tuple[str, str]]:
    """Return which came first, for each asset that could be searched."""
    onsets = [(asset, rows.onset(event, asset)) for asset in assets]
    return [(asset, one.words) for asset, one in onsets if one is not None and one.n]


def _numbers(data: MinutesDay) -> pd.DataFrame:
    """Return what stands below a path."""
    known = data.path[np.isfinite(data.path["move"].to_numpy())]
    times = np.datetime_as_string(known["time"].to_numpy(), unit="m")
    columns = {"time": [text[11:] for text in times], "price": known["price"].to_numpy()}
    moves = {name: known[name].to_numpy().round(SHOWN) for name in known.columns[2:]}
    return pd.DataFrame(columns | moves)


def _answer(report: ReportData, rows: MinuteRows, event: str, windows: Sequence[Any]) -> str:
    """Return what the minutes say in a sentence or two."""
    told: dict[str, Any] = {}
    for row in windows:
        told.setdefault(row.asset, row)
    if not told:
        return ""
    shown = list(told.values())[:MOST_TOLD]
    texts = [moved_far(report.results, row.asset, row.move) for row in shown]
    first = shown[0]
    span = span_words(first)
    alike = all(span_words(row) == span for row in shown)
    if not alike:
        texts = [f"{text} ({span_words(row)})" for text, row in zip(texts, shown, strict=True)]
    head = say(f"minutes.head_{_kind(first.kind)}", span=span, time=_known(rows, event))
    return f"{capital(head)} {listed(texts)}. {_ranked(shown)}"


def _kind(kind: str) -> str:
    return {"since the evening": "since", "overnight": "night"}.get(kind, kind)


def _known(rows: MinuteRows, event: str) -> str:
    said = rows.minutes.events[event].known_by
    return f"{said:%H:%M}" if said else ""


def _ranked(shown: Sequence[Any]) -> str:
    """Say how many ordinary days moved as much; that no test leads, if so."""
    texts = []
    for row in shown:
        if not row.valid:
            texts.append(say("minutes.no_test", reason=row.reason))
        elif row.p <= LEVEL:
            texts.append(say("minutes.stands_out", p=p_value(row.p), n=row.n))
        else:
            texts.append(say("minutes.ordinary", p=p_value(row.p), n=row.n))
    if len(set(texts)) == 1:
        return capital(texts[0]) + "."
    named = [f"{row.asset}: {text}" for row, text in zip(shown, texts, strict=True)]
    return "; ".join(named) + "."


def _window(results: EventStudyResults, row: Any) -> Mapping[str, object]:
    """Return a row of the table of windows in words."""
    bounded = row.low == row.low and abs(row.low) + abs(row.high) < float("inf")
    interval = (
        say("minutes.interval", low=percent(row.low), high=percent(row.high))
        if bounded
        else say("answer.no_bound")
    )
    return {
        "asset": label_of(results, row.asset),
        "span": span_words(row),
        "kind": say(f"minutes.kind_{_kind(row.kind)}"),
        "prices": (row.price_before, row.price_after),
        "move": percent(row.move),
        "interval": interval,
        "p": p_value(row.p),
        "days": row.n,
        "out": bool(row.valid and row.p <= LEVEL),
        "reason": row.reason,
    }


def _shares(report: ReportData, rows: MinuteRows, event: str) -> Mapping[str, Any]:
    """Return how the day of an event divides, with the columns that some asset has."""
    assets = rows.shares(event)
    names = [name for name in PIECES if any(name in pieces for pieces in assets.values())]
    return {
        "names": names,
        "rows": [
            (label_of(report.results, asset), [_piece(pieces.get(name)) for name in names])
            for asset, pieces in assets.items()
        ],
    }


class _Cascade(NamedTuple):
    """How the day of an asset came about: each piece begins where the one before it ended.

    pieces: name of each, where it begins and how wide it is in per cent of the figure.
    """

    asset: str
    move: str
    pieces: list[tuple[str, float, float]]


def _cascades(report: ReportData, rows: MinuteRows, event: str) -> Mapping[str, Any]:
    """Return the pieces of the day of each asset on one scale, and the marks of its axis."""
    steps: dict[str, dict[str, float]] = {}
    for asset, pieces in rows.shares(event).items():
        moves = {name: float(pieces[name].move) for name in PIECES if name in pieces}
        steps[asset] = {name: move for name, move in moves.items() if name != DAY and move == move}
    reached = {asset: np.cumsum([0.0, *moves.values()]) for asset, moves in steps.items()}
    ends = np.concatenate([[0.0], *reached.values()])
    pad = 0.04 * float(np.ptp(ends)) or 0.01
    low, high = float(ends.min()) - pad, float(ends.max()) + pad
    cascades = []
    for asset, moves in steps.items():
        at = 100 * (reached[asset] - low) / (high - low)
        left, width = np.minimum(at[:-1], at[1:]).round(2), np.abs(np.diff(at)).round(2)
        drawn = list(zip(moves, left.tolist(), width.tolist(), strict=True))
        name, move = label_of(report.results, asset), percent(float(reached[asset][-1]))
        cascades.append(_Cascade(name, move, drawn))
    zero = round(100 * -low / (high - low), 2)
    return {"rows": cascades, "zero": zero, "ticks": marks(low, high)}


def _piece(row: Any) -> tuple[str, list[str]]:
    """Return the move of a piece, and its shares of the day where it has any."""
    if row is None:
        return NONE, []
    if row.piece in (DAY, REST) or row.share != row.share or row.rv_share != row.rv_share:
        return percent(row.move), []
    whole = minus(f"{round(100 * row.share)} %")  # never −0
    of_variance = say("minutes.of_variance", share=share(row.rv_share))
    return percent(row.move), [say("minutes.of_move", share=whole), of_variance]


def _why(rows: MinuteRows, event: str) -> list[str]:
    """Say why windows of an event were not measured, each reason once, with its cure."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for row in rows.left_out(event):
        if rows.session(event, row.asset) is not None:
            reasons.setdefault((row.reason, row.cure), []).append(row.asset)
    if any(reason == BY_DAY for reason, _ in reasons):
        return [say("minutes.by_day")]
    texts = []
    for (reason, cure), assets in reasons.items():
        names = ", ".join(dict.fromkeys(assets))
        texts.append(say("minutes.left", assets=names, reason=reason, cure=cure))
    return texts


SECTION = Section("minutes", _context)
