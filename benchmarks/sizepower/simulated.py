"""Simulated series: long windows of one event, and GRANK-T with few episodes."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

import eventstudy as es
from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.abnormal.placebo_days import PlaceboDays
from eventstudy.design.sessions import Calendar
from eventstudy.design.windows import AssetReturns
from eventstudy.inference import CrossSection, scaled_cars
from eventstudy.inference.battery.scaled_rank import RankSum
from eventstudy.inference.intervals import car_intervals
from sizepower.clustered import Counts, note
from sizepower.many import SEED
from sizepower.panels import episodes
from sizepower.series import LEVEL
from sizepower.single import CONFIDENCE

NORMAL, GARCH = "iid normal", "GARCH(1,1)-t(5)"
OMEGA, ALPHA, BETA, DF = 0.02, 0.08, 0.90, 5
"""GARCH(1,1) with t(5) shocks: unconditional variance 1, persistence .98."""
BURN = 500
GAP = 20
SERIES = 20_000
GROUP = 5
"""Episodes of a rank sum."""
FACTORS = {True: "with factors", False: "without factors"}
CAR, RANK_SUM = "one CAR", f"rank-sum-ewma, N = {GROUP}"


def shocks(process: str, name: str, first: int, last: int, days: int) -> np.ndarray:
    """Simulate series number `first` to before `last`, each from its own seed.

    Returns
    -------
    ndarray, shape (last - first, days)
        Of unit variance.
    """
    code = zlib.crc32(name.encode())
    generators = [np.random.default_rng([SEED, code, number]) for number in range(first, last)]
    if process == NORMAL:
        return np.stack([rng.standard_normal(days) for rng in generators])
    draws = np.stack([rng.standard_t(DF, BURN + days) for rng in generators])
    draws *= np.sqrt((DF - 2) / DF)
    variance, path = np.ones(len(draws)), np.empty_like(draws)
    for day in range(draws.shape[1]):
        path[:, day] = np.sqrt(variance) * draws[:, day]
        variance = OMEGA + ALPHA * path[:, day] ** 2 + BETA * variance
    return path[:, BURN:]


def measured(returns: np.ndarray, window: tuple[int, int], estimation: int) -> AbnormalReturns:
    """Measure one episode at the end of each series, under a constant mean, as a study does.

    Parameters
    ----------
    returns : ndarray, shape (series, estimation + GAP + window)
        The series are put one behind the other; none reaches into another's windows.
    window : (int, int)
        CAR window, from 0 on.
    estimation : int
        Sessions of the estimation window.
    """
    series, days = returns.shape
    calendar = Calendar("x", np.arange(series * days).astype("datetime64[D]"), None, ended=True)
    flat = 0.01 * returns.ravel()
    data = AssetReturns(calendar, flat, np.empty((len(flat), 0)), None, max_gap=10)
    windows = es.Windows(estimation=(-estimation - GAP, -GAP - 1), event=window, car=(window,))
    options = es.Options(max_shift=10, min_estimation=120)
    nothing = {"x": np.empty(0, dtype=np.intp)}
    history = PlaceboDays({"x": data}, {"x": es.models.ConstantMean()}, windows, options, nothing)
    return episodes(history, "x", np.arange(series) * days + estimation + GAP)


@contextmanager
def factors(*, used: bool) -> Iterator[None]:
    """Let sums of every length allow for the error of the mean, or none."""
    short = scaled_cars.SHORT
    scaled_cars.SHORT = 0 if used else 10**6
    try:
        yield
    finally:
        scaled_cars.SHORT = short


@dataclass(frozen=True)
class Long:
    """A window of L days, an estimation window of L1, of simulated series."""

    process: str
    length: int
    estimation: int

    @property
    def key(self) -> str:
        """The design in words."""
        return f"{self.process}: L = {self.length}, L1 = {self.estimation}"


DESIGNS = tuple(
    Long(process, length, estimation)
    for process in (NORMAL, GARCH)
    for estimation in (250, 120)
    for length in (11, 21)
)


def designs() -> tuple[Long, ...]:
    """Return all designs."""
    return DESIGNS


def count(_: Long) -> int:
    """Return the number of series."""
    return SERIES


def run(design: Long, first: int, last: int) -> Counts:
    """Count series from `first` to before `last`; as many rank sums as there are groups."""
    counts: Counts = Counter()
    window = (0, design.length - 1)
    days = design.estimation + GAP + design.length
    returns = shocks(design.process, design.process, first, last, days)
    part = measured(returns, window, design.estimation)
    for used, words in FACTORS.items():
        with factors(used=used):
            interval = car_intervals(part, window, CONFIDENCE)
            held = (interval.low <= 0) & (interval.high >= 0)
            for number, hit in enumerate(held, first):
                note(counts, number, f"{CAR}, {words}", hit)
            for begin in range(0, len(returns) - GROUP + 1, GROUP):
                group = part.rows(np.arange(begin, begin + GROUP))
                outcome = RankSum()(CrossSection(group, window))
                note(counts, first + begin, f"{RANK_SUM}, {words}", outcome.p <= LEVEL)
    return counts
