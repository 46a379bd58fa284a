"""Tables of returns by τ, long or wide, as arrays (days x events)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.arrays import Array, Ints
from eventstudy.errors import InvalidArgumentError
from eventstudy.parsing import packaged_toml
from eventstudy.prices.sources.returns_read import in_percent
from eventstudy.tables.frames import pandas_of
from eventstudy.tables.headers import folded

NAMES: dict[str, str] = packaged_toml("tables/words.toml")["event_time"]
FARTHEST = 100_000
"""Sessions from day 0 beyond which a number is no τ, such as a date written 20220113."""
SUCH = (
    "Long: columns event_id (or firm), tau and return, a row for each event and day. Wide: an "
    "index of τ such as -120 ... 5, and a column for each event"
)


@dataclass(frozen=True)
class EventTimeTable:
    """Returns in event time.

    Parameters
    ----------
    events : tuple of str
        Names of the events.
    tau : ndarray of int, shape (days,)
        Sessions relative to day 0, without a hole; 0 is one of them.
    returns : ndarray, shape (days, events)
        Returns as fractions; NaN = none.
    factors : mapping of str to ndarray, shape (days, events)
        Factor returns.
    attributes : mapping of str to list of str
        What is known of each event.
    """

    events: tuple[str, ...]
    tau: Ints
    returns: Array
    factors: Mapping[str, Array]
    attributes: Mapping[str, list[str]]


def read_event_time(given: object, factors: object, kind: str) -> EventTimeTable:
    """Read returns in event time.

    Parameters
    ----------
    given : DataFrame
        A long or a wide table, of pandas or another library.
    factors : mapping of str to DataFrame or Series
        Factor returns beside a wide table.
    kind : {"simple", "log"}
        What kind of returns they are.

    Raises
    ------
    InvalidArgumentError
        When it cannot be told what the table holds; what to write is said.
    """
    frame = pandas_of(given)
    if not isinstance(frame, pd.DataFrame):
        raise InvalidArgumentError(
            f"returns in event time are a DataFrame, not {given!r:.60}. {SUCH}"
        )
    if frame.empty:
        raise InvalidArgumentError(f"the table of returns is empty. {SUCH}")
    if not isinstance(factors, Mapping):
        such = '{"MARKET": frame}'
        raise InvalidArgumentError(f"factors is {factors!r:.60}; write a mapping such as {such}")
    names = {folded(str(name)): name for name in reversed(list(frame.columns))}
    tau, value, event = (_first(names, NAMES[kind]) for kind in ("tau", "return", "event"))
    if tau is not None and value is not None:
        if event is None:
            raise InvalidArgumentError(
                f"no column names the event of each row; found {_listed(frame.columns)}. Rename it "
                "to event_id, or to firm where each firm has one event"
            )
        table = _long(frame, tau, value, event)
    else:
        wide = _by_tau(frame if tau is None else frame.set_index(tau), "the table of returns")
        table = _table(wide, {}, {})
    more = {str(name): _factor(str(name), each, table) for name, each in factors.items()}
    table = replace(table, factors={**table.factors, **more})
    _check(table, kind)
    return table


def _first(names: Mapping[str, Any], known: str) -> Any:
    return next((names[name] for name in known.split() if name in names), None)


def _listed(names: Sequence[object]) -> str:
    shown = ", ".join(map(repr, list(names)[:8]))
    return shown + (", ..." if len(names) > 8 else "")


def _long(frame: pd.DataFrame, tau: Any, value: Any, event: Any) -> EventTimeTable:
    """Turn a row for each event and day into days x events."""
    if frame[event].isna().any():
        row = int(np.flatnonzero(frame[event].isna())[0])
        raise InvalidArgumentError(f"row {row} of the returns has no {event}; fill it in")
    keys = pd.MultiIndex.from_arrays([_whole(frame[tau], str(tau)), frame[event].astype(str)])
    if keys.has_duplicates:
        day, name = keys[keys.duplicated()][0]
        raise InvalidArgumentError(
            f"{event} {name!r} has several rows at τ = {day}: one event has one. Where a firm has "
            "several events, add a column event_id that tells them apart"
        )
    order = list(dict.fromkeys(frame[event].astype(str)))
    codes = pd.Index(order).get_indexer(frame[event].astype(str))
    numeric, attributes = [], {}
    for name in (each for each in frame.columns if each not in (tau, value, event)):
        column = frame[name]
        firsts = column.groupby(frame[event].astype(str), sort=False).head(1)
        texts = pd.Series(firsts.to_numpy(dtype=object), index=order)
        there = texts.reindex(frame[event].astype(str)).to_numpy()
        same = pd.Series(there).eq(column.to_numpy()) | (pd.isna(there) & column.isna().to_numpy())
        if same.all():
            attributes[str(name)] = ["" if pd.isna(each) else str(each) for each in texts]
        if pd.api.types.is_numeric_dtype(column):
            numeric.append(name)

    def wide(name: Any) -> pd.DataFrame:
        days = keys.get_level_values(0).to_numpy()
        first = int(days.min())
        made = np.full((int(days.max()) - first + 1, len(order)), np.nan)
        made[days - first, codes] = _numbers(frame[name], str(name))
        return pd.DataFrame(made, np.arange(first, first + len(made)), order)

    return _table(wide(value), {str(name): wide(name) for name in numeric}, attributes)


def _by_tau(frame: pd.DataFrame, what: str) -> pd.DataFrame:
    """Return a wide table with an index of τ; one that lies on its side is turned."""
    index, columns = (_days(axis) for axis in (frame.index, frame.columns))
    if columns is not None and (index is None or not _spans(index)) and _spans(columns):
        frame, index = frame.T, columns
    if index is None or not _spans(index):
        raise InvalidArgumentError(
            f"{what} has no τ: neither its index nor its columns are whole numbers from before day "
            f"0 to 0 and after; found columns {_listed(frame.columns)}. {SUCH}"
        )
    made = frame.set_axis(index, axis=0).set_axis([str(name) for name in frame.columns], axis=1)
    for axis, names in (("τ", made.index), ("event", made.columns)):
        if names.has_duplicates:
            raise InvalidArgumentError(
                f"{what} has {axis} {names[names.duplicated()][0]} twice; keep one of the two"
            )
    return made.apply(lambda column: _numbers(column, str(column.name)))


def _spans(days: Sequence[int]) -> bool:
    return min(days) < 0 and 0 in days


def _days(labels: pd.Index) -> list[int] | None:
    """Return labels as whole numbers; None when one is none."""
    numbers = pd.to_numeric(pd.Series(labels, dtype=object), errors="coerce")
    if isinstance(labels, pd.DatetimeIndex) or not len(numbers) or numbers.isna().any():
        return None
    return [int(day) for day in numbers] if (numbers % 1 == 0).all() else None


def _whole(column: pd.Series, name: str) -> pd.Series:
    numbers = _numbers(column, name)
    wrong = ~(numbers % 1 == 0) | (numbers.abs() > FARTHEST)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise InvalidArgumentError(
            f"row {row} of {name} is {column.iloc[row]!r}; τ is a whole number of sessions "
            "relative to day 0, such as -1"
        )
    return numbers.astype(int)


def _numbers(column: pd.Series, name: str) -> pd.Series:
    """Return a column as numbers; a text that is none is refused with its place."""
    numbers = pd.to_numeric(column, errors="coerce").astype(float)
    wrong = (numbers.isna() & column.notna()) | np.isinf(numbers)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise InvalidArgumentError(
            f"row {row} of column {name} is {column.iloc[row]!r}, which is no number; leave it "
            "empty where there is none"
        )
    return numbers


def _table(
    returns: pd.DataFrame, factors: Mapping[str, pd.DataFrame], attributes: Mapping[str, list[str]]
) -> EventTimeTable:
    """Put all on the same days, from the first to the last, day 0 among them."""
    days = [*map(int, returns.index), 0]
    tau = np.arange(min(days), max(days) + 1)
    return EventTimeTable(
        tuple(map(str, returns.columns)),
        tau,
        returns.reindex(tau).to_numpy(dtype=float),
        {name: each.reindex(tau).to_numpy(dtype=float) for name, each in factors.items()},
        attributes,
    )


def _factor(name: str, given: object, table: EventTimeTable) -> Array:
    """Return the returns of a factor for each event."""
    frame = pandas_of(given)
    what = f"factor {name}"
    if isinstance(frame, pd.Series):
        series = _by_tau(frame.to_frame(name), what)[name].reindex(table.tau)
        return np.repeat(series.to_numpy(dtype=float)[:, None], len(table.events), axis=1)
    if not isinstance(frame, pd.DataFrame):
        raise InvalidArgumentError(
            f"{what} is {given!r:.60}; write a table like that of returns, or one series by τ"
        )
    wide = _by_tau(frame, what)
    if lacking := [event for event in table.events if event not in wide]:
        raise InvalidArgumentError(f"{what} has no column for {lacking[0]}; give one an event")
    made: Array = wide.reindex(index=table.tau, columns=list(table.events)).to_numpy(dtype=float)
    return made


def _check(table: EventTimeTable, kind: str) -> None:
    """Refuse events without any return, returns in per cent, and losses of more than all."""
    bare = ~np.isfinite(table.returns).any(axis=0)
    if bare.any():
        names = [table.events[at] for at in np.flatnonzero(bare)]
        raise InvalidArgumentError(f"no return at all of {_listed(names)}; leave such events out")
    sizes = np.abs(table.returns[np.isfinite(table.returns)])
    if in_percent(pd.Series(sizes)) or (kind == "simple" and np.nanmin(table.returns) < -1):
        typical = float(np.median(sizes))
        raise InvalidArgumentError(
            f"the returns look like per cent (typical size {typical:.3g}); they are fractions, "
            "0.01 for one per cent. Divide them by 100"
        )
