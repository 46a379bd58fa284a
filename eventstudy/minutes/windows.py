"""One statement on one asset in one window, and the same clock window on ordinary days."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from eventstudy.arrays import Array, Dates, Ints, Mask
from eventstudy.bars.clocks import SECONDS, local_seconds, utc_seconds
from eventstudy.minutes.lookup import COARSE, LEAVES, ROLLS, UNTRADED, Lookup, Spans
from eventstudy.minutes.settings import MinuteOptions, Span
from eventstudy.minutes.statements import Stamped, Statement

Moments = tuple[int, int]
"""Two moments, in seconds since 1970 UTC."""
NO_BARS = "no bars on that day"
PENDING = "bars end before the window does"
BY_DAY = "the minute is not known: by the day only"
NARROW = 3
"""Bars that a window must hold when its edges are no bar ends."""
_LOOKED_AT = 3
"""Days looked at first, for each ordinary day that is wanted."""


@dataclass(frozen=True, eq=False)
class Ordinary:
    """The same clock window on ordinary days, the latest last.

    Parameters
    ----------
    days : ndarray of datetime64[D], shape (n,)
        Their dates.
    spans : Spans
        Where the prices of each were taken.
    move, sigma, variance, volume, share : ndarray of float, shape (n,)
        Log return, volatility expected of the day on its eve (NaN while it is not known),
        realised variance, volume, and the part of the day's realised variance.
    barred : int
        Days that another statement barred.
    """

    days: Dates
    spans: Spans
    move: Array
    sigma: Array
    variance: Array
    volume: Array
    share: Array
    barred: int = 0


@dataclass(frozen=True, eq=False)
class Window:
    """What was measured of a statement on an asset in a window.

    Parameters
    ----------
    event_id, asset : str
        The observation.
    span : (int, int)
        Minutes before and after.
    kind : str
        As in `Statement`, or "overnight".
    reason, cure : str
        Why it is not measured, and what would have it measured; empty when it is.
    pending : bool
        Whether bars that are still to come will have it measured.
    asked, measured : (int, int)
        The window as it was asked for, and with its edges moved to ends of bars; seconds.
    prices, ages : (float, float)
        Both prices, and the seconds that they were old.
    move, sigma, variance, volume, share : float
        As in `Ordinary`.
    ordinary : Ordinary or None
        The same on ordinary days.
    overlaps : tuple of str
        Other statements of the same date that are closer than the window is long.
    """

    event_id: str
    asset: str
    span: Span
    kind: str
    reason: str = ""
    cure: str = ""
    pending: bool = False
    asked: tuple[int, int] = (0, 0)
    measured: tuple[int, int] = (0, 0)
    prices: tuple[float, float] = (np.nan, np.nan)
    ages: tuple[float, float] = (np.nan, np.nan)
    move: float = np.nan
    sigma: float = np.nan
    variance: float = np.nan
    volume: float = np.nan
    share: float = np.nan
    ordinary: Ordinary | None = None
    overlaps: tuple[str, ...] = field(default_factory=tuple)


def clock_of(lookup: Lookup, moment: int) -> int:
    """Return the date, as a number of days, that the market's clock shows at a moment."""
    return int(local_seconds(np.array([moment]), lookup.bars.zone)[0]) // SECONDS["d"]


def same_clock(lookup: Lookup, moment: int, day: int, days: Dates) -> Ints:
    """Return the moments at which the market's clock shows the same on other days.

    Parameters
    ----------
    lookup : Lookup
        The bars.
    moment : int
        Seconds since 1970 UTC.
    day : int
        The date to which the moment belongs, as a number of days; it may be on the next one.
    days : ndarray of datetime64[D]
        The other dates.
    """
    zone = lookup.bars.zone
    clock = int(local_seconds(np.array([moment]), zone)[0]) - day * SECONDS["d"]
    return utc_seconds(days, clock, zone)


