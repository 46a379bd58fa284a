"""The series behind a study: the same design at every ordinary day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.abnormal.measured_episodes import measure as measure_episodes
from eventstudy.abnormal.placing import place
from eventstudy.abnormal.stacked import stack
from eventstudy.arrays import Array, Ints, Mask
from eventstudy.design.membership import Members
from eventstudy.design.windows import AssetReturns, Episodes, cut_windows
from eventstudy.errors import InvalidArgumentError
from eventstudy.models import NormalReturnModel
from eventstudy.models.solvers import moments_solver
from eventstudy.models.traits import is_plain
from eventstudy.settings import Options, Window, Windows

if TYPE_CHECKING:
    Measure = Callable[[AbnormalReturns, Window], Array]


@dataclass(frozen=True)
class Placebo:
    """The design of a study at every ordinary day of one asset.

    Parameters
    ----------
    positions : ndarray of int, shape (days,)
        Positions of the placebo days 0 among the asset's sessions, ascending.
    abnormal : AbnormalReturns
        One row for each of them.
    """

    positions: Ints
    abnormal: AbnormalReturns


BLOCK = 256
"""Days whose windows are gathered and fitted at once."""

HELD = 8
"""Assets whose ordinary days are held in memory with all their residuals."""


@dataclass(frozen=True)
class PlaceboDays:
    """The series of a study, for tests that look beyond the windows of its episodes.

    Parameters
    ----------
    data : mapping of str to AssetReturns
        Returns of each asset over its own sessions.
    models : mapping of str to NormalReturnModel
        Model of each asset.
    windows : Windows
        Windows in event time.
    options : Options
        Settings; `placebo_since` bounds the days from which placebo windows are taken.
    events : mapping of str to ndarray of int
        Positions of the real days 0 of each asset.
    """

    data: Mapping[str, AssetReturns]
    models: Mapping[str, NormalReturnModel]
    windows: Windows
    options: Options
    events: Mapping[str, Ints]
    _made: dict[str, Placebo] = field(default_factory=dict, init=False, repr=False, compare=False)
    _days: dict[str, Ints] = field(default_factory=dict, init=False, repr=False, compare=False)
    _measured: dict[tuple[str, Window, Measure], Array] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    _last: list[tuple[object, Any]] = field(
        default_factory=list, init=False, repr=False, compare=False
    )

    def once(self, key: object, make: Callable[[], Any]) -> Any:
        """Return what was made last under the same key, or make it.

        Parameters
        ----------
        key : object
            What it depends on, compared by equality.
        make : callable
            Makes it.
        """
        if not self._last or self._last[0][0] != key:
            self._last[:] = [(key, make())]
        return self._last[0][1]

    @property
    def touched(self) -> Window:
        """Days around day 0 that a placebo may not share with a real event."""
        starts, ends = zip(*self.windows.car, strict=True)
        return min(0, *starts), max(0, *ends)

    def placebo(self, asset: str) -> Placebo:
        """Run the design of the study at every ordinary day of an asset.

        A day is ordinary when its estimation window is long enough, no day of the CAR windows
        is missing there, and none of them is one of those of a real event. Days of real
        events leave the estimation windows as they do in the study.

        Parameters
        ----------
        asset : str
            Name of the asset.

        Returns
        -------
        Placebo
        """
        if asset not in self._made:
            while len(self._made) >= HELD:
                self._made.pop(next(iter(self._made)))
            self._made[asset] = _placebo(self, asset)
            self._days[asset] = self._made[asset].positions
        return self._made[asset]

    def ordinary(self, asset: str) -> Ints:
        """Positions of the ordinary days of an asset; see `placebo`."""
        if asset not in self._days:
            self.placebo(asset)
        return self._days[asset]

    def on_days(self, asset: str, positions: Ints) -> AbnormalReturns:
        """Return the abnormal returns of an asset on ordinary days.

        Parameters
        ----------
        asset : str
            Name of the asset.
        positions : ndarray of int, shape (days,)
            Positions of the days among its sessions; they may repeat, in any order.

        Raises
        ------
        InvalidArgumentError
            When a day is no ordinary one: the next one never takes its place in silence.
        """
        placebo, sessions = self.placebo(asset), self.data[asset].calendar.sessions
        row_of = np.full(len(sessions), -1)
        row_of[placebo.positions] = np.arange(len(placebo.positions))
        rows = np.where(positions < 0, -1, row_of[positions])
        if (rows < 0).any():
            day = sessions[positions[rows < 0][0]].astype("datetime64[D]")
            raise InvalidArgumentError(f"{day} is none of the ordinary days of {asset}")
        return replace(placebo.abnormal.rows(rows))  # stored: samples are drawn of it

    def measured(self, asset: str, window: Window, measure: Measure) -> Array:
        """Measure every ordinary day of an asset, once.

        Parameters
        ----------
        asset : str
            Name of the asset.
        window : (int, int)
            A window inside the event window.
        measure : callable
            From abnormal returns and window to an array of shape (episodes,).

        Returns
        -------
        ndarray, shape (days,)
            NaN at days that are ordinary over the CAR windows, but not over this one.
        """
        key = (asset, window, measure)
        if key not in self._measured:
            placebo = self.placebo(asset)
            for span in {window, *self.windows.car}:
                values = measure(placebo.abnormal, span)
                ordinary = self._ordinary_over(asset, placebo, span)
                self._measured[asset, span, measure] = np.where(ordinary, values, np.nan)
        return self._measured[key]

    def _ordinary_over(self, asset: str, placebo: Placebo, window: Window) -> Mask:
        """Whether placebo days are ordinary over a window beside the CAR windows, shape (days,)."""
        first, last = self.touched
        if first <= window[0] and window[1] <= last:
            return np.ones(len(placebo.positions), dtype=bool)
        span = min(first, window[0]), max(last, window[1])
        size = len(self.data[asset].calendar.sessions)
        free: Mask = _shares_no_day(placebo.positions, self.events[asset], span, size)
        ordinary: Mask = free & np.isfinite(placebo.abnormal.over(span)).all(axis=1)
        return ordinary


def _candidates(history: PlaceboDays, asset: str) -> Ints:
    """Days whose windows lie inside the series and share no CAR day with a real event."""
    data, windows = history.data[asset], history.windows
    sessions = data.calendar.sessions.astype("datetime64[D]")
    since = history.options.placebo_since
    begin = 0 if since is None else int(np.searchsorted(sessions, np.datetime64(since, "D")))
    first, last = history.touched
    days = np.arange(begin - windows.estimation[0], len(sessions) - last, dtype=np.intp)
    return days[_shares_no_day(days, history.events[asset], (first, last), len(sessions))]


def _shares_no_day(days: Ints, events: Ints, span: Window, sessions: int) -> Mask:
    """Whether the span around each day has no session in common with that of any real event."""
    first, last = span
    marked = np.zeros(sessions + last - first + 1, dtype=bool)
    for offset in range(first, last + 1):
        near = events + offset
        marked[near[(near >= 0) & (near < sessions)]] = True
    free = np.ones(len(days), dtype=bool)
    for offset in range(first, last + 1):
        free &= ~marked[days + offset]
    return free


def _placebo(history: PlaceboDays, asset: str) -> Placebo:
    """Measure the ordinary days of an asset: by sums, or some at once where windows are needed."""
    days = _candidates(history, asset)
    if is_plain(history.models[asset]):
        return _kept(history, days, _placed(history, asset, days))
    blocks = [days[first : first + BLOCK] for first in range(0, len(days), BLOCK)] or [days]
    parts = [_kept(history, block, _windowed(history, asset, block)) for block in blocks]
    return Placebo(
        np.concatenate([part.positions for part in parts]), stack([part.abnormal for part in parts])
    )


def _placed(history: PlaceboDays, asset: str, days: Ints) -> AbnormalReturns:
    """Measure some days of an asset by sums over their estimation windows."""
    nothing = np.zeros(len(days), dtype=np.intp)
    return place(
        {asset: history.data[asset]},
        {asset: history.models[asset]},
        history.windows,
        history.options,
        (nothing, days, nothing),
        {asset: history.events[asset]},
    )[-1]


def _windowed(history: PlaceboDays, asset: str, days: Ints) -> AbnormalReturns:
    """Measure some days of an asset from their windows."""
    data, windows, options = history.data[asset], history.windows, history.options
    episodes = Episodes(asset, days, Members.nobody(len(days)), np.zeros(len(days), dtype=np.intp))
    pieces = cut_windows(data, days, windows, options, history.events[asset])
    model = history.models[asset]
    return measure_episodes(episodes, pieces, model, windows, options, moments_solver)


def _kept(history: PlaceboDays, days: Ints, abnormal: AbnormalReturns) -> Placebo:
    """Keep the days that are ordinary."""
    sound = np.isfinite(abnormal.s2) & abnormal.measured
    keep = np.flatnonzero(sound & np.isfinite(abnormal.over(history.touched)).all(axis=1))
    return Placebo(days[keep], abnormal.rows(keep))
