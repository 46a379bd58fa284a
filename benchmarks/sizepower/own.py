"""Designs without a reference, for tests that lead where the reference has none.

A few series on one date (joint F on scaled returns), and overlapping windows on one series
(the calendar shifted as a whole).
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from eventstudy.abnormal import AbnormalReturns
from eventstudy.history import Placebo
from eventstudy.inference import TESTS, CrossSection, placebo
from sizepower.alone import slim
from sizepower.few import scaled_before
from sizepower.many import SEED
from sizepower.many import SESSIONS as JOINT_SESSIONS
from sizepower.series import RUBLE, Tally, every_day, one_series, shocked, tally

SAMPLES = 1000
SESSIONS = 250
WINDOW = (0, 4)
EVENTS, SPAN = 10, 40
SHOCKS = (0.0, 0.01)
JOINT = ("joint-ewma", "joint-f", "portfolio-t", "portfolio-sq")
SHIFT = ("calendar-shift", "driscoll-kraay")


@dataclass(frozen=True)
class Own:
    """N stocks on one date under a model, or N events of a series in a run of sessions."""

    kind: str
    n: int
    of: str

    @property
    def key(self) -> str:
        """The design in words."""
        if self.kind == "joint":
            model = "market model" if self.of == "market" else "constant mean"
            return f"one date, {self.n} stocks, {model}, day 0"
        return f"{self.of}, {self.n} windows [0, +4] within {SPAN} sessions"

    def rng(self, number: int) -> np.random.Generator:
        """Return the generator of one sample."""
        return np.random.default_rng([SEED, zlib.crc32(self.key.encode()), number])


CASES = (
    *(Own("joint", n, model) for model in ("mean", "market") for n in (2, 5)),
    *(Own("shift", EVENTS, name) for name in ("SP500", RUBLE)),
)


class Shifted:
    """Stands for a `History` whose placebo dates keep clear of the events of a sample."""

    def measured(self, _: str, window: tuple[int, int], measure: Callable[..., Any]) -> Any:
        """Measure the placebo dates."""
        return measure(self.pool.abnormal, window)

    def once(self, _key: object, make: Callable[[], Any]) -> Any:
        """Return what is made; nothing is kept."""
        return make()

    def __init__(self, data: Any, pool: Placebo) -> None:
        self.data, self.pool = data, pool

    def placebo(self, _: str) -> Placebo:
        """Return the placebo dates."""
        return self.pool

    def ordinary(self, _: str) -> np.ndarray:
        """Return the positions of the placebo dates."""
        return self.pool.positions


@cache
def _scaled(name: str) -> tuple[AbnormalReturns, np.ndarray]:
    pool = one_series(name, WINDOW, SESSIONS)[2].abnormal
    return slim(pool), placebo.scaled_z(pool, WINDOW)


def run(case: Own, first: int, last: int) -> Tally:
    """Count decisions of samples from `first` to before `last`."""
    counts: Tally = Counter()
    with scaled_before() as known:
        for number in range(first, last):
            known.clear()
            if case.kind == "joint":
                _joint(case, case.rng(number), counts)
            else:
                _shift(case, case.rng(number), known, counts)
    return counts


def _joint(case: Own, rng: np.random.Generator, counts: Tally) -> None:
    pool, days = every_day(case.of, (0, 0), JOINT_SESSIONS)
    stocks = rng.choice(len(pool.day0) // days, case.n, replace=False)
    part = pool.rows(stocks * days + rng.integers(days))
    for shock in SHOCKS:
        sample = CrossSection(shocked(part, shock), (0, 0))
        for name in JOINT:
            tally(counts, TESTS[name]()(sample), f"{shock:g}", name)


def _shift(case: Own, rng: np.random.Generator, known: dict[int, Any], counts: Tally) -> None:
    history, _, found = one_series(case.of, WINDOW, SESSIONS)
    light, z = _scaled(case.of)
    start = rng.integers(len(z) - SPAN)
    rows = start + np.sort(rng.choice(SPAN, case.n, replace=False))
    near = np.abs(np.arange(len(z))[:, None] - rows[None, :]).min(axis=1) <= WINDOW[1]
    free = np.flatnonzero(~near)
    pool = light.rows(free)
    known[id(pool)] = z[free]
    behind: Any = Shifted(history.data, Placebo(found.positions[free], pool))
    part = found.abnormal.rows(rows)
    for shock in SHOCKS:
        sample = CrossSection(shocked(part, shock), WINDOW, behind)
        for name in SHIFT:
            tally(counts, TESTS[name]()(sample), f"{shock:g}", name)
