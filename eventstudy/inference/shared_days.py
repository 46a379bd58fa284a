"""How far the CARs of very many episodes correlate because their windows share days: by dates.

Pairs of episodes never meet. All episodes of one day 0 are a group; the mean correlation of two
groups is that of their unit residuals added up by day (`correlation_sums`), and the days that
their windows share are counted by day: Σ over days of how many of each hold it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.abnormal.placed_returns import PlacedReturns
from eventstudy.abnormal.series import runs
from eventstudy.arrays import Array, Ints, Mask
from eventstudy.inference.correlation_sums import totals_by_day
from eventstudy.inference.day_totals import FEWEST_COMMON, Grouped
from eventstudy.inference.sums import collected, column
from eventstudy.settings import Window, length

ENDS = 4_096
"""Episodes whose days of a window are looked up at once."""


class SharedCorrelation(NamedTuple):
    """Mean correlation of the CARs of a window over all pairs, as far as they share days.

    Parameters
    ----------
    mean : float
        r̄; NaN for fewer than two episodes.
    unknown : int
        Pairs that share a day and have fewer than 30 common estimation dates: their correlation
        is not known, and counts as zero.
    estimated : bool
        Whether r̄ is an estimate from sums by day, because pairs are too many.
    held : bool
        Whether the days that it is made of are there: those of a study in parts are not.
    """

    mean: float
    unknown: int
    estimated: bool = False
    held: bool = True


def apart(abnormal: AbnormalReturns, window: Window) -> bool:
    """Whether episodes share all days of a window or none, and all have estimation days enough.

    Those that share all are those of one day 0: then the days that windows share need not be
    looked at pair by pair.
    """
    ends = window_ends(abnormal, window)
    order = np.argsort(abnormal.day0, kind="stable")
    day0, ends = abnormal.day0[order], ends[order]
    same = day0[1:] == day0[:-1]
    alike = (ends[1:] == ends[:-1]).all(axis=1)
    later = ends[1:, 0] > ends[:-1, 1]
    enough = (abnormal.observed >= FEWEST_COMMON).all()
    return bool(enough and np.where(same, alike, later).all())


def window_ends(abnormal: AbnormalReturns, window: Window) -> Array:
    """First and last day of each window as days since 1970, and their sum: (episodes, 3)."""
    if isinstance(abnormal, PlacedReturns):
        return abnormal.once(("ends", window), lambda: _placed_ends(abnormal, window))
    made = column(("ends", window), lambda block: _window_ends(block, window))
    return collected(abnormal, made)


def _placed_ends(abnormal: PlacedReturns, window: Window) -> Array:
    """As `_window_ends` of every block, from the days of the series alone."""
    days, first = runs(abnormal.series.days, window[1] - window[0] + 1), abnormal.cell + window[0]
    ends = np.empty((len(first), 3))
    for begin in range(0, len(first), ENDS):
        rows = slice(begin, begin + ENDS)
        inside = days[first[rows]]
        ends[rows, 0], ends[rows, 1] = inside[:, 0], inside[:, -1]
        ends[rows, 2] = inside.sum(axis=1, dtype=np.intp)
    return ends


def _window_ends(block: AbnormalReturns, window: Window) -> Array:
    """First and last day of a window as days since 1970, and their sum: shape (episodes, 3)."""
    days = block.dates[:, block.columns(window)].astype("datetime64[D]").astype(np.intp)
    return np.column_stack([days[:, 0], days[:, -1], days.sum(axis=1)]).astype(float)


def near_pairs(abnormal: AbnormalReturns, window: Window) -> int:
    """Count the pairs of episodes whose windows may share a day, by their days 0 alone."""
    days, size = np.unique(abnormal.day0_numbers, return_counts=True)
    last = np.searchsorted(days, days + _reach(abnormal, window), side="right")
    running = np.concatenate([[0], np.cumsum(size)])
    later = running[last] - running[1:]
    return int((size * later).sum() + (size * (size - 1)).sum() // 2)


def by_dates(abnormal: AbnormalReturns, windows: Sequence[Window]) -> dict[Window, float]:
    """Return the mean correlation of CARs as far as they share days, estimated from sums.

    Exact for episodes of one date that have the same estimation days; else each residual is
    standardised over all days of its episode, and a pair weighs by the days that it shares.

    Parameters
    ----------
    abnormal : AbnormalReturns
        N episodes, complete over the windows; those of one asset share no day of a window.
    windows : sequence of (int, int)
        CAR windows.
    """
    totals = totals_by_day(abnormal, "every date", _each_date, least=1)
    days, n = totals.group, len(abnormal.position)
    place = np.searchsorted(days, abnormal.day0_numbers)
    assets = _assets(abnormal, place, len(days))
    held = [_held(abnormal, window, place, len(days)) for window in windows]
    reach = max(_reach(abnormal, window) for window in windows)
    sums = np.zeros(len(windows))
    for one, day in enumerate(days.tolist()):
        last = int(np.searchsorted(days, day + reach, side="right"))
        for other in range(one, last):
            apart = int(days[other]) - day
            common = int((assets[one] & assets[other]).sum()) if apart else 0
            shared = np.array([_shared(table, one, other, apart) for table in held])
            sums += totals.between(one, other, common) * shared
    lengths = np.array([length(window) for window in windows])
    means = 2 * sums / lengths / (n * (n - 1))
    return dict(zip(windows, means.tolist(), strict=True))


def _each_date(study: AbnormalReturns) -> Grouped:
    day0 = study.day0_numbers
    return day0, day0


def _window_days(abnormal: AbnormalReturns, window: Window) -> Ints:
    """Days of a window after day 0, shape (episodes, days): calendar days."""

    def made() -> Ints:
        parts = [
            block.dates[:, block.columns(window)].astype("datetime64[D]").astype(np.intp)
            - block.day0_numbers[:, None]
            for block in abnormal.blocks()
        ]
        return np.concatenate(parts).astype(np.int32)

    return abnormal.once(("days of a window", window), made)


def _reach(abnormal: AbnormalReturns, window: Window) -> int:
    """Calendar days by which two days 0 may differ and still share a day."""
    days = _window_days(abnormal, window)
    return int(days[:, -1].max() - days[:, 0].min())


def _held(abnormal: AbnormalReturns, window: Window, place: Ints, dates: int) -> Array:
    """How many episodes of each date hold each day, counted from the earliest one before day 0."""
    days = _window_days(abnormal, window)
    first = int(days.min())
    width = int(days.max()) - first + 1
    cells = place[:, None] * width + days - first
    return np.bincount(cells.ravel(), minlength=dates * width).reshape(dates, width).astype(float)


def _assets(abnormal: AbnormalReturns, place: Ints, dates: int) -> Mask:
    """Which assets have an episode on each date, shape (dates, assets)."""
    codes = np.unique(abnormal.asset_codes, return_inverse=True)[1]
    there = np.zeros((dates, int(codes.max()) + 1), dtype=bool)
    there[place, codes] = True
    return there


def _shared(held: Array, one: int, other: int, apart: int) -> float:
    """Days that pairs of episodes of two dates, or of one, share, added up over the pairs."""
    if not apart:
        return float((held[one] * (held[one] - 1)).sum()) / 2
    return float(held[one, apart:] @ held[other, : max(held.shape[1] - apart, 0)])