def measure_window(
    lookup: Lookup,
    asset: str,
    statement: Statement,
    span: Span,
    stamped: Stamped,
    options: MinuteOptions,
) -> Window:
    """Measure a statement whose minute, or whose two bounds, are known.

    Parameters
    ----------
    lookup : Lookup
        Bars of the asset.
    asset : str
        Its name.
    statement : Statement
        The statement.
    span : (int, int)
        Minutes before its earliest and after its latest minute.
    stamped : Stamped
        All statements on the asset with a known time: they bar ordinary days.
    options : MinuteOptions
        How many ordinary days, and where.
    """
    before, after = span[0] * 60, span[1] * 60
    asked = statement.first - before, statement.last + after
    start, end = lookup.snapped(np.array([asked[0]]), np.array([asked[1]]))
    measured = int(start[0]), int(end[0])
    window = Window(statement.event_id, asset, span, statement.kind, asked=asked, measured=measured)
    window = replace(window, overlaps=_overlaps(statement, span, stamped))
    refused = _refused(lookup, statement, asked, measured)
    if refused is not None:
        reason, cure, pending = refused
        return replace(window, reason=reason, cure=cure, pending=pending)
    others = stamped.short(before + after, statement.event_id)
    ordinary = ordinary_days(lookup, statement.first, asked, others, span, options)
    return _priced(lookup, window, lookup.measure(start, end), ordinary)


def _priced(lookup: Lookup, window: Window, spans: Spans, ordinary: Ordinary) -> Window:
    """Return a window with what was measured of it, and of ordinary days."""
    bars, measured = lookup.bars, window.measured
    first, last = int(spans.first[0]), int(spans.last[0])
    return replace(
        window,
        prices=(float(bars.close[first]), float(bars.close[last])),
        ages=(float(measured[0] - bars.end[first]), float(measured[1] - bars.end[last])),
        move=float(lookup.returns(spans)[0]),
        sigma=float(lookup.sigma(spans.part)[0]),
        variance=float(lookup.variance(spans)[0]),
        volume=float(lookup.volume(spans)[0]),
        share=float(lookup.share(spans)[0]),
        ordinary=ordinary,
    )


def _refused(
    lookup: Lookup, statement: Statement, asked: Moments, measured: Moments
) -> tuple[str, str, bool] | None:
    """Return why a window cannot be measured, the cure, and whether it is pending."""
    bars = lookup.bars
    day, last = clock_of(lookup, statement.first), int(bars.end[-1])
    wait = "Wait for later bars, or load them."
    if day > clock_of(lookup, last - 1):
        return PENDING, wait, True
    place = int(np.searchsorted(lookup.days, np.datetime64(day, "D")))
    if place == len(lookup.days) or lookup.days[place] != np.datetime64(day, "D"):
        return NO_BARS, _of_no_bars(lookup, day), False
    reason = lookup.refusal(statement.first, statement.last, *measured)
    if reason in ("", UNTRADED) and measured[1] > last:
        return PENDING, wait, True
    if reason:
        return reason, _cure(lookup, reason, statement, asked), False
    minutes = bars.length // 60
    if measured != asked and asked[1] - asked[0] < NARROW * bars.length:
        cure = (
            f"Write a window of {NARROW * minutes} minutes or more, one whose edges are ends of "
            f"bars, or load bars shorter than {minutes} minutes."
        )
        return COARSE, cure, False
    return None


def _of_no_bars(lookup: Lookup, day: int) -> str:
    """Return what is to be done about a day without bars."""
    begun = local_seconds(lookup.trading.start, lookup.bars.zone) // SECONDS["d"]
    return "Load bars of that day, or measure it by the day." if (begun == day).any() else NIGHT


NIGHT = "Look at its row in overnight(), or measure it by the day."


