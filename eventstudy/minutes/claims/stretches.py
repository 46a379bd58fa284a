"""Claims in time: the minutes of a session in which a claimed move was true."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from eventstudy.minutes.claims.levels import Level

if TYPE_CHECKING:
    import datetime as dt

    from eventstudy.arrays import Array, Ints, Mask
    from eventstudy.events.cells import Claim
    from eventstudy.minutes.lookup import Lookup

COARSE = 30 * 60
"""Seconds of a bar beyond which bars give bounds, not minutes."""
How = Literal["closes", "crossing", "bar", "bounds"]
NO_SESSION = "no bars of that session"


@dataclass(frozen=True)
class Stretch:
    """A stretch of a session in which a claimed move was true.

    Parameters
    ----------
    first, last : int
        Where it begins and ends, seconds since 1970 UTC.
    how : {"closes", "crossing", "bar", "bounds"}
        Whether it is from the first to the last of successive closes at which the move was that;
        lies between two closes, one on either side of it, and is where the straight line between
        them is as near as the error (whole minutes, outwards); is a bar whose low and high hold
        it, and no closes do; or is a bar so long that its low and high are bounds alone.
    """

    first: int
    last: int
    how: How


@dataclass(frozen=True, eq=False)
class TimedClaim:
    """A claimed move on one series, against one level.

    Parameters
    ----------
    event_id : str
        Whose claim.
    claim : Claim
        The claim.
    series : str
        Name of the bars.
    kind : {"observed", "proxy", "implied"}
        What they are.
    level : Level
        What the move is counted from.
    error : float
        Standard error of the moves where they are not observed, as a fraction.
    minutes : float
        Length of a bar.
    low, high, closed : float
        Least, largest and last simple return of the session from the level, as fractions.
    stretches : tuple of Stretch
        When the claim was true, ascending.
    exact : bool
        Whether that is known in minutes; otherwise the stretches are bounds.
    reason : str
        Why nothing can be said; empty when something can.
    """

    event_id: str
    claim: Claim
    series: str
    kind: str
    level: Level
    error: float
    minutes: float
    low: float = np.nan
    high: float = np.nan
    closed: float = np.nan
    stretches: tuple[Stretch, ...] = field(default_factory=tuple)
    exact: bool = False
    reason: str = ""


@dataclass(frozen=True, eq=False)
class SessionPath:
    """Prices of a session, by bar, with what is known of each.

    Parameters
    ----------
    begin, end : ndarray of int, shape (bars,)
        Seconds since 1970 UTC.
    close, low, high : ndarray of float, shape (bars,)
        Prices; low and high are NaN where the source has none.
    error : ndarray of float, shape (bars,)
        Standard error of each close; 0 where it was observed.
    between : float
        Standard error between closes.
    joined : ndarray of bool, shape (bars,)
        Whether a bar follows the one before without a gap, in the same part.
    length : int
        Seconds of a bar.
    """

    begin: Ints
    end: Ints
    close: Array
    low: Array
    high: Array
    error: Array
    between: float
    joined: Mask
    length: int

    @property
    def range(self) -> tuple[float, float]:
        """Lowest and highest price."""
        prices = np.concatenate([self.close, self.low, self.high])
        return float(np.nanmin(prices)), float(np.nanmax(prices))

    def since(self, moment: int) -> SessionPath:
        """Return the bars that end after a moment."""
        keep = self.end > moment
        by_bar = ("begin", "end", "close", "low", "high", "error", "joined")
        kept = {name: getattr(self, name)[keep] for name in by_bar}
        kept["joined"][:1] = False
        return replace(self, **kept)


def session_path(
    lookup: Lookup, session: dt.date, observed: Lookup | None = None
) -> SessionPath | None:
    """Return the bars of a trading day; None when there are none.

    Parameters
    ----------
    lookup : Lookup
        The bars.
    session : date
        The trading day.
    observed : Lookup, optional
        Bars of the asset that a proxy stands for: where one ends, its close is the price.
    """
    bars = lookup.bars
    inside = np.flatnonzero(lookup.part >= 0)
    of_day = lookup.trading.session[lookup.part[inside]] == np.datetime64(session, "D")
    places = inside[of_day]
    if not len(places):
        return None
    end, close = bars.end[places], bars.close[places].copy()
    error = np.full(len(places), bars.standing.error)
    if observed is not None:
        _, here, there = np.intersect1d(end, observed.bars.end, return_indices=True)
        close[here], error[here] = observed.bars.close[there], 0.0
    begin, part = bars.begin[places], lookup.part[places]
    joined = np.r_[False, (begin[1:] <= end[:-1]) & (part[1:] == part[:-1])]
    none = np.full(len(places), np.nan)
    low = none if bars.low is None else bars.low[places]
    high = none if bars.high is None else bars.high[places]
    return SessionPath(
        begin, end, close, low, high, error, bars.standing.error, joined, bars.length
    )


def stretches_of(path: SessionPath, level: float, claim: Claim) -> tuple[Stretch, ...]:
    """Return when a claimed move was true.

    A move agrees where it rounds to the claim; where it was not observed, where it is as near as
    the standard error, half a unit of the claim's last digit beside it (root of the sum of
    squares).

    Parameters
    ----------
    path : SessionPath
        Prices of the session.
    level : float
        Price that the move is counted from.
    claim : Claim
        The claim.
    """
    apart = path.close / level - 1 - claim.change
    near = np.hypot(claim.rounding, path.error)
    if path.length > COARSE:
        every = np.ones(len(near), dtype=bool)
        return tuple(_holding(path, level, claim.change, near, every, "bounds"))
    agrees = np.abs(apart) <= near
    before = np.r_[False, agrees[:-1]] & path.joined
    passed = path.joined & ~agrees & ~before & (np.r_[0.0, apart[:-1]] * apart < 0)
    stretches = [*_closes(path, agrees), *_crossings(path, apart, passed, claim)]
    rest = ~(agrees | before | passed)
    stretches += _holding(path, level, claim.change, claim.rounding, rest, "bar")
    return tuple(sorted(stretches, key=lambda one: (one.first, one.last)))


def _closes(path: SessionPath, agrees: Mask) -> list[Stretch]:
    """Return runs of successive closes that agree."""
    places = np.flatnonzero(agrees)
    if not len(places):
        return []
    breaks = np.flatnonzero((np.diff(places) > 1) | ~path.joined[places[1:]]) + 1
    runs = np.split(places, breaks)
    return [Stretch(int(path.end[run[0]]), int(path.end[run[-1]]), "closes") for run in runs]


def _crossings(path: SessionPath, apart: Array, passed: Mask, claim: Claim) -> list[Stretch]:
    """Return where the price passed the claim between two closes that do not agree."""
    near, stretches = float(np.hypot(claim.rounding, path.between)), []
    for place in np.flatnonzero(passed).tolist():
        before, after = abs(float(apart[place - 1])), abs(float(apart[place]))
        start, width = int(path.end[place - 1]), before + after
        span = int(path.end[place]) - start
        first = start + span * max(before - near, 0.0) / width
        last = start + span * min((before + near) / width, 1.0)
        stretches.append(Stretch(int(first // 60) * 60, int(-(-last // 60)) * 60, "crossing"))
    return stretches


def _holding(
    path: SessionPath, level: float, change: float, near: Array | float, rest: Mask, how: How
) -> list[Stretch]:
    """Return bars whose low and high, or closes where there are none, hold a change of a level."""
    low, high = (price / level - 1 for price in _ranges(path))
    holds = (low - near <= change) & (change <= high + near)
    places = np.flatnonzero(holds & rest).tolist()
    return [Stretch(int(path.begin[at]), int(path.end[at]), how) for at in places]


def _ranges(path: SessionPath) -> tuple[Array, Array]:
    """Return the lows and highs of bars; where there are none, of both closes around a bar."""
    before = np.where(path.joined, np.r_[np.nan, path.close[:-1]], path.close)
    low = np.where(np.isfinite(path.low), path.low, np.minimum(before, path.close))
    high = np.where(np.isfinite(path.high), path.high, np.maximum(before, path.close))
    return low, high
