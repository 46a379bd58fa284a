"""Prices at moments: the last bar of the same part of the session that has ended by then."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from eventstudy.arrays import Array, Dates, Ints, Mask
from eventstudy.bars.bar_series import BarSeries
from eventstudy.bars.clocks import SECONDS, local_seconds
from eventstudy.bars.rolls import roll_weeks
from eventstudy.bars.sessions import Parts

OUTSIDE = "outside the session"
AUCTION = "auction or break"
LEAVES = "window leaves the session"
UNTRADED = "no trade within the limit"
COARSE = "bars too long for the window"
ROLLS = "the next contract begins inside the window"

DECAY = 0.94
"""Weight of yesterday's realised variance, as in RiskMetrics (1996)."""
AUCTION_AFTER = 15 * 60
"""Seconds after the main part in which a closing auction is still its close."""
WARM = 5
"""Sessions before a day without which no volatility is expected of it."""


@dataclass(frozen=True, eq=False)
class Spans:
    """What was measured over spans of time; invalid ones hold NaN.

    Parameters
    ----------
    start, end : ndarray of int, shape (spans,)
        Seconds since 1970 UTC at which prices were taken.
    first, last : ndarray of int, shape (spans,)
        Positions of the bars whose closes are the two prices; -1 where there is none.
    part : ndarray of int, shape (spans,)
        Part of continuous trading that the span lies in; -1 = none.
    valid : ndarray of bool, shape (spans,)
        Whether both prices are there.
    """

    start: Ints
    end: Ints
    first: Ints
    last: Ints
    part: Ints
    valid: Mask

    def select(self, chosen: Ints) -> Spans:
        """Return some of the spans."""
        return Spans(*(column[chosen] for column in vars(self).values()))


