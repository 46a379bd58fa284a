"""Shares of the day: what of its move and of its variance fell before, into and after a window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eventstudy.arrays import Array, Dates, Ints
from eventstudy.minutes.lookup import AUCTION_AFTER, Lookup
from eventstudy.minutes.ranks import share_as_large

NIGHT, BEFORE, WINDOW, AFTER, REST, DAY = ("night", "before", "window", "after", "rest", "day")
PIECES = (NIGHT, BEFORE, WINDOW, AFTER, REST, DAY)


@dataclass(frozen=True, eq=False)
class Piece:
    """A piece of a day from close to close.

    Parameters
    ----------
    name : {"night", "before", "window", "after", "rest", "day"}
        From the close before to the end of the first bar of the session; from there to the window;
        the window; from it to the close; what the daily close has besides; the whole day.
    start, end : int
        Seconds since 1970 UTC; 0 for the rest.
    price : float
        Price at its end; NaN for the rest.
    move : float
        Log return.
    variance : float
        Squared log returns of the bars, moves across nights and breaks among them; NaN for the
        rest.
    """

    name: str
    start: int
    end: int
    price: float
    move: float
    variance: float


@dataclass(frozen=True, eq=False)
class Shares:
    """The pieces of one day.

    Parameters
    ----------
    session : datetime64[D]
        The trading day.
    pieces : tuple of Piece
        In the order of time; the last is the day.
    usual : ndarray of float, shape (n,)
        The window's share of the day's variance on ordinary days.
    """

    session: np.datetime64
    pieces: tuple[Piece, ...]
    usual: Array

    @property
    def day(self) -> Piece:
        """The whole day."""
        return self.pieces[-1]

    @property
    def window(self) -> Piece:
        """The window."""
        return next(piece for piece in self.pieces if piece.name == WINDOW)

    @property
    def p(self) -> float:
        """Rank of the window's share of variance among those of ordinary days."""
        return share_as_large(self.window.variance / self.day.variance, self.usual)


def closing(lookup: Lookup, session: np.datetime64) -> int:
    """Return the last bar of the main part of a day, closing auction included; -1 = none."""
    main = lookup.main_part(session)
    if main < 0:
        return -1
    closed = int(lookup.trading.end[main]) + AUCTION_AFTER
    place = int(np.searchsorted(lookup.bars.end, closed, side="right")) - 1
    return place if place >= 0 and lookup.bars.end[place] > lookup.trading.start[main] else -1


def divided(
    lookup: Lookup, session: np.datetime64, window: tuple[int, int]
) -> tuple[Piece, ...] | None:
    """Return the pieces of a trading day from close to close; None when it has no close before.

    Parameters
    ----------
    lookup : Lookup
        Bars of the asset.
    session : datetime64[D]
        The trading day.
    window : (int, int)
        Seconds since 1970 UTC.
    """
    before = lookup.sessions[lookup.sessions < session]
    first = closing(lookup, before[-1]) if len(before) else -1
    last = closing(lookup, session)
    ends = lookup.bars.end
    if first < 0 or last < 0 or window[0] < ends[first] or window[1] > ends[last]:
        return None
    opening = lookup.trading.start[lookup.main_part(session)]
    opened = int(np.searchsorted(ends, opening, side="right"))
    edges = [int(np.searchsorted(ends, at, side="right")) - 1 for at in window]
    names = [(BEFORE, first, edges[0])] if first < edges[0] else []
    if opened < edges[0]:
        names = [(NIGHT, first, opened), (BEFORE, opened, edges[0])]
    names += [(WINDOW, edges[0], edges[1])]
    names += [(AFTER, edges[1], last)] if edges[1] < last else []
    names += [(DAY, first, last)]
    return tuple(_piece(lookup, *one) for one in names)


def _piece(lookup: Lookup, name: str, first: int, last: int) -> Piece:
    """Return a piece between the closes of two bars."""
    closes, ends = lookup.log_close, lookup.bars.end
    steps = np.diff(closes[first : last + 1])
    price, move = float(lookup.bars.close[last]), float(closes[last] - closes[first])
    return Piece(name, int(ends[first]), int(ends[last]), price, move, float(steps @ steps))


def usual_shares(lookup: Lookup, days: Dates, starts: Ints, ends: Ints) -> Array:
    """Return a window's share of the variance of ordinary days; NaN where one has no close before.

    Parameters
    ----------
    lookup : Lookup
        Bars of the asset.
    days : ndarray of datetime64[D], shape (n,)
        Trading days.
    starts, ends : ndarray of int, shape (n,)
        The window on each of them, seconds since 1970 UTC.
    """
    shares = np.full(len(days), np.nan)
    for place, day in enumerate(days):
        pieces = divided(lookup, day, (int(starts[place]), int(ends[place])))
        if pieces is not None and pieces[-1].variance > 0:
            window = next(piece for piece in pieces if piece.name == WINDOW)
            shares[place] = window.variance / pieces[-1].variance
    return np.asarray(shares[np.isfinite(shares)])


def with_rest(pieces: tuple[Piece, ...], closes: tuple[float, float]) -> tuple[Piece, ...]:
    """Return pieces of a day, and what daily closes have besides.

    Parameters
    ----------
    pieces : tuple of Piece
        In the order of time; the last is the day by its bars.
    closes : (float, float)
        Daily closes of the session before and of the session.
    """
    *parts, day = pieces
    whole = float(np.log(closes[1] / closes[0]))
    rest = Piece(REST, 0, 0, np.nan, whole - day.move, np.nan)
    full = Piece(DAY, day.start, day.end, closes[1], whole, day.variance)
    return (*parts, rest, full)
