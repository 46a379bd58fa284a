"""Episodes and their windows: the returns of a study as arrays (episodes x sessions)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.design.membership import Members
from eventstudy.prices.quality.holes import after_holes
from eventstudy.settings import Options, Window, Windows, length

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from eventstudy.arrays import Array, Dates, Ints, Mask
    from eventstudy.design.day0 import Days0
    from eventstudy.design.sessions import Calendar


OK, BEFORE, AFTER, CLOSURE, NO_FACTOR, NO_RETURN, HOLE = range(7)
"""Why a day has no abnormal return."""


@dataclass(frozen=True)
class AssetReturns:
    """Returns of one asset and of its factors over the asset's own sessions.

    Parameters
    ----------
    calendar : Calendar
        Sessions and clock.
    returns : ndarray, shape (sessions,)
        Returns as fractions; NaN where there is none.
    factors : ndarray, shape (sessions, factors)
        Factor returns over the same intervals.
    benchmark : ndarray, shape (sessions,) or None
        Benchmark returns for BHAR; None = the model's normal return.
    max_gap : int
        Longest gap in calendar days that is not a closure.
    span : ndarray, shape (sessions,) or None
        Market sessions since the asset's session before; None unless the model keeps spans.
    holes : ndarray of datetime64[D]
        Sessions on which it should have had a price and has none; the return after them is
        over more than one session, and NaN unless the model takes such returns.
    """

    calendar: Calendar
    returns: Array
    factors: Array
    benchmark: Array | None
    max_gap: int
    span: Array | None = None
    holes: Dates = field(default_factory=lambda: np.array([], dtype="datetime64[D]"))

    def closes(self) -> Mask:
        """Whether a closure lies between each session and the one before it."""
        gaps = np.diff(self.calendar.sessions).astype("timedelta64[D]").astype(int)
        return np.concatenate([[False], gaps > self.max_gap])

    def skips(self) -> Mask:
        """Whether a session without a price lies between each session and the one before it."""
        return after_holes(self.calendar.sessions, self.holes)


@dataclass(frozen=True)
class Episodes:
    """All events that share one day 0 on one asset, for every day 0 of that asset.

    Parameters
    ----------
    asset : str
        Name of the asset.
    positions : ndarray of int, shape (episodes,)
        Position of day 0 among the asset's sessions, ascending.
    members : Members
        For each episode, the events (by position) that share its day 0.
    offset : ndarray of int, shape (episodes,)
        Sessions from day 0 to the latest possible day 0 of the most certain member;
        0 = at least one member has a certain day 0, -1 = the latest is beyond the sessions.
    estimation : ndarray of int, shape (episodes, 2), or None
        Estimation window of each in sessions relative to day 0; None = that of the study.
    """

    asset: str
    positions: Ints
    members: Members
    offset: Ints
    estimation: Ints | None = None


@dataclass(frozen=True)
class WindowReturns:
    """Returns of the episodes of one asset, cut into windows.

    Parameters
    ----------
    estimation, factors_estimation, estimation_dates : ndarray, shape (episodes, L1, ...)
        The estimation window; NaN = missing or excluded.
    returns, factors, benchmark, dates, status : ndarray, shape (episodes, days, ...)
        The days after it: gap and event window; `status` says why a return is missing.
    missing, excluded : ndarray of int, shape (episodes,)
        Estimation days that have no return, and that belong to other episodes.
    span_estimation, span : ndarray, shapes (episodes, L1) and (episodes, days), or None
        Market sessions that each return covers.
    """

    estimation: Array
    factors_estimation: Array
    estimation_dates: Dates
    returns: Array
    factors: Array
    benchmark: Array | None
    dates: Dates
    status: NDArray[np.int8]
    missing: Ints
    excluded: Ints
    span_estimation: Array | None
    span: Array | None


def group_episodes(days0: Mapping[str, Days0]) -> dict[str, Episodes]:
    """Collect the events of each asset that share a day 0; those left out are passed over.

    Parameters
    ----------
    days0 : mapping of str to Days0
        Day 0 of the events of each asset.

    Returns
    -------
    dict of str to Episodes
    """
    parts = list(days0.values())
    taken = np.concatenate([[False], *(each.accepted for each in parts)])[1:]
    asset = np.repeat(np.arange(len(parts)), [len(each.first) for each in parts])[taken]
    none = np.empty(0, dtype=np.intp)
    day0, latest, events = (
        np.concatenate([none, *column])[taken]
        for column in zip(*((e.first, e.candidate, e.index) for e in parts), strict=True)
    )
    unsorted = ((np.diff(day0) < 0) & (np.diff(asset) == 0)).any()
    order = np.lexsort((day0, asset)) if unsorted else slice(None)
    day0, latest, events = day0[order], latest[order], events[order]
    another = (np.diff(day0) != 0) | (np.diff(asset) != 0)
    starts = np.flatnonzero(np.append(True, another)[: len(day0)])
    unbounded = np.iinfo(np.intp).max
    offsets = np.where(latest >= 0, latest - day0, unbounded)
    offset = np.minimum.reduceat(offsets, starts) if len(starts) else offsets
    offset = np.where(offset == unbounded, -1, offset)
    positions, ends = day0[starts], np.append(starts, len(day0))
    edges = np.searchsorted(asset[starts], np.arange(len(parts) + 1)).tolist()
    return {
        name: Episodes(
            name,
            positions[begin:end],
            Members(ends[begin : end + 1] - ends[begin], events[ends[begin] : ends[end]]),
            offset[begin:end],
        )
        for name, begin, end in zip(days0, edges, edges[1:], strict=False)
    }


def _take(values: NDArray[Any], index: Ints, fill: Any) -> NDArray[Any]:
    """Take rows of an array by position; positions outside it give `fill`."""
    inside = (index >= 0) & (index < len(values))
    if inside.all():
        return values[index]
    taken: NDArray[Any] = values[np.clip(index, 0, len(values) - 1)]
    taken[~inside] = fill
    return taken


def _optional(values: Array | None, index: Ints) -> Array | None:
    return None if values is None else np.asarray(_take(values, index, np.nan), dtype=float)


def event_days(positions: Ints, span: Window | None, sessions: int) -> Mask:
    """Mark the sessions of an asset that are event days of one of its episodes.

    Parameters
    ----------
    positions : ndarray of int, shape (episodes,)
        Day 0 of each.
    span : (int, int) or None
        Event days relative to day 0; None = none.
    sessions : int
        Sessions of the asset.

    Returns
    -------
    ndarray of bool, shape (sessions,)
    """
    marked = np.zeros(sessions, dtype=bool)
    if span is not None:
        days = (positions[:, None] + np.arange(span[0], span[1] + 1)).ravel()
        marked[days[(days >= 0) & (days < sessions)]] = True
    return marked


def status_of(asset: AssetReturns, index: Ints) -> NDArray[np.int8]:
    """Say why sessions, by position, have no abnormal return; OK where nothing is in the way."""
    sessions = len(asset.returns)
    code = np.full(sessions, OK, dtype=np.int8)
    code[~np.isfinite(asset.factors).all(axis=1)] = NO_FACTOR
    code[~np.isfinite(asset.returns)] = NO_RETURN
    code[asset.skips() & ~np.isfinite(asset.returns)] = HOLE
    code[asset.closes()] = CLOSURE
    code[0] = BEFORE if not np.isfinite(asset.returns[0]) else code[0]
    status = _take(code, index, BEFORE).astype(np.int8)
    status[index >= sessions] = AFTER
    return status


def cut_windows(
    asset: AssetReturns,
    positions: Ints,
    windows: Windows,
    options: Options,
    events: Ints | None = None,
) -> WindowReturns:
    """Cut an asset's returns into the windows of its episodes.

    Parameters
    ----------
    asset : AssetReturns
        Returns over the asset's own sessions.
    positions : ndarray of int, shape (episodes,)
        Day 0 of each episode. The event days of one never lie in its own estimation
        window, hence every event day inside one belongs to another episode.
    windows : Windows
        Windows in event time.
    options : Options
        Which days of other episodes leave the estimation window.
    events : ndarray of int, optional
        Day 0 of those other episodes. Default: `positions`.

    Returns
    -------
    WindowReturns
    """
    first, last = windows.estimation
    inside = positions[:, None] + np.arange(first, last + 1)
    after = positions[:, None] + np.arange(last + 1, windows.event[1] + 1)
    estimation = np.asarray(_take(asset.returns, inside, np.nan), dtype=float)
    factors = np.asarray(_take(asset.factors, inside, np.nan), dtype=float)
    usable = np.isfinite(estimation) & np.isfinite(factors).all(axis=-1)
    others = event_days(
        positions if events is None else events, options.exclude_from_estimation, len(asset.returns)
    )
    dropped = usable & np.asarray(_take(others, inside, fill=False), dtype=bool)
    estimation[dropped] = np.nan
    sessions = asset.calendar.sessions.astype("datetime64[D]")
    nat = np.datetime64("NaT", "D")
    return WindowReturns(
        estimation=estimation,
        factors_estimation=factors,
        estimation_dates=np.asarray(_take(sessions, inside, nat), dtype="datetime64[D]"),
        returns=np.asarray(_take(asset.returns, after, np.nan), dtype=float),
        factors=np.asarray(_take(asset.factors, after, np.nan), dtype=float),
        benchmark=_optional(asset.benchmark, after),
        dates=np.asarray(_take(sessions, after, nat), dtype="datetime64[D]"),
        status=status_of(asset, after),
        missing=length(windows.estimation) - usable.sum(axis=1),
        excluded=dropped.sum(axis=1),
        span_estimation=_optional(asset.span, inside),
        span=_optional(asset.span, after),
    )
