"""The events among ordinary days: placebo dates, and shifts of the whole calendar."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from eventstudy.inference.base import TestResult, exact, infeasible
from eventstudy.inference.ranks import p_of_rank
from eventstudy.inference.scaled_cars import scaled_cars
from eventstudy.inference.timeline import blocks, timeline
from eventstudy.settings import length

if TYPE_CHECKING:
    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.abnormal.placebo_days import Measure, PlaceboDays
    from eventstudy.arrays import Array, Ints
    from eventstudy.inference.base import CrossSection, Needs, SignificanceTest, Volatility
    from eventstudy.inference.samples import Samples
    from eventstudy.inference.timeline import Timeline
    from eventstudy.settings import Window


DRAWS, SEED = 4_999, 20220113
FEWEST = 39
"""With fewer placebo dates than this no p of 5 % could be told from one of 2.5 %."""
FEWEST_PLACES = 19
"""With fewer separate places of a calendar no p can be 5 %."""
ENOUGH = 0.8
"""Share of a shifted calendar that must fall on ordinary days."""
NEAR = 1.25
"""Placebo dates are in the same volatility when theirs is within this factor."""


def textbook_t(abnormal: AbnormalReturns, window: Window) -> Array:
    """CARs over their prediction error, shape (episodes,)."""
    return abnormal.car(window) / abnormal.car_se(window)


def scaled_z(abnormal: AbnormalReturns, window: Window) -> Array:
    """CARs over the exponentially weighted volatility of their eve, shape (episodes,)."""
    return scaled_cars(abnormal, window).z


def _plain_car(abnormal: AbnormalReturns, window: Window) -> Array:
    return abnormal.car(window)


def _eve(abnormal: AbnormalReturns, window: Window) -> Array:
    return scaled_cars(abnormal, window).eve


def _pools(sample: CrossSection, history: PlaceboDays, measure: Measure) -> list[Array]:
    """Placebo statistics of each episode's asset."""
    made: dict[str, Array] = {}
    for asset in dict.fromkeys(sample.abnormal.assets):
        values = history.measured(str(asset), sample.window, measure)
        made[asset] = values[np.isfinite(values)]
    return [made[asset] for asset in sample.abnormal.assets]


def _matched(sample: CrossSection, history: PlaceboDays, measure: Measure) -> list[Array]:
    """Placebo CARs on days whose volatility is near that of each episode."""
    eves = _eve(sample.abnormal, sample.window)
    pools = []
    for asset, eve in zip(sample.abnormal.assets, eves, strict=True):
        theirs = history.measured(str(asset), sample.window, _eve)
        near = (theirs <= eve * NEAR) & (theirs >= eve / NEAR)
        pools.append(history.measured(str(asset), sample.window, measure)[near])
    return pools


def _place(
    test: SignificanceTest, sample: CrossSection, values: Array, pools: list[Array]
) -> TestResult:
    """Two-sided p of the mean of the values among means over dates drawn from the pools."""
    fewest = min(len(pool) for pool in pools)
    if fewest < FEWEST:
        reason = f"only {fewest} ordinary days can be compared with; needs {FEWEST}"
        return infeasible(test, sample, reason)
    observed = float(values.mean())
    if sample.n == 1:
        drawn = pools[0]
    else:
        rng = np.random.default_rng(SEED)
        drawn = np.mean([rng.choice(pool, DRAWS) for pool in pools], axis=0)
    slack = 1e-12 * abs(observed)
    larger = int((np.abs(drawn) >= abs(observed) - slack).sum())
    smallest = 1 / (len(drawn) + 1)
    p = (1 + larger) * smallest
    result = exact(test, sample, observed, p, "placebo dates", smallest=smallest)
    return result.with_details(placebo_days=float(fewest))


def _among_placebos(
    test: SignificanceTest,
    sample: CrossSection,
    measure: Measure,
    pools: Callable[[CrossSection, PlaceboDays, Measure], list[Array]],
) -> TestResult:
    """Compare the mean of a measure with that at placebo dates."""
    refused = _refusal(test, sample)
    if refused or sample.history is None:
        return refused or infeasible(test, sample, "")
    values = measure(sample.abnormal, sample.window)
    return _place(test, sample, values, pools(sample, sample.history, measure))


def _refusal(test: SignificanceTest, sample: CrossSection) -> TestResult | None:
    if sample.n < 1:
        return infeasible(test, sample, "there is no episode")
    if sample.history is None:
        return infeasible(test, sample, "needs the series behind the study")
    return None


