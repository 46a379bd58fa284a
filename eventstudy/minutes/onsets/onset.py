"""Which came first: the first bar of a move beyond what ordinary days show anywhere in a span."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from eventstudy.arrays import Array, Ints
from eventstudy.inference.ranks import p_of_rank
from eventstudy.minutes.lookup import LEAVES, OUTSIDE, UNTRADED, Lookup
from eventstudy.minutes.settings import MinuteOptions, Span
from eventstudy.minutes.statements import Stamped, Statement
from eventstudy.minutes.windows import NO_BARS, PENDING, clock_of, ordinary_days, same_clock

Against = tuple[Stamped, Span, MinuteOptions]
"""What ordinary days must be free of, in which window, and how they are compared."""
HOUR = 60 * 60
"""Seconds searched before a statement, and the longest move that is looked at."""
ROUNDING = 1e-12
"""By how much a level such as 1 - .95 may be missed."""


@dataclass(frozen=True, eq=False)
class Onset:
    """Where a move began that is beyond ordinary days, between two times.

    Parameters
    ----------
    event_id, asset : str
        The observation.
    start, end : int
        The span that was searched, seconds since 1970 UTC.
    bar : (int, int)
        Begin and end of the first bar of the move in which the price changed; (0, 0) when no
        onset can be told.
    seen : int
        End of the bar at which the move since then was beyond ordinary days; 0 = none.
    bar_move, move : float
        Log returns of the first bar, and from its begin to `seen`. Without an onset: of the
        move that is the largest beside ordinary days, which `largest` says.
    largest : (int, int)
        Begin and end of the largest move, in spreads of ordinary days.
    p : float
        Rank of the move among the largest moves of ordinary days anywhere in the span.
    smallest_p : float
        The least that it can be.
    n : int
        Ordinary days.
    barred : int
        Days that another statement barred.
    known : {"the statement", "the first report that we know", ""}
        What the distance is counted from; empty when its time is not known.
    lead : (float, float)
        Minutes by which the move was before that, the least and the most; negative = after.
    words : str
        The finding in a sentence.
    reason : str
        Why nothing was searched; empty when the span was.
    """

    event_id: str
    asset: str
    start: int = 0
    end: int = 0
    bar: tuple[int, int] = (0, 0)
    seen: int = 0
    bar_move: float = np.nan
    move: float = np.nan
    largest: tuple[int, int] = (0, 0)
    p: float = np.nan
    smallest_p: float = np.nan
    n: int = 0
    barred: int = 0
    known: str = ""
    lead: tuple[float, float] = (np.nan, np.nan)
    words: str = ""
    reason: str = ""

    @property
    def told(self) -> bool:
        """Whether an onset can be told."""
        return self.seen > 0


def default_span(lookup: Lookup, statement: Statement, after: int) -> tuple[int, int]:
    """Return the span that is searched when none is named, seconds since 1970 UTC.

    From an hour before the earliest minute to the end of the primary window; of a statement
    that is known from above alone the hour before it is known. As far as the part of the session
    reaches, from the end of its first bar.

    Parameters
    ----------
    lookup : Lookup
        Bars of the asset.
    statement : Statement
        The statement, whose latest minute is known.
    after : int
        Minutes of the primary window after it.
    """
    bounded = statement.first or statement.last
    start = bounded - HOUR
    end = statement.last + (after * 60 if statement.first else 0)
    trading = lookup.trading
    part = int(trading.at(np.array([bounded]))[0])
    if part < 0:
        return start, end
    first = int(trading.start[part]) + lookup.bars.length
    return max(start, min(first, bounded)), min(end, int(trading.end[part]))


def onset_of(
    lookup: Lookup, asset: str, statement: Statement, span: tuple[int, int], against: Against
) -> Onset:
    """Search a span of one part of a session for the beginning of a move.

    All moves of up to an hour inside the span, in whole bars, are divided by the volatility
    expected of the day and by the root mean square of the same clock on the other days; the day
    itself is left out of its spread, so that every day is treated alike. The largest of each
    ordinary day is what "anywhere in the span" means (maximum statistic: Westfall and Young
    1993). The first move that is beyond them is the one that ends first; it begins where it is
    largest.

    Parameters
    ----------
    lookup : Lookup
        Bars of the asset.
    asset : str
        Its name.
    statement : Statement
        The statement.
    span : (int, int)
        Where to search, seconds since 1970 UTC; moved outwards to ends of bars.
    against : (Stamped, (int, int), MinuteOptions)
        Statements that bar ordinary days, with minutes around each of them, and the options.
    """
    stamped, around, options = against
    nothing = Onset(statement.event_id, asset, *span)
    start, end = (int(one[0]) for one in lookup.snapped(*(np.array([at]) for at in span)))
    nothing = replace(nothing, start=start, end=end)
    if reason := _refused(lookup, start, end):
        return replace(nothing, reason=reason)
    others = stamped.short((around[0] + around[1]) * 60, statement.event_id)
    ordinary = ordinary_days(lookup, start, (start, end), others, around, options)
    part = int(lookup.trading.at(np.array([start]))[0])
    sigma = float(lookup.sigma(np.array([part]))[0])
    nothing = replace(nothing, barred=ordinary.barred)
    known = np.isfinite(ordinary.sigma)
    if not np.isfinite(sigma):
        return replace(nothing, reason="the volatility of the days before is not known")
    if 1 / (n := int(known.sum()) + 1) > 1 - options.confidence + ROUNDING:
        least = f"{n - 1} ordinary days are too few, the least p is {1 / n:.3f}"
        return replace(nothing, n=n - 1, smallest_p=1 / n, reason=least)
    grid = np.r_[np.arange(start, end, lookup.bars.length), end]
    days = ordinary.days[known]
    day = clock_of(lookup, start)
    clocks = np.array([same_clock(lookup, int(at), day, days) for at in grid]).T
    rows = np.vstack([clocks, grid])
    scale = np.r_[ordinary.sigma[known], sigma]
    prices = _prices(lookup, rows)
    longest = max(HOUR // lookup.bars.length, 1)
    return _searched(nothing, grid, (prices, scale), longest, options)


def _refused(lookup: Lookup, start: int, end: int) -> str:
    """Return why a span cannot be searched; empty when it can."""
    if end <= start:
        return LEAVES
    if end > lookup.bars.end[-1]:
        return PENDING
    if np.datetime64(clock_of(lookup, start), "D") not in lookup.days:
        return NO_BARS
    edges = lookup.trading.at(np.array([start, end - 1]))
    if edges.min() < 0:
        return OUTSIDE
    if edges[0] != edges[1]:
        return LEAVES
    return "" if lookup.measure(np.array([start]), np.array([end])).valid[0] else UNTRADED


def _prices(lookup: Lookup, moments: Ints) -> Array:
    """Return log prices at moments of one part each row, however old; NaN before the first."""
    place = np.searchsorted(lookup.bars.end, moments, side="right") - 1
    there = np.maximum(place, 0)
    part = lookup.trading.at(moments[:, 0])[:, None]
    return np.where((place >= 0) & (lookup.part[there] == part), lookup.log_close[there], np.nan)


def largest_moves(prices: Array, scale: Array, longest: int) -> tuple[Ints, Ints, Array]:
    """Return all moves of a span in spreads of the other days.

    Parameters
    ----------
    prices : ndarray of float, shape (days, moments)
        Log prices.
    scale : ndarray of float, shape (days,)
        Volatility expected of each day.
    longest : int
        Most bars of a move.

    Returns
    -------
    ndarray of int, ndarray of int, shape (moves,)
        Where each move begins and ends, as positions of moments.
    ndarray of float, shape (days, moves)
        Sizes: |move| over the scale of its day and the root mean square of the other days.
    """
    first, last = np.triu_indices(prices.shape[1], 1)
    short = last - first <= longest
    first, last = first[short], last[short]
    moves = (prices[:, last] - prices[:, first]) / scale[:, None]
    squares = np.nan_to_num(moves**2)
    rest = (squares.sum(axis=0) - squares) / (len(prices) - 1)
    spread = np.sqrt(np.maximum(rest, np.finfo(float).tiny))
    sizes: Array = np.nan_to_num(np.abs(moves)) / spread
    return first, last, sizes


def _searched(
    nothing: Onset, grid: Ints, days: tuple[Array, Array], longest: int, options: MinuteOptions
) -> Onset:
    """Return the onset in prices of days, the last of which is that of the statement."""
    prices, _ = days
    first, last, sizes = largest_moves(*days, longest)
    most, here = np.sort(sizes[:-1].max(axis=1)), sizes[-1]
    n = len(most)
    at_least = n - np.searchsorted(most, here, side="left")
    top = int(here.argmax())
    p = p_of_rank(int(at_least[top]), n)
    searched = replace(
        nothing,
        n=n,
        p=p,
        smallest_p=1 / (n + 1),
        move=float(prices[-1, last[top]] - prices[-1, first[top]]),
        largest=(int(grid[first[top]]), int(grid[last[top]])),
    )
    beyond = np.flatnonzero((1 + at_least) / (n + 1) <= 1 - options.confidence + ROUNDING)
    if not len(beyond):
        return searched
    ends = beyond[last[beyond] == last[beyond].min()]
    chosen = int(ends[here[ends].argmax()])
    begin, end = int(first[chosen]), int(last[chosen])
    steps = np.flatnonzero(prices[-1, begin + 1 : end + 1] != prices[-1, begin])
    step = begin + 1 + int(steps[0])
    return replace(
        searched,
        bar=(int(grid[step - 1]), int(grid[step])),
        seen=int(grid[end]),
        bar_move=float(prices[-1, step] - prices[-1, begin]),
        move=float(prices[-1, end] - prices[-1, begin]),
        p=p_of_rank(int(at_least[chosen]), n),
    )