@dataclass(frozen=True, eq=False)
class Lookup:
    """The bars of one asset, ready to be asked for prices at moments.

    Parameters
    ----------
    bars : BarSeries
        The bars.
    stale : int
        Seconds that a price may be old.
    """

    bars: BarSeries
    stale: int

    @cached_property
    def trading(self) -> Parts:
        """Parts of continuous trading in which the series has bars at all."""
        parts = self.bars.parts.trading
        with_bars = np.bincount(self._part_all[self._part_all >= 0], minlength=len(parts.name)) > 0
        named = set(parts.name[with_bars])
        return parts.select(np.array([name in named for name in parts.name], dtype=bool))

    def main_part(self, session: np.datetime64) -> int:
        """Return the longest part of a trading day; -1 = none."""
        places = np.flatnonzero(self.trading.session == session)
        if not len(places):
            return -1
        lengths = self.trading.end[places] - self.trading.start[places]
        return int(places[lengths.argmax()])

    @cached_property
    def run(self) -> Ints:
        """Number of the stretch without a pause that each part of `trading` belongs to.

        Currencies trade through midnight and 17:00 New York, derivatives from the morning into
        the main session: windows may lie across what is a boundary of days or parts alone.
        """
        apart = np.r_[True, self.trading.start[1:] != self.trading.end[:-1]]
        return np.cumsum(apart[: len(self.trading.start)]) - 1

    @cached_property
    def bounds(self) -> tuple[Ints, Ints]:
        """Start and end of the stretch without a pause that each part belongs to."""
        first = np.searchsorted(self.run, self.run, side="left")
        last = np.searchsorted(self.run, self.run, side="right") - 1
        return self.trading.start[first], self.trading.end[last]

    @cached_property
    def _part_all(self) -> Ints:
        return self.bars.parts.trading.at(self.bars.end - 1)

    @cached_property
    def part(self) -> Ints:
        """Part of continuous trading in which each bar ends; -1 = none."""
        return self.trading.at(self.bars.end - 1)

    @cached_property
    def log_close(self) -> Array:
        """Logarithms of the closes."""
        return np.asarray(np.log(self.bars.close))

    @cached_property
    def _squares(self) -> Array:
        """Running sum of squared returns between bars of one part, beginning with 0."""
        steps = np.diff(self.log_close, prepend=np.nan)
        same = np.r_[False, self._same(self.part[1:], self.part[:-1])]
        same[1:] &= ~self.rolled(np.arange(len(steps) - 1), np.arange(1, len(steps)))
        return np.concatenate([[0.0], np.cumsum(np.where(same, steps, 0.0) ** 2)])

    @cached_property
    def _volumes(self) -> Array | None:
        """Running sum of volumes, beginning with 0."""
        volume = self.bars.volume
        return None if volume is None else np.concatenate([[0.0], np.cumsum(np.nan_to_num(volume))])

    @cached_property
    def _moving(self) -> Ints:
        """Running count of bars in weeks in which trade moves to the next contract."""
        return np.concatenate([[0], np.cumsum(roll_weeks(self.bars))])

    def _same(self, one: Ints, other: Ints) -> Mask:
        """Whether parts belong to one stretch without a pause; none belongs to none."""
        if not len(self.run):
            return np.zeros(len(one), dtype=bool)
        run = self.run
        same: Mask = run[np.maximum(one, 0)] == run[np.maximum(other, 0)]
        return same & (one >= 0) & (other >= 0)

    def rolled(self, first: Ints, last: Ints) -> Mask:
        """Mark pairs of bars that are of two contracts: a roll lies between their ends."""
        rolls, end = np.array(self.bars.rolls or (), dtype=np.int64), self.bars.end
        return np.searchsorted(rolls, end[last]) > np.searchsorted(rolls, end[first])

    @cached_property
    def offset(self) -> int:
        """Seconds after a whole length of a bar, on the clock, at which bars begin."""
        length = self.bars.length
        rest = self.bars.local_begin % length
        values, counts = np.unique(rest, return_counts=True)
        return int(values[counts.argmax()])

    def snapped(self, start: Ints, end: Ints) -> tuple[Ints, Ints]:
        """Return spans whose edges are ends of bars, moved outwards where they were not.

        An edge never leaves its stretch of trading by that.
        """
        length, offset, zone = self.bars.length, self.offset, self.bars.zone
        back = (local_seconds(start, zone) - offset) % length
        on = (offset - local_seconds(end, zone)) % length
        low, high = start - back, end + on
        part = self.trading.at(start)
        if len(self.trading.start):
            opens, closes = (bound[np.maximum(part, 0)] for bound in self.bounds)
            inside = (part >= 0) & (end <= closes)
            low = np.where(inside, np.maximum(low, opens), low)
            high = np.where(inside, np.minimum(high, closes), high)
        return low, high

    def at(self, moments: Ints, part: Ints) -> tuple[Ints, Mask]:
        """Return the bar whose close is the price at each moment, and whether it is one.

        Parameters
        ----------
        moments, part : ndarray of int, shape (moments,)
            Seconds since 1970 UTC, and the part of trading in whose stretch the bar must lie.
        """
        place = np.searchsorted(self.bars.end, moments, side="right") - 1
        there = np.maximum(place, 0)
        good = (place >= 0) & self._same(self.part[there], part)
        return place, good & (moments - self.bars.end[there] <= self.stale)

    def measure(self, start: Ints, end: Ints) -> Spans:
        """Take both prices of spans that lie inside one stretch of continuous trading."""
        part = self.trading.at(start)
        if len(self.trading.end):
            inside = (part >= 0) & (end <= self.bounds[1][np.maximum(part, 0)])
            part = np.where(inside, part, -1)
        first, first_good = self.at(start, part)
        last, last_good = self.at(end, part)
        rolled = self.rolled(np.maximum(first, 0), np.maximum(last, 0))
        return Spans(start, end, first, last, part, first_good & last_good & ~rolled)

    def returns(self, spans: Spans) -> Array:
        """Return ln P(end) - ln P(start) of spans; NaN where one is not valid."""
        first, last = np.maximum(spans.first, 0), np.maximum(spans.last, 0)
        moves = self.log_close[last] - self.log_close[first]
        return np.where(spans.valid, moves, np.nan)

    def variance(self, spans: Spans) -> Array:
        """Return the realised variance of spans: squared returns between their prices."""
        first, last = np.maximum(spans.first, 0), np.maximum(spans.last, 0)
        sums = self._squares[last + 1] - self._squares[first + 1]
        return np.where(spans.valid, sums, np.nan)

    def volume(self, spans: Spans) -> Array:
        """Return the volume of the bars that end inside spans; NaN where there is none.

        Volumes of the week of a roll are none: a contract that expires is left by its trade.
        """
        if self._volumes is None:
            return np.full(len(spans.start), np.nan)
        low = np.searchsorted(self.bars.end, spans.start, side="right")
        high = np.searchsorted(self.bars.end, spans.end, side="right")
        sums = self._volumes[high] - self._volumes[low]
        moving = self._moving[high] > self._moving[low]
        return np.where(spans.valid & (sums > 0) & ~moving, sums, np.nan)

    @cached_property
    def days(self) -> Dates:
        """Dates, on the clock of the market, on which a bar begins."""
        days = self.bars.local_begin // SECONDS["d"]
        return days[np.r_[True, days[1:] != days[:-1]]].astype("datetime64[D]")

    @cached_property
    def sessions(self) -> Dates:
        """Trading days with bars."""
        with_bars = np.bincount(self.part[self.part >= 0], minlength=len(self.trading.start)) > 0
        return np.unique(self.trading.session[with_bars])

    @cached_property
    def realised(self) -> Array:
        """Realised variance of each of `sessions`, over all its parts of trading."""
        squares = np.diff(self._squares)
        label = np.searchsorted(self.sessions, self.trading.session[np.maximum(self.part, 0)])
        inside = self.part >= 0
        sums = np.bincount(label[inside], squares[inside], minlength=len(self.sessions))
        return sums.astype(np.float64)

    def share(self, spans: Spans) -> Array:
        """Return the part of its day's realised variance that falls into each span.

        NaN for a day that stood still, and for the last one while its bars are still to come.
        """
        if not len(self.sessions):
            return np.full(len(spans.start), np.nan)
        place = np.searchsorted(self.sessions, self.trading.session[np.maximum(spans.part, 0)])
        place = np.minimum(place, len(self.sessions) - 1)
        whole = self.realised[place]
        known = spans.valid & (whole > 0)
        last = self.part[np.maximum(spans.last, 0)]
        known &= self.trading.session[last] == self.sessions[place]  # of one day alone
        if self._unfinished:
            known &= place < len(self.sessions) - 1
        parts: Array = np.full(len(place), np.nan)
        return np.divide(self.variance(spans), whole, out=parts, where=known)

    @cached_property
    def _unfinished(self) -> bool:
        """Whether the last trading day has parts that bars do not reach."""
        today = self.trading.session == self.sessions[-1]
        return bool(self.trading.end[today].max() - self.bars.end[-1] > self.stale)

    @cached_property
    def expected(self) -> Array:
        """Variance that each of `sessions` was expected to have on its eve; NaN at first.

        The exponentially weighted mean (.94) of realised variances of the sessions before.
        """
        expected = np.full(len(self.realised), np.nan)
        mean, weight = 0.0, 0.0
        for place, value in enumerate(self.realised.tolist()):
            if place >= WARM and mean > 0:
                expected[place] = mean / weight
            mean, weight = DECAY * mean + value, DECAY * weight + 1
        return expected

    def sigma(self, part: Ints) -> Array:
        """Return the volatility expected of the trading day of each part; NaN for none."""
        if not len(self.sessions):
            return np.full(len(part), np.nan)
        session = self.trading.session[np.maximum(part, 0)]
        place = np.minimum(np.searchsorted(self.sessions, session), len(self.sessions) - 1)
        there = (part >= 0) & (self.sessions[place] == session)
        return np.where(there, np.sqrt(self.expected[place]), np.nan)

    def refusal(self, first: int, last: int, start: int, end: int) -> str:
        """Return why a window cannot be measured; empty when it can.

        Parameters
        ----------
        first, last : int
            The earliest and the latest minute of the statement, seconds since 1970 UTC.
        start, end : int
            The window.
        """
        moments = np.array([first, last])
        parts = self.bars.parts
        part = self.trading.at(moments)
        for moment, place in zip(moments, part, strict=True):
            if place < 0:
                there = int(parts.at(np.array([moment]))[0])
                return OUTSIDE if there < 0 or parts.kind[there] == "continuous" else AUCTION
        spans = self.measure(np.array([start]), np.array([end]))
        if not self._same(part[:1], part[1:])[0] or spans.part[0] < 0:
            return LEAVES
        if spans.valid[0]:
            return ""
        return ROLLS if self.rolled(*np.maximum([spans.first, spans.last], 0))[0] else UNTRADED