@dataclass(frozen=True)
class PlaceboDates:
    """The mean t of the events among mean t at random ordinary dates, p = (1 + #)/(B + 1).

    The whole procedure is run again at every ordinary day (see `PlaceboDays.placebo`); one
    episode is compared with all of them, several with 4,999 seeded draws of as many.
    Exact if the event dates are as good as random among them: in turbulent weeks they
    are not, and the true size at 5 % is 10-13 %.

    Checked against: one by one | 2e-16 | two events: all pairs of days
    """

    name: ClassVar[str] = "placebo-dates"
    volatility: ClassVar[Volatility] = "constant"
    needs: ClassVar[Needs] = "episodes"
    label: ClassVar[str] = "Placebo dates"
    null: ClassVar[str] = "the events fell on ordinary days"
    source: ClassVar[str] = "Fisher 1935; Gelbach, Helland and Klick 2013"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        return _among_placebos(self, sample, textbook_t, _pools)


@dataclass(frozen=True)
class PlaceboMatched:
    """The mean CAR among CARs at ordinary dates of nearly the same volatility.

    As `PlaceboDates`, for dates whose exponentially weighted volatility on the eve is within
    a factor of 1.25 of that of the event.

    Checked against: one by one | 2e-16 | two events: all pairs of days
    """

    name: ClassVar[str] = "placebo-matched"
    volatility: ClassVar[Volatility] = "scaled"
    needs: ClassVar[Needs] = "episodes"
    label: ClassVar[str] = "Placebo dates of the same volatility"
    null: ClassVar[str] = "the events fell on ordinary days in the same volatility"
    source: ClassVar[str] = "Fisher 1935; Baker 2016"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        return _among_placebos(self, sample, _plain_car, _matched)


@dataclass(frozen=True)
class PlaceboEwma:
    """The mean volatility-scaled CAR among those at random ordinary dates.

    As `PlaceboDates`, with the CAR over the exponentially weighted volatility of its eve.

    Checked against: one by one | 6e-16 | two events: all pairs of days
    """

    name: ClassVar[str] = "placebo-ewma"
    volatility: ClassVar[Volatility] = "scaled"
    needs: ClassVar[Needs] = "episodes"
    label: ClassVar[str] = "Placebo dates, volatility-scaled"
    null: ClassVar[str] = "the events fell on ordinary days in the same volatility"
    source: ClassVar[str] = "Fisher 1935; Baker 2016; RiskMetrics 1996"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        return _among_placebos(self, sample, scaled_z, _pools)


@dataclass(frozen=True)
class CalendarShift:
    """The mean scaled CAR among those of the same calendar moved to ordinary dates.

    All events keep their distances, and all assets move together: dependence between events
    with overlapping windows, between assets and between neighbouring days stays as it is.
    A shift counts when at least four episodes in five fall on days that no real event touches;
    the mean over these is taken as if it were over all, z̄ √(n/N). Near shifts are nearly the
    same: p is never below 1 over one more than the number of places that do not overlap, and
    without 19 of them, a series 20 times as long as the calendar, there is no test.

    Checked against: one by one, every move | 3e-16 | floor 1/(separate places + 1)
    """

    name: ClassVar[str] = "calendar-shift"
    volatility: ClassVar[Volatility] = "scaled"
    needs: ClassVar[Needs] = "nothing"
    label: ClassVar[str] = "Shifted calendar, volatility-scaled"
    null: ClassVar[str] = "the events fell on ordinary days in the same volatility"
    source: ClassVar[str] = "Fisher 1935; Baker 2016; RiskMetrics 1996"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        refused = _refusal(self, sample)
        if refused or sample.history is None:
            return refused or infeasible(self, sample, "")
        abnormal, history = sample.abnormal, sample.history
        dates = timeline(abnormal.assets, abnormal.day0, history.data)
        shifts, reason = _shifts(dates, sample.window, history)
        if shifts is None:
            return infeasible(self, sample, reason)
        observed = float(scaled_z(abnormal, sample.window).mean())
        p = shifts.p(observed)
        smallest = 1 / (shifts.separate + 1)
        result = exact(self, sample, observed, p, "shifted calendar", smallest=smallest)
        return result.with_details(shifts=float(len(shifts.mean)), separate=float(shifts.separate))

    def p_of_samples(self, samples: Samples, effects: Sequence[float]) -> Array:
        """Return the p of each sample, shape (samples, effects); see `ManyAtOnce`."""
        days, history, window = samples.days, samples.history, samples.window
        scale = scaled_cars(days, window).scale
        observed = [(samples.car(effect) / scale)[samples.rows].mean(axis=1) for effect in effects]
        assets, day0 = days.assets[samples.rows[0]], days.day0[samples.rows]
        first = timeline(assets, day0[0], history.data)
        p = np.full((len(day0), len(effects)), np.nan)
        for row, dates in enumerate(map(first.at, day0)):
            shifts, _ = _shifts(dates, window, history)
            if shifts is not None:
                p[row] = [shifts.p(float(means[row])) for means in observed]
        return p


