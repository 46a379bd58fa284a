"""Means over statements: dates count, not statements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.arrays import Array
from eventstudy.design.groups import memberships
from eventstudy.minutes.columns import COLUMNS
from eventstudy.minutes.episodes import date_of, episodes_of
from eventstudy.minutes.ranks import half_width
from eventstudy.minutes.record import MinuteRecord
from eventstudy.minutes.settings import Span
from eventstudy.minutes.tables import frame_of
from eventstudy.minutes.windows import Window

PATH = ["group", "asset", "minute", "caar", "band_low", "band_high", "n", "dates", "days"]


@dataclass(frozen=True, eq=False)
class Level:
    """Statements of a group on one asset in one window, by date; of an episode the first.

    Parameters
    ----------
    group, asset : str
        Names.
    span : (int, int)
        Minutes before and after.
    dates : tuple of tuple of Window
        The windows of each date.
    overlapping : int
        Statements left out because an earlier one of their episode is there.
    """

    group: str
    asset: str
    span: Span
    dates: tuple[tuple[Window, ...], ...]
    overlapping: int

    @property
    def named(self) -> dict[str, Any]:
        """What tables call it: group, asset, before, after."""
        before, after = self.span
        return {"group": self.group, "asset": self.asset, "before": before, "after": after}

    @property
    def n(self) -> int:
        """Number of episodes."""
        return sum(map(len, self.dates))

    @property
    def moves(self) -> Array:
        """Mean move of each date."""
        return np.array([np.mean([window.move for window in date]) for date in self.dates])

    @property
    def scaled(self) -> Array:
        """Mean of moves over the volatility expected of their day, for each date."""
        return np.array(
            [np.mean([window.move / window.sigma for window in date]) for date in self.dates]
        )

    @property
    def shares(self) -> Array:
        """Mean part of the day's realised variance, for each date."""
        return np.array([np.mean([window.share for window in date]) for date in self.dates])

    def ordinary(self) -> list[Array]:
        """Return, for each date, scaled moves on its ordinary days; means where it has several.

        Of several windows of a date, the j-th nearest ordinary days are averaged together.
        """
        return [_together([_scaled(window) for window in date]) for date in self.dates]

    def ordinary_shares(self) -> list[Array]:
        """Return the same of parts of the day's realised variance."""
        return [_together([_shares(window) for window in date]) for date in self.dates]


def _together(each: list[Array]) -> Array:
    """Return the means of several rows, the latest days of each beside one another."""
    shortest = min(map(len, each))
    return np.asarray(np.mean([one[len(one) - shortest :] for one in each], axis=0))


def _shares(window: Window) -> Array:
    assert window.ordinary is not None
    return window.ordinary.share[np.isfinite(window.ordinary.share)]


def _scaled(window: Window) -> Array:
    assert window.ordinary is not None
    scaled = window.ordinary.move / window.ordinary.sigma
    return scaled[np.isfinite(scaled)]


def levels(results: MinuteRecord, by: str | None) -> Iterator[Level]:
    """Yield what is averaged together: each group on each asset in each window."""
    for group, member in memberships(results.events, results.groups, by).items():
        ids = set(compress(results.events.event_ids, member))
        for asset in results.measured:
            for span in results.windows.all:
                level = _level(results, group, asset, span, ids)
                if level.dates:
                    yield level


def _level(results: MinuteRecord, group: str, asset: str, span: Span, ids: set[str]) -> Level:
    measured = results.measured[asset]
    episodes = episodes_of(measured, span)
    windows = [
        window
        for window in measured.windows
        if window.span == span and not window.reason and window.event_id in ids
    ]
    order = {window.event_id: window for window in windows}
    taken: set[str] = set()
    by_date: dict[int, list[Window]] = {}
    for window in sorted(windows, key=lambda one: (one.asked[0], one.event_id)):
        first = next(name for name in episodes[window.event_id] if name in order)
        if first not in taken and np.isfinite(window.sigma):
            taken.add(first)
            by_date.setdefault(date_of(measured, window.event_id), []).append(order[first])
    dates = tuple(tuple(by_date[date]) for date in sorted(by_date))
    return Level(group, asset, span, dates, len(windows) - len(taken))


