"""What can be wrong with one series of prices: pure functions of dates and returns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from eventstudy.arguments import told_class
from eventstudy.arrays import Array, Dates, Mask
from eventstudy.prices.quality.calendars import TradingCalendar
from eventstudy.prices.quality.spacing import far_apart
from eventstudy.prices.quality.splits import split_ratios
from eventstudy.prices.returns import closures
from eventstudy.words.numbers import noun, percent, plural

Severity = Literal["note", "warning", "error"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")

BRIDGED = 5
"""Calendar days: a longer gap is a closure, also where `max_shift` has its return used."""
SHOWN = 5
"""Dates that the text of a finding names; all of them are in `Finding.dates`."""
CHANCE = 0.01
"""A run of equal prices is reported when fewer such runs were to be expected by chance."""
SHORTEST = 3
"""Equal prices in a row that are reported at the least."""
BOUND = 10.0
"""Robust standard deviations (1.4826 MAD) from the median beyond which a return is a jump."""
SIGMA = 1.4826
"""Median absolute deviations in one standard deviation of a normal variable."""
MONTH = 10
"""Fewest sessions of a month whose weekdays are judged."""
_WEEKEND = (5, 6)
_SHIFTS = ((6, [4, 5], "Sunday to Thursday", "early"), (5, [0, 6], "Tuesday to Saturday", "late"))
"""Labels of another zone: the weekday they add, those they lose, and what is said of them."""


@told_class
@dataclass(frozen=True)
class Finding:
    """A fact about prices that a reader of results must know; nothing is repaired.

    Parameters
    ----------
    asset : str
        Name of the series; empty when the finding is about several.
    kind : str
        What it is, a name in `KINDS`.
    dates : tuple of date
        The sessions concerned, ascending.
    count : int
        How many there are of it: sessions, runs, months or closures.
    text : str
        The fact in words.
    severity : {"note", "warning", "error"}
        "error": the prices cannot be used so; "warning": a number may be wrong; "note": it
        is as it should be, and good to know.
    """

    asset: str
    kind: str
    dates: tuple[dt.date, ...]
    count: int
    text: str
    severity: Severity = "warning"


@dataclass(frozen=True, eq=False)
class Sessions:
    """One series as the checks see it.

    Parameters
    ----------
    asset : str
        Its name.
    dates : ndarray of datetime64, shape (sessions,)
        Its sessions, ascending.
    returns : ndarray, shape (sessions,)
        Log return from the session before; the first is NaN, zero means an unchanged price.
    calendar : TradingCalendar or None
        When its exchange is open.
    max_gap : int
        Calendar days; a longer gap between two sessions is a closure.
    """

    asset: str
    dates: Dates
    returns: Array
    calendar: TradingCalendar | None
    max_gap: int

    def without(self, drop: Mask) -> Sessions:
        """Return the series without marked sessions, whose price is that of the session before."""
        return replace(self, dates=self.dates[~drop], returns=self.returns[~drop])

    def finding(
        self, kind: str, days: Dates, text: str, severity: Severity = "warning", count: int = 0
    ) -> Finding:
        """Return a finding on some days of the series; by default it counts the days."""
        return Finding(self.asset, kind, as_dates(days), count or len(days), text, severity)


def as_dates(days: Dates) -> tuple[dt.date, ...]:
    """Return days as dates."""
    return tuple(days.astype("datetime64[D]").tolist())


def shown(items: Iterable[object]) -> str:
    """Join the first few items and count the others."""
    texts = [str(item) for item in items]
    more = len(texts) - SHOWN
    return ", ".join(texts[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def weekdays(days: Dates) -> NDArray[np.int64]:
    """Return Monday = 0 to Sunday = 6."""
    return (days.astype("datetime64[D]").astype(np.int64) + 3) % 7


def shifted(series: Sessions) -> tuple[Mask, list[Finding]]:
    """Find months labelled Sunday to Thursday or Tuesday to Saturday; mark their sessions.

    Such labels are those of another time zone, or of the day before or after the strike.
    An exchange whose calendar has such weeks is not reported.
    """
    none = np.zeros(len(series.dates), dtype=bool)
    if not np.isin(weekdays(series.dates), _WEEKEND).any():
        return none, []
    months = series.dates.astype("datetime64[M]").astype(np.int64)
    month = months - months[0]
    table = np.zeros((int(month[-1]) + 1, 7), dtype=np.int64)
    np.add.at(table, (month, weekdays(series.dates)), 1)
    enough = table.sum(axis=1) >= MONTH
    marked = np.zeros(len(table), dtype=bool)
    findings = []
    for kept, lost, words, by in _SHIFTS:
        wrong = enough & (table[:, kept] >= 2) & (table[:, lost] <= 1).all(axis=1)
        wrong = _with_neighbours(wrong, ~enough & (table[:, lost[0]] == 0))
        dates = series.dates[wrong[month]]
        if len(dates) == 0 or not _unknown(series, dates):
            continue
        marked |= wrong
        count = int(wrong.sum())
        text = (
            f"{plural(count, 'month')} with sessions from {words}: the labels are a day {by}, "
            f"as those of another time zone are ({dates[0]} to {dates[-1]})"
        )
        findings.append(series.finding("time-zone-shift", dates, text, count=count))
    return marked[month], findings


def _with_neighbours(wrong: Mask, short: Mask) -> Mask:
    """Add months that are too short to be judged alone and stand beside a wrong one."""
    beside = np.zeros_like(wrong)
    beside[1:] |= wrong[:-1]
    beside[:-1] |= wrong[1:]
    return np.asarray(wrong | (short & beside))


def _unknown(series: Sessions, dates: Dates) -> bool:
    """Whether most weekend sessions among dates are unknown to the calendar."""
    weekend = dates[np.isin(weekdays(dates), _WEEKEND)]
    calendar = series.calendar
    return calendar is None or len(calendar.surplus(weekend)) * 2 > len(weekend)


def filled(series: Sessions, skip: Mask) -> tuple[Mask, list[Finding]]:
    """Find days without trading that repeat the price before; mark them."""
    repeats = series.returns == 0
    if not repeats.any():
        return repeats, []
    closed = np.isin(weekdays(series.dates), _WEEKEND)
    if series.calendar is not None:  # an exchange may be open at weekends
        closed = np.isin(series.dates, series.calendar.surplus(series.dates))
    fill = repeats & closed & ~skip
    if not fill.any():
        return fill, []
    dates = series.dates[fill]
    exchange = series.calendar
    what = "at a weekend" if exchange is None else f"without a session of {exchange.name}"
    text = (
        f"{plural(len(dates), 'day')} {what} with the price of the session before, as filling "
        f"forward makes them: {shown(dates)}"
    )
    return fill, [series.finding("filled-day", dates, text)]


def missing_sessions(series: Sessions) -> Dates:
    """Return the sessions of the exchange without a price, as `check_series` finds them.

    Closures stand apart, and so do months whose labels are a day off.
    """
    skip, _ = shifted(series)
    fill, _ = filled(series, skip)
    return _unpriced(series.without(fill), skip[~fill])


def _unpriced(series: Sessions, skip: Mask) -> Dates:
    """Return sessions without a price, but for closures and months with marked sessions."""
    if series.calendar is None:
        return np.array([], dtype="datetime64[D]")
    missing = series.calendar.missing(series.dates)
    if len(missing):
        after = np.searchsorted(series.dates, missing)
        gap = (series.dates[after] - series.dates[after - 1]).astype(np.int64)
        missing = missing[gap <= series.max_gap]
    if skip.any():
        months = np.unique(series.dates[skip].astype("datetime64[M]"))
        missing = missing[~np.isin(missing.astype("datetime64[M]"), months)]
    return missing


def calendar(series: Sessions, skip: Mask) -> list[Finding]:
    """Find missing and extra sessions against the exchange calendar; closures stand apart."""
    exchange = series.calendar
    if exchange is None:
        return []
    missing, extra = _unpriced(series, skip), exchange.surplus(series.dates[~skip])
    findings = []
    if len(missing):
        text = f"{plural(len(missing), 'session')} of {exchange.name} without a price: "
        findings.append(series.finding("missing-session", missing, text + shown(missing)))
    if len(extra):
        text = f"{plural(len(extra), 'price')} on days without a session of {exchange.name}: "
        findings.append(series.finding("extra-session", extra, text + shown(extra)))
    return findings


def closed(series: Sessions) -> list[Finding]:
    """Find closures: gaps longer than `max_gap` days, and those of more than five below it."""
    gaps = closures(series.dates, series.max_gap)
    bridged = [gap for gap in closures(series.dates, BRIDGED) if gap not in gaps]
    findings = []
    if bridged:
        text = (
            f"{plural(len(bridged), 'gap')} of more than {BRIDGED} days whose return counts as "
            f"that of one session, as max_shift = {series.max_gap} asks: {_spans(bridged)}"
        )
        findings.append(_closure(series, bridged, text, "warning"))
    return [*findings, _unbridged(series, gaps)] if gaps else findings


def _spans(gaps: list[tuple[dt.date, dt.date]]) -> str:
    return shown(f"{last} to {first} ({(first - last).days} days)" for last, first in gaps)


def _closure(
    series: Sessions, gaps: list[tuple[dt.date, dt.date]], text: str, severity: Severity
) -> Finding:
    dates = tuple(day for gap in gaps for day in gap)
    return Finding(series.asset, "closure", dates, len(gaps), text, severity)


def _unbridged(series: Sessions, gaps: list[tuple[dt.date, dt.date]]) -> Finding:
    """Return the finding on closures across which no return is used."""
    exchange = series.calendar
    text = (
        f"{plural(len(gaps), 'gap')} of more than {series.max_gap} days, across which no "
        f"return is used: {_spans(gaps)}"
    )
    if exchange is None:
        return _closure(series, gaps, text, "warning")
    missing = exchange.missing(series.dates)
    inside = [(missing > np.datetime64(a)) & (missing < np.datetime64(b)) for a, b in gaps]
    if lost := int(np.any(inside, axis=0).sum()):
        text += f"; {exchange.name} has {plural(lost, 'session')} there"
        return _closure(series, gaps, text, "warning")
    return _closure(series, gaps, f"{text}; {exchange.name} is closed then too", "note")


def stale(series: Sessions) -> list[Finding]:
    """Find runs of repeated prices that are too long for chance.

    With a share p of moves that are followed by an unchanged price, m moves are expected to
    be followed by m p^k runs of k unchanged prices or more. Runs of k are reported when
    that is below 0.01, and when at least three prices in a row are equal.
    """
    same = series.returns == 0
    if not same.any():
        return []
    edge = np.diff(np.concatenate([[False], same, [False]]).astype(np.int8))
    starts, ends = np.flatnonzero(edge == 1), np.flatnonzero(edge == -1)
    moves = int((~same).sum())
    share = min((len(starts) + 1) / (moves + 2), 0.99)
    least = max(SHORTEST - 1, int(np.ceil(np.log(CHANCE / moves) / np.log(share))) if moves else 2)
    long = np.flatnonzero(ends - starts >= least)
    if len(long) == 0:
        return []
    runs = [series.dates[starts[i] - 1 : ends[i]] for i in long]
    spans = (f"{len(run)} from {run[0]} to {run[-1]}" for run in runs)
    text = (
        f"{plural(len(runs), 'run')} of {least + 1} or more equal prices, of which fewer than "
        f"{CHANCE} are expected by chance in this series: {shown(spans)}"
    )
    dates = np.concatenate([run[1:] for run in runs])
    return [series.finding("stale-run", dates, text, count=len(runs))]


def jumps(series: Sessions) -> list[Finding]:
    """Find returns beyond a robust bound; spikes and what looks like a split stand apart."""
    usable = np.isfinite(series.returns)
    usable[1:] &= np.diff(series.dates).astype(np.int64) <= series.max_gap
    moved = series.returns[usable & (series.returns != 0)]
    if len(moved) < MONTH:
        return []
    centre = float(np.median(moved))
    sigma = SIGMA * float(np.median(np.abs(moved - centre)))
    if sigma <= 0:
        return []
    returns, bound = series.returns - centre, BOUND * sigma
    far = usable & (np.abs(returns) > bound)
    pair = far[:-1] & far[1:] & (np.abs(returns[:-1] + returns[1:]) <= bound)
    spike = np.concatenate([pair, [False]])
    back = np.concatenate([[False], pair])
    jump = far & ~spike & ~back
    ratios = split_ratios(series.returns, jump, sigma)
    jump[list(ratios)] = False
    rule = f"beyond {BOUND:g} robust standard deviations (±{100 * bound:.1f} % in logarithms)"
    return [
        *_splits(series, ratios),
        *_beyond(series, spike, "spike", rule),
        *_beyond(series, jump, "jump", rule),
    ]


def _moves(series: Sessions, positions: Sequence[int]) -> str:
    moves = (percent(np.expm1(series.returns[i]), 1) for i in positions)
    return shown(f"{series.dates[i]} ({move})" for i, move in zip(positions, moves, strict=True))


def _beyond(
    series: Sessions, marks: Mask, kind: Literal["spike", "jump"], rule: str
) -> list[Finding]:
    """Name the returns beyond the bound."""
    positions = np.flatnonzero(marks).tolist()
    if not positions:
        return []
    level: Severity = "note"
    words = ["return", "returns"]
    if kind == "spike":
        level = "warning"
        words = [f"{noun} that the next session takes back" for noun in ("price", "prices")]
    text = f"{plural(len(positions), *words)} {rule}: {_moves(series, positions)}"
    return [series.finding(kind, series.dates[positions], text, level)]


def _splits(series: Sessions, ratios: Mapping[int, str]) -> list[Finding]:
    """Say which jumps look like splits, and what to do."""
    if not ratios:
        return []
    text = (
        f"looks like {noun(len(ratios), 'a split', 'splits')} of {shown(ratios.values())} "
        f"that the prices are not adjusted for: {_moves(series, [*ratios])}. Take prices that are "
        "adjusted for splits, or divide those before the day by the ratio; a move that is real "
        "may stay"
    )
    return [series.finding("jump", series.dates[[*ratios]], text, "error")]


def not_daily(asset: str, dates: Dates) -> list[Finding]:
    """Find prices that are weeks or months apart; nothing else can be said of them."""
    text = far_apart(dates)
    return [Finding(asset, "not-daily", (), len(dates), text, "error")] if text else []


CHECKS: Sequence[Callable[[Sessions], list[Finding]]] = (closed, stale, jumps)
"""Checks of sessions that are not filled forward; a new one is added here."""


def check_series(series: Sessions) -> list[Finding]:
    """Return all findings on one series, each fact once."""
    if coarse := not_daily(series.asset, series.dates):
        return coarse
    skip, findings = shifted(series)
    fill, more = filled(series, skip)
    findings += more
    rest, skip = series.without(fill), skip[~fill]
    findings += calendar(rest, skip)
    for check in CHECKS:
        findings += check(rest)
    return findings