@dataclass(frozen=True)
class Places:
    """A calendar of N episodes at every place of its series.

    Parameters
    ----------
    mean : ndarray, shape (places,)
        Mean scaled CAR at each place where at least four episodes in five fall on an ordinary day
        of their asset, as if it were over all: z̄ √(n/N).
    place : ndarray of int, shape (places,)
        Position of the first day 0 there, ascending.
    """

    mean: Array
    place: Ints


@dataclass(frozen=True)
class Shifts:
    """A calendar at the places of its series other than its own.

    Parameters
    ----------
    mean : ndarray, shape (shifts,)
        As in `Places`.
    separate : int
        Number of these places that do not overlap one another: the shifts are no more
        independent than that.
    """

    mean: Array
    separate: int

    def p(self, observed: float) -> float:
        """Return the two-sided p of a mean scaled CAR, at least 1/(separate + 1)."""
        larger = int((np.abs(self.mean) >= abs(observed)).sum())
        return max(p_of_rank(larger, len(self.mean)), 1 / (self.separate + 1))


def separate_places(moves: Ints, span: int) -> int:
    """Count moves that are at least a span apart, from the first on; they ascend."""
    places, count, at = moves.tolist(), 0, 0
    while at < len(places):
        count, at = count + 1, bisect_left(places, places[at] + span, at)
    return count


def _shifts(dates: Timeline, window: Window, history: PlaceboDays) -> tuple[Shifts | None, str]:
    """Move a calendar over the ordinary days of its series; or say why that cannot be."""
    span = dates.span(length(window))
    room = separate_places(dates.moves, span)
    if room < FEWEST_PLACES:
        return None, (
            f"the series has room for the calendar at only {room} separate places; "
            f"needs {FEWEST_PLACES}"
        )
    first = int(dates.columns.min())
    key = (dates.names, dates.asset.tobytes(), (dates.columns - first).tobytes(), window)
    places = history.once(key, lambda: everywhere(dates, window, history))
    elsewhere = places.place != first
    separate = separate_places(places.place[elsewhere], span)
    if separate < FEWEST_PLACES:
        return None, (
            f"the series holds the calendar at only {separate} separate places "
            f"among ordinary days; needs {FEWEST_PLACES}"
        )
    return Shifts(places.mean[elsewhere], separate), ""


def everywhere(dates: Timeline, window: Window, history: PlaceboDays) -> Places:
    """Put a calendar of episodes at every place among the ordinary days of its series.

    Parameters
    ----------
    dates : Timeline
        N episodes, of one or several assets.
    window : (int, int)
        CAR window.
    history : PlaceboDays
        The series behind the study.

    Returns
    -------
    Places
        Counted by the sessions of all assets together, see `Timeline`: the order of the assets
        changes nothing, and each is measured on its own session of a date or not at all.
    """
    apart = dates.columns - dates.columns.min()
    place = np.arange(len(dates.sessions) - int(apart.max()))
    tables, known, total = [scaled_by_date(dates, window, history)], [], []
    for block in blocks(len(place), len(apart)):
        z = dates.take(tables, place[block, None] + apart)
        known.append(np.isfinite(z).sum(axis=1))
        total.append(np.nansum(z, axis=1))
    count, sums = np.concatenate(known), np.concatenate(total)
    enough = count / len(apart) >= ENOUGH
    mean = sums[enough] / np.sqrt(count[enough] * len(apart))
    return Places(mean, place[enough])


def scaled_by_date(dates: Timeline, window: Window, history: PlaceboDays) -> Array:
    """Return the scaled CAR of each asset on every date of a timeline.

    Parameters
    ----------
    dates : Timeline
        The dates.
    window : (int, int)
        CAR window.
    history : PlaceboDays
        The series behind the study.

    Returns
    -------
    ndarray, shape (assets, sessions)
        NaN where the asset has no day 0, or it is no ordinary day.
    """
    table = np.full(dates.day0.shape, np.nan)
    for row, name in enumerate(dates.names):
        scaled = np.full(len(history.data[name].calendar.sessions) + 1, np.nan)
        scaled[history.ordinary(name)] = history.measured(name, window, scaled_z)
        table[row] = scaled[dates.day0[row]]  # no day 0 is -1, which takes the NaN at the end
    return table
