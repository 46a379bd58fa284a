"""Nights and breaks: from the last trade before a statement to a price after the next opening."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from eventstudy.arrays import Array, Dates, Ints, Mask
from eventstudy.bars.clocks import SECONDS, local_seconds
from eventstudy.minutes.lookup import DECAY, LEAVES, ROLLS, UNTRADED, WARM, Lookup
from eventstudy.minutes.ranks import Ranked, rank_move, share_as_large
from eventstudy.minutes.settings import MinuteOptions
from eventstudy.minutes.statements import Stamped, Statement
from eventstudy.minutes.windows import NO_BARS, PENDING, clock_of, same_clock

SINCE = "since the evening"
Against = tuple[Stamped, MinuteOptions]
"""What ordinary nights must be free of, and how they are compared."""


@dataclass(frozen=True, eq=False)
class Gaps:
    """Moves across time without trading, one for each day, ascending.

    Parameters
    ----------
    session : ndarray of datetime64[D], shape (gaps,)
        Trading day in which each ends.
    first, last : ndarray of int, shape (gaps,)
        Positions of the bars of both prices.
    start, end : ndarray of int, shape (gaps,)
        When the first price was known, and the moment of the last; seconds since 1970 UTC.
    nights : ndarray of int, shape (gaps,)
        Nights between them, at least 1.
    move : ndarray of float, shape (gaps,)
        ln P(end) - ln P(start); NaN where a price is missing.
    """

    session: Dates
    first: Ints
    last: Ints
    start: Ints
    end: Ints
    nights: Ints
    move: Array

    def expected(self) -> Array:
        """Return the volatility expected of each: EWMA of squared moves a night, before it."""
        per_night = self.move**2 / self.nights
        expected = np.full(len(per_night), np.nan)
        mean, weight, seen = 0.0, 0.0, 0
        for place, value in enumerate(per_night.tolist()):
            if seen >= WARM and mean > 0:
                expected[place] = np.sqrt(mean / weight * self.nights[place])
            if value == value:
                mean, weight, seen = DECAY * mean + value, DECAY * weight + 1, seen + 1
        return expected


@dataclass(frozen=True, eq=False)
class Gap:
    """What was measured of a statement across time without trading.

    Parameters
    ----------
    event_id, asset : str
        The observation.
    kind : {"overnight", "break", "since the evening"}
        What the move spans.
    reason : str
        Why it is not measured; empty when it is.
    pending : bool
        Whether bars that are still to come will have it measured.
    start, end : int
        When its prices were taken, seconds since 1970 UTC.
    prices : (float, float)
        Both prices.
    move : float
        Log return between them.
    nights : int
        Nights between them.
    ranked : Ranked or None
        The move among other days, each scaled by √nights and the volatility before it.
    p_like : float
        Its rank among moves over as many nights, unscaled.
    n_like : int
        How many there are.
    cure : str
        What would have it measured, where that is known.
    """

    event_id: str
    asset: str
    kind: str
    reason: str = ""
    pending: bool = False
    start: int = 0
    end: int = 0
    prices: tuple[float, float] = (np.nan, np.nan)
    move: float = np.nan
    nights: int = 0
    ranked: Ranked | None = None
    p_like: float = np.nan
    n_like: int = 0
    cure: str = ""


def openings(lookup: Lookup, minutes: int, kind: str = "overnight", name: str = "") -> Gaps:
    """Return all nights (or breaks before a part) of a series.

    Parameters
    ----------
    lookup : Lookup
        The bars.
    minutes : int
        Minutes after the opening at which the price is taken.
    kind : {"overnight", "break"}
        Gaps between trading days, or inside one.
    name : str
        Part of the session that opens; empty = any.
    """
    trading = lookup.trading
    parts = np.arange(1, len(trading.start))
    night = trading.session[parts] != trading.session[parts - 1]
    paused = lookup.run[parts] != lookup.run[parts - 1]
    parts = parts[paused & (night == (kind == "overnight"))]
    if name:
        parts = parts[trading.name[parts] == name]
    return _gaps(lookup, parts, trading.start[parts], opened(lookup, parts, minutes))


def opened(lookup: Lookup, parts: Ints, minutes: int) -> Ints:
    """Return the end of the first bar that ends some minutes after parts of trading open."""
    start = lookup.trading.start[parts]
    return lookup.snapped(start, start + minutes * 60)[1]


def since_evening(lookup: Lookup, end: Ints) -> Gaps:
    """Return moves from the last trade of the trading day before to moments of trading."""
    trading = lookup.trading
    part = trading.at(end)
    inside = part >= 0
    part, end = part[inside], end[inside]
    opening = np.searchsorted(trading.session, trading.session[part], side="left")
    return _gaps(lookup, part, trading.start[opening], end)


def _gaps(lookup: Lookup, part: Ints, opening: Ints, end: Ints) -> Gaps:
    """Return moves from the last bar of trading before openings to moments in parts."""
    bars = lookup.bars
    traded = np.flatnonzero(lookup.part >= 0)
    place = np.searchsorted(bars.end[traded], opening, side="right") - 1
    known = (place >= 0) & (opening <= bars.end[-1])
    first = traded[np.maximum(place, 0)]
    last, good = lookup.at(end, part)
    last = np.maximum(last, 0)
    valid = known & good & ~lookup.rolled(first, last)
    part, first, last, end = part[known], first[known], last[known], end[known]
    start = bars.end[first]
    zone = bars.zone
    nights = (
        local_seconds(end, zone) // SECONDS["d"] - local_seconds(start - 1, zone) // SECONDS["d"]
    )
    move = np.where(valid[known], lookup.log_close[last] - lookup.log_close[first], np.nan)
    session = lookup.trading.session[part]
    return Gaps(session, first, last, start, end, np.maximum(nights, 1), move)


def measure_gap(
    lookup: Lookup, asset: str, statement: Statement, after: int, against: Against
) -> Gap | None:
    """Measure a statement that fell between parts of trading, or is known from above alone.

    Parameters
    ----------
    lookup : Lookup
        Bars of the asset.
    asset : str
        Its name.
    statement : Statement
        The statement.
    after : int
        Minutes after the latest minute of a statement that is known from above alone.
    stamped : Stamped
        Statements that bar other nights.
    options : MinuteOptions
        Ordinary days, and minutes after the opening.

    Returns
    -------
    Gap or None
        None when it fell into trading, or its day is all that is known.
    """
    trading, opening = lookup.trading, against[1].opening
    ends = np.array([statement.first, statement.last])
    inside = trading.at(ends) >= 0
    if statement.kind == "day" or not len(trading.start):
        return None
    if inside[1] and (statement.kind == SINCE or _of_the_night(lookup, statement)):
        return _since(lookup, Gap(statement.event_id, asset, SINCE), statement, after, against)
    following = int(np.searchsorted(trading.start, statement.last, side="right"))
    before = statement.kind == SINCE or (
        not inside[0]
        and int(np.searchsorted(trading.start, statement.first, side="right")) == following
    )
    if inside[1] or not before:
        return None
    late = following == len(trading.start) or trading.start[following] > lookup.bars.end[-1]
    if late or following == 0:
        after_all = late and clock_of(lookup, statement.last) > clock_of(
            lookup, int(lookup.bars.end[-1]) - 1
        )
        if statement.kind != SINCE and (after_all or not late):
            return None  # its windows say so
        spans = SINCE if statement.kind == SINCE else "overnight"
        reason = PENDING if late else NO_BARS
        return Gap(statement.event_id, asset, spans, reason, pending=late)
    same_day = trading.session[following] == trading.session[following - 1]
    kind = "break" if same_day else "overnight"
    name = str(trading.name[following]) if same_day else ""
    gaps = openings(lookup, opening, kind, name)
    moment = int(opened(lookup, np.array([following]), opening)[0])
    return _ranked(lookup, Gap(statement.event_id, asset, kind), gaps, moment, against)


def _of_the_night(lookup: Lookup, statement: Statement) -> bool:
    """Whether a statement may have been made from the night before on, but not before it.

    Its bounds then lie in the night and in the trading day after: the price before the first is
    the last one of the evening.
    """
    trading = lookup.trading
    part = int(trading.at(np.array([statement.last]))[0])
    opening = int(np.searchsorted(trading.session, trading.session[part], side="left"))
    before = int(trading.end[opening - 1]) if opening else 0
    return before <= statement.first < int(trading.start[opening])


def _since(lookup: Lookup, gap: Gap, statement: Statement, after: int, against: Against) -> Gap:
    """Measure from the last trade of the evening before to some minutes after a statement."""
    trading = lookup.trading
    asked = statement.last + after * 60
    moment = int(lookup.snapped(np.array([asked]), np.array([asked]))[1][0])
    part = int(trading.at(np.array([statement.last]))[0])
    closes = int(lookup.bounds[1][part])
    if moment > closes:
        most = (closes - statement.last) // 60
        cure = f"Write after = {most} or less, or measure it by the day."
        return replace(gap, reason=LEAVES, cure=cure)
    if moment > lookup.bars.end[-1]:
        return replace(gap, reason=PENDING, pending=True)
    ends = same_clock(lookup, moment, clock_of(lookup, statement.last), lookup.days)
    gaps = since_evening(lookup, ends)
    return _ranked(lookup, gap, gaps, moment, against)


def _ranked(lookup: Lookup, gap: Gap, gaps: Gaps, moment: int, against: Against) -> Gap:
    """Rank the move that ends at a moment among the others."""
    stamped, options = against
    place = np.flatnonzero(gaps.end == moment)
    if not len(place) or not np.isfinite(gaps.move[place[0]]):
        return replace(gap, reason=_no_move(lookup, gaps, place))
    here = int(place[0])
    others = stamped.short(24 * 3600, gap.event_id)
    free = others.meets(gaps.start, gaps.end, 0, 0) == 0
    ranked, like, n_like = rank_gap(gaps, here, free, options)
    prices = lookup.bars.close[gaps.first[here]], lookup.bars.close[gaps.last[here]]
    return replace(
        gap,
        start=int(gaps.start[here]),
        end=moment,
        prices=(float(prices[0]), float(prices[1])),
        move=float(gaps.move[here]),
        nights=int(gaps.nights[here]),
        ranked=ranked,
        p_like=like,
        n_like=n_like,
    )


def _no_move(lookup: Lookup, gaps: Gaps, place: Ints) -> str:
    """Return why a night or a break has no move."""
    if not len(place):
        return NO_BARS
    here = int(place[0])
    rolled = lookup.rolled(gaps.first[here : here + 1], gaps.last[here : here + 1])
    return ROLLS if rolled[0] else UNTRADED


def rank_gap(
    gaps: Gaps, place: int, free: Mask, options: MinuteOptions
) -> tuple[Ranked, float, int]:
    """Rank one move among the nearest others.

    Parameters
    ----------
    gaps : Gaps
        All of them.
    place : int
        The one.
    free : ndarray of bool, shape (gaps,)
        Which no other statement bars.
    options : MinuteOptions
        How many, and on which side.

    Returns
    -------
    Ranked
        Its unscaled rank is among all of them; the scaled one, among those that no statement
        bars, divides by the volatility expected of as many nights.
    float, int
        The unscaled rank among moves over as many nights, and how many there are.
    """
    usable = np.isfinite(gaps.move)
    usable[place] = False
    if options.days == "before":
        usable[place:] = False
    places = np.flatnonzero(usable)
    near = places[np.argsort(np.abs(places - place), kind="stable")[: options.ordinary]]
    expected = np.where(free, gaps.expected(), np.nan)
    expected[place] = gaps.expected()[place]
    move = float(gaps.move[place])
    sigma = float(expected[place])
    ranked = rank_move(move, sigma, gaps.move[near], expected[near], options.confidence)
    like = near[gaps.nights[near] == gaps.nights[place]]
    return ranked, share_as_large(abs(move), np.abs(gaps.move[like])), len(like)
