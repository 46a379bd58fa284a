"""A few events on one series: spread over it, in one block, in a block that begins turbulent."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.inference import TESTS, CrossSection, placebo
from eventstudy.inference.volatility import scaled_days
from sizepower.alone import Days, slim
from sizepower.many import SEED
from sizepower.series import RUBLE, Tally, one_series, reference, shocked, tally

SESSIONS = 250
POOL = 500
"""Placebo dates are the sessions before each event: the reference does not say which it takes."""
BLOCK = 120
SAMPLES = 1000
SHOCKS = (0.0, 0.005, 0.01, 0.02)
NAMES = {
    "t_cross": "cross-sectional-t",
    "bmp": "bmp",
    "patell(pooled dummy t)": "patell",
    "placebo": "placebo-dates",
    "placebo_ewma": "placebo-ewma",
    "sign_flip_exact": "sign-flip",
    "rank_sum_ewma": "rank-sum-ewma",
}
"""Names in acceptance.json and in the registry; the others have no counterpart."""


@dataclass(frozen=True)
class Few:
    """N events on one series; `entry` is the cell of the reference, empty where none."""

    name: str
    n: int
    where: str
    entry: str
    variance: float = 1.0

    @property
    def key(self) -> str:
        """Series, number and place in words."""
        doubled = ", event variance ×2" if self.variance > 1 else ""
        return f"{self.name}, N = {self.n}, {self.where}{doubled}"

    @property
    def reference(self) -> dict[str, Any]:
        """Cell of the reference; empty where there is none."""
        return reference()["few"]["cells"].get(self.entry, {})


def cases() -> list[Few]:
    """Cells of the S&P 500 with a reference; three events, and the ruble, without."""
    found = []
    for where in ("spread", "block", "block_highvol"):
        found += [Few("SP500", n, where, f"SP500 1990-2022 | N={n} | {where}") for n in (3, 5, 10)]
        found += [Few(RUBLE, 5, where, "")]
    return [*found, Few("SP500", 5, "block", "", 2.0), Few(RUBLE, 5, "block", "", 2.0)]


@cache
def _series(name: str) -> tuple[AbnormalReturns, AbnormalReturns, np.ndarray, np.ndarray]:
    """Return the design at every day, the same without estimation days, scaled AR and ratios."""
    pool = one_series(name, (0, 0), SESSIONS)[2].abnormal
    return pool, slim(pool), placebo.scaled_z(pool, (0, 0)), scaled_days(pool).ratio


def draw(case: Few, number: int) -> np.ndarray:
    """Days of a sample, ascending."""
    rng = np.random.default_rng([SEED, zlib.crc32(case.key.encode()), number])
    ratio = _series(case.name)[3]
    if case.where == "spread":
        return np.sort(rng.choice(np.arange(POOL, len(ratio)), case.n, replace=False))
    starts = np.arange(POOL, len(ratio) - BLOCK)
    if case.where == "block_highvol":
        starts = starts[ratio[starts] >= np.quantile(ratio, 2 / 3)]
    found: np.ndarray = rng.choice(starts) + np.sort(rng.choice(BLOCK, case.n, replace=False))
    return found


@contextmanager
def scaled_before() -> Iterator[dict[int, np.ndarray]]:
    """Give the scaled AR of placebo dates, which are the same in every sample, from memory.

    Yields
    ------
    dict of int to ndarray
        To be filled: identity of a pool to its scaled AR.
    """
    original, known = placebo.scaled_z, {}

    def scaled_z(abnormal: AbnormalReturns, window: tuple[int, int]) -> np.ndarray:
        return known[id(abnormal)] if id(abnormal) in known else original(abnormal, window)

    placebo.scaled_z = scaled_z
    try:
        yield known
    finally:
        placebo.scaled_z = original


def run(case: Few, first: int, last: int) -> Tally:
    """Count decisions of samples from `first` to before `last`."""
    counts: Tally = Counter()
    with scaled_before() as known:
        for number in range(first, last):
            known.clear()
            _one_sample(case, draw(case, number), known, counts)
    return counts


def _one_sample(case: Few, days: np.ndarray, known: dict[int, np.ndarray], counts: Tally) -> None:
    """Test one sample; each event has a name of its own, for its own placebo dates."""
    pool, light, z, _ = _series(case.name)
    names = np.array([f"{case.name} {day}" for day in days])
    part = replace(pool.rows(days), assets=names)
    pools = {}
    for name, day in zip(names, days, strict=True):
        before = np.arange(day - POOL, day)
        pools[str(name)] = light.rows(before)
        known[id(pools[str(name)])] = z[before]
    history: Any = Days(pools)
    for shock in SHOCKS if case.reference else SHOCKS[::2]:
        sample = CrossSection(shocked(part, shock, case.variance), (0, 0), history)
        for name, known_as in NAMES.items():
            tally(counts, TESTS[known_as]()(sample), f"{shock:g}", name)
