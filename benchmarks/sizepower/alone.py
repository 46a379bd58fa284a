"""One event on one series at every admissible day: size by volatility, and power."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.abnormal.placebo_days import Placebo, PlaceboDays
from eventstudy.inference import TESTS, CrossSection
from eventstudy.inference.volatility import scaled_days
from eventstudy.models import garch
from sizepower.series import RUBLE, Tally, one_series, reference, shocked, tally

SESSIONS = 250
POOL = 250
"""The reference compares with the placebo dates of the 250 sessions before."""
FIRST = 301
"""Admissible days that the reference passes over: those that its placebo dates need."""
SHOCKS = (0.01, 0.02, 0.03)
POWER = 8
"""Power is measured at every so many days."""
TERCILES = ("low", "mid", "high")
NAMES = {
    "t": "prediction-error-t",
    "SQ": "sample-quantile",
    "rank_stud": "exact-rank",
    "placebo_dates": "placebo-dates",
    "placebo_all": "placebo-dates",
    "EWMA_SQ": "ewma-sq",
    "GARCH_SQ": "garch-sq",
}
"""Names in acceptance.json and in the registry, and two without a reference."""


@dataclass(frozen=True)
class Alone:
    """A series and window; `entry` is its place in the reference, -1 where it has none."""

    name: str
    window: tuple[int, int]
    entry: int
    step: int
    """GARCH is fitted at every so many days."""

    @property
    def key(self) -> str:
        """Series and window in words."""
        return f"{self.name}, [{self.window[0]}, {self.window[1]}]"

    @property
    def reference(self) -> dict[str, Any]:
        """Entry of the reference; empty where there is none."""
        return reference()["single"][self.entry] if self.entry >= 0 else {}


CASES = (
    Alone("SP500", (0, 0), 0, 8),
    Alone("SP500", (0, 4), 1, 16),
    Alone("XOM", (0, 0), 5, 16),
    Alone("AMD", (0, 0), 6, 16),
    Alone(RUBLE, (0, 0), -1, 2),
)


class Days:
    """Stands for a `PlaceboDays` whose placebo dates are given."""

    def __init__(self, pools: dict[str, AbnormalReturns]) -> None:
        self.pools = pools

    def measured(self, asset: str, window: tuple[int, int], measure: Callable[..., Any]) -> Any:
        """Measure the placebo dates of a series."""
        return measure(self.pools[asset], window)

    def placebo(self, asset: str) -> Placebo:
        """Return the placebo dates of a series."""
        pool = self.pools[asset]
        return Placebo(np.arange(len(pool.day0)), pool)


def slim(part: AbnormalReturns) -> AbnormalReturns:
    """Leave estimation days out, which an unscaled placebo test does not look at."""
    names = ("estimation_dates", "residuals", "gap")
    return replace(part, **{name: getattr(part, name)[:, :1] for name in names})


def with_return(history: PlaceboDays, asset: str, position: int, shock: float) -> PlaceboDays:
    """Return the history with a shock added to one return."""
    data = history.data[asset]
    returns = data.returns.copy()
    returns[position] += shock
    return replace(history, data={asset: replace(data, returns=returns)})


@contextmanager
def remembered_fits() -> Iterator[None]:
    """Fit GARCH once for an estimation window, whatever is done to the event after it."""
    original, made = garch.maximise, {}

    def maximise(y: Any, x: Any, start: float) -> Any:
        key = y.tobytes()
        if key not in made:
            made.clear()
            made[key] = original(y, x, start)
        return made[key]

    garch.maximise = maximise
    try:
        yield
    finally:
        garch.maximise = original


def ratios(case: Alone) -> np.ndarray:
    """Volatility on the eve over that of the estimation window, of the days that are tested."""
    placebo = one_series(case.name, case.window, SESSIONS)[2]
    found: np.ndarray = scaled_days(placebo.abnormal).ratio[FIRST:]
    return found


@cache
def terciles(case: Alone) -> np.ndarray:
    """Tercile (0, 1, 2) of each tested day by the ratio of its volatility."""
    values = ratios(case)
    return np.digitize(values, np.quantile(values, [1 / 3, 2 / 3]))


def overall(cells: Mapping[str, list[int]]) -> dict[str, list[int]]:
    """Add the three terciles to counts of each shock and test."""
    found = dict(cells)
    for label, counts in cells.items():
        total = found.setdefault(label.rsplit("|", 1)[0], [0, 0])
        found[label.rsplit("|", 1)[0]] = [a + b for a, b in zip(total, counts, strict=True)]
    return found


def run(case: Alone, first: int, last: int) -> Tally:
    """Count decisions at the tested days from `first` to before `last`, by tercile."""
    place = terciles(case)
    counts: Tally = Counter()
    with remembered_fits():
        for day in range(first, min(last, len(place))):
            _one_day(case, day, TERCILES[place[day]], counts)
    return counts


def _one_day(case: Alone, day: int, tercile: str, counts: Tally) -> None:
    history, asset, placebo = one_series(case.name, case.window, SESSIONS)
    light = _light(case)
    row = day + FIRST
    own = placebo.abnormal.rows(np.array([row]))
    before = Days({asset: light.rows(np.arange(row - POOL, row))})
    others = np.arange(len(light.day0))
    length = case.window[1] - case.window[0] + 1
    everything = Days({asset: light.rows(others[np.abs(others - row) >= length])})
    for shock in (0.0, *(SHOCKS if day % POWER == 0 else ())):
        part = shocked(own, shock)
        plain = with_return(history, asset, int(placebo.positions[row]), shock)
        behind = {"rank_stud": plain, "placebo_dates": before, "placebo_all": everything}
        for name in _tests(case, day):
            sample = CrossSection(part, case.window, behind.get(name))
            tally(counts, TESTS[NAMES[name]]()(sample), f"{shock:g}", name, tercile)


@cache
def _light(case: Alone) -> AbnormalReturns:
    return slim(one_series(case.name, case.window, SESSIONS)[2].abnormal)


def _tests(case: Alone, day: int) -> list[str]:
    """Choose the tests of a day: GARCH not on all, exact rank on one-day windows."""
    names = ["t", "SQ", "placebo_dates", "placebo_all", "EWMA_SQ"]
    if case.window[0] == case.window[1]:
        names.append("rank_stud")
    if day % case.step == 0 and (not case.reference or "GARCH_SQ" in case.reference["size"]):
        names.append("GARCH_SQ")
    return names
