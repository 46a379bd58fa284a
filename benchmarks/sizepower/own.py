"""Designs without a reference, for tests that lead where the reference has none.

A few series on one date (joint F on scaled returns), and overlapping windows on one series
(the calendar shifted as a whole).
"""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import dataclass
from functools import cache

import numpy as np

from eventstudy.inference import TESTS, CrossSection, placebo
from sizepower.many import SEED
from sizepower.many import SESSIONS as JOINT_SESSIONS
from sizepower.panels import Prepared
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


@cache
def _scaled(name: str) -> np.ndarray:
    """Scaled CARs of every day."""
    return placebo.scaled_z(one_series(name, WINDOW, SESSIONS)[2].abnormal, WINDOW)


def run(case: Own, first: int, last: int) -> Tally:
    """Count decisions of samples from `first` to before `last`."""
    counts: Tally = Counter()
    one_sample = _joint if case.kind == "joint" else _shift
    for number in range(first, last):
        one_sample(case, case.rng(number), counts)
    return counts


def _joint(case: Own, rng: np.random.Generator, counts: Tally) -> None:
    pool, days = every_day(case.of, (0, 0), JOINT_SESSIONS)
    stocks = rng.choice(len(pool.day0) // days, case.n, replace=False)
    part = pool.rows(stocks * days + rng.integers(days))
    for shock in SHOCKS:
        sample = CrossSection(shocked(part, shock), (0, 0))
        for name in JOINT:
            tally(counts, TESTS[name]()(sample), f"{shock:g}", name)


def _shift(case: Own, rng: np.random.Generator, counts: Tally) -> None:
    """Place the calendar among days that keep clear of its events."""
    history, asset, every = one_series(case.of, WINDOW, SESSIONS)
    z = _scaled(case.of)
    start = rng.integers(len(z) - SPAN)
    rows = start + np.sort(rng.choice(SPAN, case.n, replace=False))
    near = np.abs(np.arange(len(z))[:, None] - rows[None, :]).min(axis=1) <= WINDOW[1]
    behind = Prepared(
        history.data,
        history.models,
        history.windows,
        history.options,
        {asset: every.positions[rows]},
        days=every.positions[~near],
        scaled=z[~near],
    )
    part = every.abnormal.rows(rows)
    for shock in SHOCKS:
        sample = CrossSection(shocked(part, shock), WINDOW, behind)
        for name in SHIFT:
            tally(counts, TESTS[name]()(sample), f"{shock:g}", name)