def _cure(lookup: Lookup, reason: str, statement: Statement, asked: Moments) -> str:
    """Return what would have a refused window measured."""
    if reason == UNTRADED:
        if (first := _known_from(lookup, statement.first)) > asked[0]:
            minutes = (statement.first - first) // 60
            fit = f"write before = {minutes} or less" if minutes >= 0 else "measure it by the day"
            return f"The first price of this part of the session is known later than that: {fit}."
        limit = f"{lookup.stale // 60} minutes"
        return f"A price at an edge would be older than {limit}: measure it by the day."
    if reason == ROLLS:
        return (
            "Prices of two contracts are not compared: measure it by the day, or on another series."
        )
    if reason != LEAVES:
        place = lookup.trading.at(np.array([statement.first, statement.last]))
        if place[0] >= 0 > place[1]:
            return (
                "It may have been made after trading: measure it by the day, or narrow its bounds."
            )
        return NIGHT
    parts = lookup.trading
    place = parts.at(np.array([statement.first, statement.last]))
    if lookup.run[place[0]] != lookup.run[place[1]]:
        return "Its two bounds lie in different parts of the session: measure it by the day."
    opens, closes = (int(bound[place[0]]) for bound in lookup.bounds)
    before = (statement.first - opens) // 60
    after = (closes - statement.last) // 60
    wanted = (statement.first - asked[0]) // 60, (asked[1] - statement.last) // 60
    fits = []
    if before < wanted[0]:
        fits.append(f"before = {max(before - 1, 0)} or less")
    if after < wanted[1]:
        fits.append(f"after = {after} or less")
    return f"Write {' and '.join(fits)}; or look at the night, or the day."


def _known_from(lookup: Lookup, moment: int) -> int:
    """Return when the first price of the part of trading is known that holds a moment."""
    part = lookup.trading.at(np.array([moment]))[0]
    first = int(np.searchsorted(lookup.bars.end, lookup.bounds[0][part], side="right"))
    return int(lookup.bars.end[first])


def _overlaps(statement: Statement, span: Span, stamped: Stamped) -> tuple[str, ...]:
    """Return the other statements that are closer than the window is long."""
    reach = (span[0] + span[1]) * 60
    near = (stamped.first - statement.last < reach) & (statement.first - stamped.last < reach)
    return tuple(
        name
        for name, close in zip(stamped.event_ids, near.tolist(), strict=True)
        if close and name != statement.event_id
    )


def ordinary_days(
    lookup: Lookup, moment: int, asked: Moments, others: Stamped, span: Span, options: MinuteOptions
) -> Ordinary:
    """Return the same clock window on the nearest ordinary days.

    A day is barred by another statement whose window, of the same minutes, meets it.

    Parameters
    ----------
    lookup : Lookup
        Bars of the asset.
    moment : int
        The earliest minute of the statement, which tells its date.
    asked : (int, int)
        Its window, seconds since 1970 UTC.
    others : Stamped
        Statements that bar days.
    span : (int, int)
        Minutes before and after each of them.
    options : MinuteOptions
        How many days, and where.
    """
    day = clock_of(lookup, moment)
    nearest = _nearest(lookup.days, day, options)
    for count in (_LOOKED_AT * options.ordinary, len(nearest)):
        days = np.sort(nearest[:count])
        start = same_clock(lookup, asked[0], day, days)
        end = same_clock(lookup, asked[1], day, days)
        spans = lookup.measure(*lookup.snapped(start, end))
        barred = others.meets(start, end, span[0] * 60, span[1] * 60) > 0
        usable = spans.valid & ~barred
        if usable.sum() >= options.ordinary or count >= len(nearest):
            break
    chosen = _closest(days, usable, day, options.ordinary)
    kept = spans.select(chosen)
    return Ordinary(
        days[chosen],
        kept,
        lookup.returns(kept),
        lookup.sigma(kept.part),
        lookup.variance(kept),
        lookup.volume(kept),
        lookup.share(kept),
        int((spans.valid & barred).sum()),
    )


def _nearest(days: Dates, day: int, options: MinuteOptions) -> Dates:
    """Return the dates that may be ordinary, the nearest first."""
    distance = days.astype(np.int64) - day
    if options.days == "before":
        return days[distance < 0][::-1]
    order = np.argsort(np.abs(distance), kind="stable")
    return np.asarray(days[order][distance[order] != 0])


def _closest(days: Dates, usable: Mask, day: int, wanted: int) -> Ints:
    """Return the positions of the nearest usable dates, ascending."""
    places = np.flatnonzero(usable)
    distance = np.abs(days[places].astype(np.int64) - day)
    return np.sort(places[np.argsort(distance, kind="stable")[:wanted]])
