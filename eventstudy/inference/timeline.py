"""The sessions of several assets as one list of dates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from eventstudy.arrays import Array, Dates, Ints, Mask
from eventstudy.design.windows import AssetReturns
from eventstudy.errors import InvalidArgumentError

AT_ONCE = 500_000
"""Values of a block of draws: 4 MB of numbers, whatever the study."""


def blocks(draws: int, values: int) -> Iterator[slice]:
    """Yield the draws of a resampling in blocks that are small enough to be held at once.

    Parameters
    ----------
    draws : int
        How many there are.
    values : int
        Values of a draw.
    """
    size = max(AT_ONCE // max(values, 1), 1)
    for first in range(0, draws, size):
        yield slice(first, min(first + size, draws))


def union_of_sessions(data: Iterable[AssetReturns]) -> Dates:
    """Return the dates on which any of several assets has a session.

    Parameters
    ----------
    data : iterable of AssetReturns
        At least one asset.

    Returns
    -------
    ndarray of datetime64[D], shape (sessions,)
        Ascending, each once; the same in any order of the assets.
    """
    days = [_sessions(asset).astype(np.int64) for asset in data]
    first = min(int(sessions[0]) for sessions in days)
    last = max(int(sessions[-1]) for sessions in days)
    marked = np.zeros(last - first + 1, dtype=bool)
    for sessions in days:
        marked[sessions - first] = True
    union: Dates = (np.flatnonzero(marked) + first).astype("datetime64[D]")
    return union


def _sessions(asset: AssetReturns) -> Dates:
    return asset.calendar.sessions.astype("datetime64[D]")


@dataclass(frozen=True)
class Timeline:
    """The sessions by which the dates of a cross-section are counted, and each asset's day 0 there.

    On a date an asset takes its first session on or after it, at most `max_shift` calendar days
    later, as it does after a statement. Where there is none (not listed yet, delisted, closed)
    it has no day 0.

    Parameters
    ----------
    names : tuple of str
        The assets, in the order in which they first appear.
    data : tuple of AssetReturns
        Returns of each over its own sessions.
    asset : ndarray of int, shape (episodes,)
        Asset of each episode, as a position in `names`.
    sessions : ndarray of datetime64[D], shape (sessions,)
        Dates on which any of the assets has a session, ascending.
    columns : ndarray of int, shape (episodes,)
        Position of each day 0 among them.
    """

    names: tuple[str, ...]
    data: tuple[AssetReturns, ...]
    asset: Ints
    sessions: Dates
    columns: Ints

    @property
    def moves(self) -> Ints:
        """Shifts, in sessions, that keep every day 0 inside the list; never 0."""
        shifts = np.arange(-int(self.columns.min()), len(self.sessions) - int(self.columns.max()))
        elsewhere: Ints = shifts[shifts != 0]
        return elsewhere

    def span(self, days: int) -> int:
        """Sessions from the first day 0 to the end of a window of so many days at the last one."""
        return int(self.columns.max() - self.columns.min()) + days

    @cached_property
    def day0(self) -> Ints:
        """Position of each asset's day 0 among its own sessions, by date; -1 = it has none.

        Shape (assets, sessions).
        """
        positions = np.empty((len(self.names), len(self.sessions)), dtype=np.intp)
        for row, asset in enumerate(self.data):
            sessions = _sessions(asset)
            after = np.searchsorted(sessions, self.sessions)
            days = (sessions[np.minimum(after, len(sessions) - 1)] - self.sessions).astype(int)
            near = (after < len(sessions)) & (days <= asset.max_gap)
            positions[row] = np.where(near, after, -1)
        return positions

    @cached_property
    def exact(self) -> Mask:
        """Whether an asset has a session on the date itself, shape (assets, sessions)."""
        return np.stack([np.isin(self.sessions, _sessions(asset)) for asset in self.data])

    def at(self, day0: Dates) -> Timeline:
        """Return the same assets with other days 0, which are sessions of the list."""
        return replace(self, columns=np.searchsorted(self.sessions, day0))

    def repeated(self, columns: Ints) -> Mask:
        """Whether an episode's day 0 is that of an earlier one of the same asset.

        Two dates may lead to one session; its return is one draw and counts once.

        Parameters
        ----------
        columns : ndarray of int, shape (samples, episodes)
            Dates of the episodes, as positions in `sessions`.

        Returns
        -------
        ndarray of bool, shape (samples, episodes)
        """
        repeated = np.zeros(columns.shape, dtype=bool)
        for row in np.flatnonzero(np.bincount(self.asset) > 1):
            if self.exact[row].all():
                continue  # different dates are different sessions
            episodes = np.flatnonzero(self.asset == row)
            day0 = self.day0[row, columns[:, episodes]]
            order = np.argsort(day0, axis=1, kind="stable")
            ranked = np.take_along_axis(day0, order, axis=1)
            again = np.zeros(day0.shape, dtype=bool)
            np.put_along_axis(again, order[:, 1:], ranked[:, 1:] == ranked[:, :-1], axis=1)
            repeated[:, episodes] = again
        return repeated

    def take(self, tables: Sequence[Array], columns: Ints) -> Array:
        """Return the values of the episodes on other dates.

        Parameters
        ----------
        tables : sequence of ndarray, shape (assets, sessions)
            Values of each asset by date; NaN = none.
        columns : ndarray of int, shape (samples, episodes)
            Dates of the episodes, as positions in `sessions`.

        Returns
        -------
        ndarray, shape (samples, tables * episodes)
            Table after table; NaN where an asset has no value on a date, or it counts already.
        """
        repeated = self.repeated(columns)
        return np.hstack([np.where(repeated, np.nan, t[self.asset, columns]) for t in tables])

    def positions(self, columns: Ints) -> Ints:
        """Return the day 0 of every episode on other dates, among the sessions of its own asset.

        Parameters
        ----------
        columns : ndarray of int, shape (samples, episodes)
            Dates of the episodes, as positions in `sessions`; each asset has a day 0 there.

        Returns
        -------
        ndarray of int, shape (samples, episodes)
        """
        positions: Ints = self.day0[self.asset, columns]
        return positions


def timeline(assets: NDArray[np.str_], day0: Dates, data: Mapping[str, AssetReturns]) -> Timeline:
    """Return the sessions by which the dates of episodes are counted.

    Parameters
    ----------
    assets : ndarray of str, shape (episodes,)
        Asset of each episode.
    day0 : ndarray of datetime64[D], shape (episodes,)
        Its session 0.
    data : mapping of str to AssetReturns
        Returns of each asset over its own sessions.

    Returns
    -------
    Timeline

    Raises
    ------
    InvalidArgumentError
        When a day 0 is a session of none of the assets.
    """
    labels = [str(name) for name in assets]
    names = tuple(dict.fromkeys(labels))
    rows = {name: row for row, name in enumerate(names)}
    series = tuple(data[name] for name in names)
    sessions = union_of_sessions(series)
    columns = np.searchsorted(sessions, day0)
    unknown = sessions[np.minimum(columns, len(sessions) - 1)] != day0
    if unknown.any():
        whose = f"the sessions of {' or '.join(names)}"
        raise InvalidArgumentError(f"{day0[unknown][0]} is none of {whose}")
    return Timeline(names, series, np.array([rows[name] for name in labels]), sessions, columns)
