"""Bars from a table: columns, labels, length, and every way in which they cannot be bars."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.arrays import Array, Ints, Mask
from eventstudy.bars.bar_series import BarSeries
from eventstudy.bars.clocks import days_of
from eventstudy.bars.sessions import parts_of
from eventstudy.bars.source import moments
from eventstudy.errors import InvalidArgumentError, PriceDataError
from eventstudy.prices.frames import listed

LABELS = ("start", "end")
PRICES = ("open", "high", "low", "close")
_VOLUMES = ("volume", "vol", "tick_volume", "tickvol", "ticks", "volume_lots", "volume_shares")
_SAID = ("market", "source", "symbol", "attribution", "notes", "factor", "clock")
"""What a series takes from its traits as it is."""
_MOST_MINUTES = 24 * 60
SHORTER = 0.2
"""Part of the bars labelled by their end that may be shorter, as the last one of a session."""


@dataclass(frozen=True)
class BarTraits:
    """What is known of bars besides their table.

    Parameters
    ----------
    market : str
        Whose hours hold; see `eventstudy.sessions`.
    label : {"", "start", "end"}
        Whether a bar is labelled by its start or its end; empty = worked out from the hours of
        the market, and said.
    minutes : int
        Length of a bar; 0 = the commonest distance of two labels.
    factor : str
        Asset whose bars are the benchmark.
    source, symbol, attribution : str
        Where they are from.
    clock : str
        Zone in which clocks are compared; empty = that of the market.
    notes : tuple of str
        What is to be said of them.
    """

    market: str
    label: str = ""
    minutes: int = 0
    factor: str = ""
    source: str = "DataFrame"
    symbol: str = ""
    attribution: str = "given as a DataFrame"
    clock: str = ""
    notes: tuple[str, ...] = field(default_factory=tuple)


def bars_of_frame(frame: pd.DataFrame | pd.Series[float], traits: BarTraits) -> BarSeries:
    """Return the bars that a table holds.

    Parameters
    ----------
    frame : DataFrame or Series
        Bars with a tz-aware index; columns ``close`` and, where there are any, ``open``,
        ``high``, ``low``, ``volume`` (any case), ``begin`` and ``end`` (tz-aware), which go
        before the label. A Series is closes.
    traits : BarTraits
        Market, label, length.

    Returns
    -------
    BarSeries

    Raises
    ------
    InvalidArgumentError
        When the label, the length or the form of the table cannot be used.
    PriceDataError
        When the table holds what is no bar: unsorted or doubled labels that differ, prices
        that are not finite and greater than zero, bars that overlap.
    """
    if isinstance(frame, pd.Series):
        frame = frame.to_frame("close")
    if not isinstance(frame, pd.DataFrame):
        raise InvalidArgumentError(f"bars are a DataFrame, not {type(frame).__name__}")
    if frame.empty:
        raise PriceDataError("the table of bars is empty")
    columns = _columns(frame)
    labels = _moments(frame.index, "the index")
    order = np.argsort(labels, kind="stable")
    values: dict[str, Any] = {
        name: _numbers(frame[at], name)[order] for name, at in columns.items()
    }
    begin, end, length, label = _spans(frame, labels[order], order, traits)
    _refuse_bad(begin, end, values, length)
    said = {name: getattr(traits, name) for name in _SAID}
    return BarSeries(begin, end, length=length, label=label, **values, **said)


def _columns(frame: pd.DataFrame) -> dict[str, object]:
    """Return which column holds what."""
    names: dict[str, object] = {}
    for column in frame.columns:
        plain = str(column).strip().strip("<>").casefold().replace(" ", "_")
        kind = "volume" if plain in _VOLUMES else plain
        if kind in (*PRICES, "volume"):
            names.setdefault(kind, column)
    if "close" not in names:
        shown = listed(repr(str(name)) for name in frame.columns)
        raise PriceDataError(f"the bars have no column close; there are {shown}")
    return names


def _moments(index: pd.Index, what: str) -> Ints:
    """Return moments as whole seconds of UTC; refuse what has no zone."""
    if not isinstance(index, pd.DatetimeIndex):
        raise InvalidArgumentError(f"{what} of bars must be moments, not {index.dtype}")
    if index.tz is None:
        raise InvalidArgumentError(
            f"{what} of bars has no time zone: {index[0]}. Give it one, such as "
            'frame.tz_localize("Europe/Moscow")'
        )
    if index.isna().any():
        raise PriceDataError(f"{what} of bars has a moment that is missing")
    there = index.tz_convert("UTC").tz_localize(None).to_numpy()
    odd = there != there.astype("datetime64[m]")
    if odd.any():
        raise PriceDataError(
            f"{what} of bars has {odd.sum()} moments that are no whole minutes, such as "
            f"{index[odd][0]}. Round them to the minute that is meant (10:09:59, the end of a bar, "
            'is 10:10): frame.index.round("min")'
        )
    return np.asarray(there.astype("datetime64[s]"), dtype=np.int64)


def _column(frame: pd.DataFrame, name: object) -> Ints:
    """Return a column of moments."""
    try:
        moments = pd.DatetimeIndex(frame[name])
    except (ValueError, TypeError) as error:
        raise PriceDataError(f"column {name} of the bars holds no moments: {error}") from error
    return _moments(moments, f"column {name}")


def _numbers(column: pd.Series[float], name: str) -> Array:
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        raise PriceDataError(f"column {name} of the bars holds {column.dtype}, not numbers")
    return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))


def _spans(
    frame: pd.DataFrame, labels: Ints, order: Ints, traits: BarTraits
) -> tuple[Ints, Ints, int, str]:
    """Return begin and end of each bar, the length of a bar, and how its label was read."""
    if traits.label not in ("", *LABELS):
        raise InvalidArgumentError(f'label is {traits.label!r}; write "start" or "end"')
    names = {str(name).casefold(): name for name in frame.columns}
    length = _length(labels, traits.minutes, "end" if "begin" in names else traits.label)
    if "begin" in names:
        begin = _column(frame, names["begin"])[order]
        if "end" in names:
            end = _column(frame, names["end"])[order]
            return begin, end, length, "both, by the columns begin and end"
        return begin, labels, length, "end, beside the column begin"
    label, how = traits.label, "as was said"
    if not label:
        label, how = _worked_out(labels, length, traits.market)
    if label == "start":
        return labels, labels + length, length, f"start, {how}"
    begin = labels - length
    begin[1:] = np.where(labels[1:] > labels[:-1], np.maximum(begin[1:], labels[:-1]), begin[1:])
    return begin, labels, length, f"end, {how}"


def _length(labels: Ints, minutes: int, label: str) -> int:
    """Return the seconds of a bar; labelled by their ends, the last of a day may be shorter."""
    steps = np.diff(labels)
    steps = steps[steps > 0]
    if minutes:
        length = minutes * 60
    elif len(steps):
        values, counts = np.unique(steps, return_counts=True)
        length = int(values[counts.argmax()])
    else:
        raise InvalidArgumentError("how long a bar is cannot be told from one; write minutes = 10")
    if length % 60 or not 0 < length <= 60 * _MOST_MINUTES:
        raise InvalidArgumentError(
            f"bars are {length / 60:g} minutes apart; they must be whole minutes, at most a day. "
            "Write minutes = 1 if minutes without a trade are left out"
        )
    if len(steps) and (steps < length).mean() > (SHORTER if label == "end" else 0):
        raise InvalidArgumentError(
            f"labels are {int(steps.min()) / 60:g} minutes apart, and a bar is taken to be "
            f"{length / 60:g}. Write minutes = {max(int(steps.min()) // 60, 1)}"
        )
    usual = int(np.bincount(steps // 60).argmax()) if len(steps) else length // 60
    if usual * 60 % length:
        raise InvalidArgumentError(
            f"labels are {usual} minutes apart, no multiple of {length // 60}, the length of a bar "
            f"that was said. Write minutes = {usual}, or leave it out"
        )
    return length


def _worked_out(labels: Ints, length: int, market: str) -> tuple[str, str]:
    """Tell from the hours of a market whether bars are labelled by their start or their end."""
    first, last = days_of(np.array([labels[0], labels[-1]]).astype("datetime64[s]"))
    parts = parts_of(market, first, last).trading
    opening, closing = np.isin(labels, parts.start).sum(), np.isin(labels, parts.end).sum()
    inside = parts.at(labels) >= 0
    before = parts.at(np.maximum(labels - length, 0)) >= 0
    if opening and not closing and inside.mean() >= before.mean():
        return "start", f"because {opening} bars carry the time of an opening and none of a close"
    if closing and not opening and before.mean() >= inside.mean():
        return "end", f"because {closing} bars carry the time of a close and none of an opening"
    raise InvalidArgumentError(
        f"whether bars are labelled by their start or their end cannot be told: {opening} carry "
        f"the time at which a part of a session of {market} opens, {closing} at which one closes. "
        'Write label = "start" or label = "end"'
    )


def _refuse_bad(begin: Ints, end: Ints, values: dict[str, Array], length: int) -> None:
    """Refuse what is no bar; the first moments are named."""
    wrong: dict[str, Mask] = {
        "carry the label of another bar": np.r_[False, end[1:] == end[:-1]],
        "overlap the bar before": np.r_[False, (begin[1:] < end[:-1]) & (end[1:] != end[:-1])],
        "end before they begin": end <= begin,
        f"are longer than {length / 60:g} minutes": end - begin > length,
        "have a close not finite and greater than zero": ~(
            np.isfinite(values["close"]) & (values["close"] > 0)
        ),
    }
    for name in ("open", "high", "low", "volume"):
        if name in values:
            column = values[name]
            bad = (column < 0) | np.isinf(column) | ((column == 0) & (name != "volume"))
            wrong[f"have a {name} that is no such number"] = bad
    faults = [
        f"{bad.sum()} {what}: {moments(end[bad][:21])}" for what, bad in wrong.items() if bad.any()
    ]
    if faults:
        raise PriceDataError("the bars cannot be used; " + "; ".join(faults))