def mean_frame(results: MinuteRecord, by: str | None) -> pd.DataFrame:
    """Mean moves; see `MinuteResults.mean_car`."""
    rows = (_mean_row(level, results.options.confidence) for level in levels(results, by))
    return frame_of(rows, COLUMNS["minutes_mean_car"])


def _mean_row(level: Level, confidence: float) -> dict[str, Any]:
    mean, se, t, p, half = t_over_dates(level.moves, confidence)
    return level.named | {
        "caar": mean,
        "se": se,
        "t": t,
        "df": len(level.dates) - 1,
        "p": p,
        "ci_low": mean - half,
        "ci_high": mean + half,
        "scaled": float(level.scaled.mean()),
        "n": level.n,
        "dates": len(level.dates),
    }


def t_over_dates(values: Array, confidence: float) -> tuple[float, float, float, float, float]:
    """Return mean, standard error, t, p and half-width of an interval; NaN for one date."""
    from scipy import stats

    n, mean = len(values), float(values.mean())
    if n < 2:
        return mean, np.nan, np.nan, np.nan, np.nan
    se = float(values.std(ddof=1) / np.sqrt(n))
    if not se > 0:
        return mean, se, np.nan, np.nan, np.nan
    half = float(stats.t.ppf((1 + confidence) / 2, n - 1)) * se
    return mean, se, mean / se, float(2 * stats.t.sf(abs(mean / se), n - 1)), half


def path_frame(results: MinuteRecord, by: str | None) -> pd.DataFrame:
    """Mean paths; see `MinuteResults.caar`."""
    rows: list[dict[str, Any]] = []
    for level in levels(results, by):
        if level.span == results.windows.lead:
            rows += _path_rows(results, level)
    return frame_of(rows, PATH)


def step_frame(results: MinuteRecord, by: str | None) -> pd.DataFrame:
    """Mean moves since the point before; see `MinuteResults.aar`."""
    frame = path_frame(results, by)
    steps = frame.groupby(["group", "asset"], sort=False)["caar"].diff()
    return frame.assign(caar=steps).rename(columns={"caar": "aar"})[
        ["group", "asset", "minute", "aar", "n", "dates", "days"]
    ]


def _path_rows(results: MinuteRecord, level: Level) -> list[dict[str, Any]]:
    """Return the mean path of a level, to where its shortest path ends."""
    paths = [
        [results.path_record(window.event_id, level.asset) for window in date]
        for date in level.dates
    ]
    every = [path for date in paths for path in date]
    points = min(len(path.move) for path in every)
    days = min(len(path.ordinary) for path in every)
    mean = np.mean([np.mean([p.move[:points] for p in date], axis=0) for date in paths], axis=0)
    draws = np.mean(
        [
            np.mean([p.sigma * p.ordinary[len(p.ordinary) - days :, :points] for p in date], axis=0)
            for date in paths
        ],
        axis=0,
    )
    spread = np.sqrt(np.nanmean(draws**2, axis=0)) if days else np.full(points, np.nan)
    usable = spread > 0
    half = np.full(points, np.inf)
    if usable.any():
        scaled = np.abs(np.nan_to_num(draws[:, usable])) / spread[usable]
        times = half_width(scaled.max(axis=1), results.options.confidence)
        half = spread * times if np.isfinite(times) else half  # of 0 times without a bound: none
    head = {"group": level.group, "asset": level.asset}
    tail = {"n": level.n, "dates": len(level.dates), "days": days}
    return [
        {**head, "minute": float(minute), "caar": float(value), **tail}
        | {"band_low": -float(width), "band_high": float(width)}
        for minute, value, width in zip(every[0].minute[:points], mean, half, strict=True)
    ]
