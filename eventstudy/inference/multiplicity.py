"""p-values of many hypotheses at once: Holm, Benjamini-Hochberg, Romano-Wolf."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.abnormal.placebo_days import PlaceboDays
from eventstudy.arrays import Array, Ints
from eventstudy.inference.placebo import (
    ENOUGH,
    FEWEST_PLACES,
    SEED,
    scaled_by_date,
    scaled_z,
    separate_places,
)
from eventstudy.inference.ranks import p_of_rank
from eventstudy.inference.timeline import Timeline, blocks, timeline
from eventstudy.settings import Window, length

DRAWS = 4_999


def holm(p: Array) -> Array:
    """Adjust p-values for the chance of any false rejection (Holm 1979).

    Parameters
    ----------
    p : ndarray, shape (m,)
        Raw p-values; NaN stays and does not count.

    Returns
    -------
    ndarray, shape (m,)
    """

    def adjust(ordered: Array) -> Array:
        largest: Array = np.maximum.accumulate(ordered * np.arange(len(ordered), 0, -1.0))
        return largest

    return _stepwise(p, adjust)


def benjamini_hochberg(p: Array) -> Array:
    """Adjust p-values for the share of false rejections (Benjamini and Hochberg 1995).

    Parameters
    ----------
    p : ndarray, shape (m,)
        Raw p-values; NaN stays and does not count.

    Returns
    -------
    ndarray, shape (m,)
    """

    def adjust(ordered: Array) -> Array:
        m = len(ordered)
        scaled = ordered * m / np.arange(1, m + 1)
        smallest: Array = np.minimum.accumulate(scaled[::-1])[::-1]
        return smallest

    return _stepwise(p, adjust)


def _stepwise(p: Array, adjust: Callable[[Array], Array]) -> Array:
    p = np.asarray(p, dtype=float)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    adjusted = np.full(len(p), np.nan)
    adjusted[order] = np.minimum(adjust(p[order]), 1.0)
    return adjusted


def romano_wolf(statistics: Array, resampled: Iterable[Array]) -> Array:
    """Adjust for the chance of any false rejection, with the dependence of the statistics.

    Step-down maxima: p_(s) = max(p_(s-1), (1 + #{max_{r ≥ s} |t*_r| ≥ |t_(s)|})/(B + 1))
    (Romano and Wolf 2005, 2016).

    Parameters
    ----------
    statistics : ndarray, shape (m,)
        Statistics; large absolute values speak against their null.
    resampled : iterable of ndarray, shape (draws, m)
        The same under the null, resampled jointly, B draws in blocks of any size: a thousand events
        on 5,000 other dates are too many to be held at once. NaN = none of this one in this draw.

    Returns
    -------
    ndarray, shape (m,)
    """
    size = np.abs(np.asarray(statistics, dtype=float))
    order = np.argsort(-size, kind="stable")
    larger, draws = np.zeros(len(size), dtype=int), 0
    for block in resampled:
        drawn = np.nan_to_num(np.abs(block)[:, order], nan=-np.inf)
        largest = np.maximum.accumulate(drawn[:, ::-1], axis=1)[:, ::-1]
        larger += (largest >= size[order] * (1 - 1e-12)).sum(axis=0)
        draws += len(block)
    raw = p_of_rank(larger, draws)
    adjusted = np.empty(len(size))
    adjusted[order] = np.maximum.accumulate(raw)
    return adjusted


@dataclass(frozen=True)
class Resampled:
    """Scaled CARs of a family of cells on other dates.

    Parameters
    ----------
    z : iterable of ndarray, shape (draws, cells)
        Blocks of draws, to be gone through once; cells in the order of windows, then episodes.
    smallest : float
        The smallest p that they can give.
    how : str
        How they were made, in words.
    """

    z: Iterable[Array]
    smallest: float
    how: str


def resample(
    abnormal: AbnormalReturns, windows: Sequence[Window], history: PlaceboDays
) -> Resampled | None:
    """Put a family of episodes on other dates, all assets and windows together.

    The whole calendar is shifted over the ordinary days of the series, which keeps every
    dependence. Where the series holds it at fewer than 19 separate places, the dates are
    dealt out anew among themselves and the ordinary days instead (Fisher 1935), for all
    assets the same; near dates are then taken to be exchangeable. A date is dealt its own
    day, or another event's, with probability G/(G + n): no p can be below that, and a
    longer series is the only cure.

    Parameters
    ----------
    abnormal : AbnormalReturns
        Episodes.
    windows : sequence of (int, int)
        CAR windows of the family.
    history : PlaceboDays
        The series behind the study.

    Returns
    -------
    Resampled or None
        None when the series has no ordinary day for all assets.
    """
    dates = timeline(abnormal.assets, abnormal.day0, history.data)
    tables = [scaled_by_date(dates, window, history) for window in windows]
    moves, span = dates.moves, dates.span(max(length(window) for window in windows))
    if separate_places(moves, span) >= FEWEST_PLACES:
        shares = [np.isfinite(z).mean(axis=1) for z in _shifted(dates, tables, moves)]
        moves = moves[np.concatenate(shares) >= ENOUGH]
        separate = separate_places(moves, span)
        if separate >= FEWEST_PLACES:
            how = f"the whole calendar at {len(moves)} other places, {separate} of them separate"
            return Resampled(_shifted(dates, tables, moves), 1 / (separate + 1), how)
    return _permuted(abnormal, windows, dates, tables)


def _shifted(dates: Timeline, tables: Sequence[Array], moves: Ints) -> Iterator[Array]:
    """Yield the cells of a calendar at other places, a block of places at a time."""
    for block in blocks(len(moves), len(tables) * len(dates.columns)):
        yield dates.take(tables, dates.columns + moves[block, None])


def _permuted(
    abnormal: AbnormalReturns, windows: Sequence[Window], dates: Timeline, tables: Sequence[Array]
) -> Resampled | None:
    """Deal the dates out anew among themselves and the ordinary days of all assets."""
    # A table holds the scaled CAR of each asset (row) on each date (column), NaN where the day is
    # not ordinary. The event days are filled in, under every date that leads to one of them; then
    # "anew among themselves and the ordinary days" is: draw columns from those that are known in
    # all tables of all assets, none twice in a draw, one for each distinct event date (`date_of`
    # gives the episodes of one date the same), and read the episodes' values there.
    episode_of = _episodes_by_date(dates)
    asset, date = np.nonzero(episode_of >= 0)
    for window, table in zip(windows, tables, strict=True):
        table[asset, date] = scaled_z(abnormal, window)[episode_of[asset, date]]
    days, date_of = np.unique(dates.columns, return_inverse=True)
    ordinary = np.isfinite(tables).all(axis=(0, 1)) & dates.exact.all(axis=0)
    pool = np.union1d(np.flatnonzero(ordinary), days)
    if len(pool) == len(days):
        return None
    smallest = max(len(days) / len(pool), 1 / (DRAWS + 1))
    how = (
        f"the {len(days)} dates dealt out anew among themselves and {len(pool) - len(days)} "
        f"ordinary days, {DRAWS:,} times"
    )
    cells = len(tables) * len(date_of)
    z = (dates.take(tables, drawn[:, date_of]) for drawn in _dealt(pool, days, cells))
    return Resampled(z, smallest, how)


def _episodes_by_date(dates: Timeline) -> Ints:
    """Return the episode to which a date leads on each asset, -1 = none, shape (assets, dates)."""
    episodes = np.full(dates.day0.shape, -1)
    event_days = dates.day0[dates.asset, dates.columns]
    for row, data in enumerate(dates.data):
        of_asset = np.flatnonzero(dates.asset == row)
        episode = np.full(len(data.calendar.sessions) + 1, -1)  # no day 0 is -1, the last of them
        episode[event_days[of_asset]] = of_asset
        episodes[row] = episode[dates.day0[row]]
    return episodes


def _dealt(pool: Ints, days: Ints, cells: int) -> Iterator[Ints]:
    """Yield a day of the pool for each date, none twice in a draw, in blocks of draws."""
    rng = np.random.default_rng(SEED)
    for block in blocks(DRAWS, cells):
        draws = range(block.start, block.stop)
        yield pool[np.stack([rng.permutation(len(pool))[: len(days)] for _ in draws])]


def family_z(abnormal: AbnormalReturns, windows: Sequence[Window]) -> Array:
    """Scaled CARs of a family in the order of `Resampled.z`, shape (cells,)."""
    return np.concatenate([scaled_z(abnormal, window) for window in windows])
