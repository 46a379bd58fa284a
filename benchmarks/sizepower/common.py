"""Several stocks on common dates: the mean between correlated episodes, and the test that leads."""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import dataclass
from functools import cache

import numpy as np

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.abnormal.placebo_days import PlaceboDays
from eventstudy.inference import TESTS, CrossSection
from eventstudy.inference.average import average, overlaps
from eventstudy.inference.router import choose, situation_of
from eventstudy.settings import Window
from sizepower.clustered import TERCILES, WILD, Counts, note
from sizepower.crowded import MEAN, TEXTBOOK, WILD_RATIO
from sizepower.many import SEED
from sizepower.panels import (
    FIRST,
    STOCKS,
    STOCKS_MEAN,
    on_dates,
    panel,
    ratios,
    sessions,
    spread_ratio,
    thirds,
    without_band,
)
from sizepower.series import LEVEL
from sizepower.spaced import LEAD

BESIDE = ("adj-bmp", "portfolio-ewma-sq")
"""Tests measured on one date whichever leads."""
BLOCK = 21
"""Sessions of a cluster of samples of one date."""
APART = 11
"""Fewest sessions between several dates."""


@dataclass(frozen=True)
class Common:
    """All stocks on one date, every `step`-th session; or random ones on random dates.

    Parameters
    ----------
    panel : str
        The stocks, with their model.
    dates, each : int
        Dates, and different stocks on each of them.
    window : (int, int)
        CAR window.
    step : int
        Sessions from one date to the next; 0 = dates are drawn.
    samples : int
        Draws, where dates are drawn.
    """

    panel: str
    dates: int
    each: int
    window: Window
    step: int = 0
    samples: int = 0

    @property
    def key(self) -> str:
        """The design in words."""
        shape = f"{self.each} on one date" if self.step else f"{self.dates} dates x {self.each}"
        window = f"[0, {self.window[1]:+d}]".replace("+0", "0")
        return f"{self.panel}: {shape}, {window}"

    @property
    def grid(self) -> np.ndarray:
        """Sessions that are a date, where they are not drawn."""
        return np.arange(FIRST, sessions(self.panel) - self.window[1], self.step)

    def rng(self, number: int) -> np.random.Generator:
        """Return the generator of a sample: the same for all models and windows."""
        name = f"{self.dates} dates x {self.each}"
        return np.random.default_rng([SEED, zlib.crc32(name.encode()), number])

    def positions(self, number: int) -> np.ndarray:
        """Dates of a sample."""
        if self.step:
            return self.grid[[number]]
        room = sessions(self.panel) - 6 - FIRST - (self.dates - 1) * (APART - 1)
        chosen = np.sort(self.rng(number).choice(room, self.dates, replace=False))
        return FIRST + chosen + np.arange(self.dates) * (APART - 1)

    def assets(self, number: int, available: int) -> np.ndarray:
        """Stocks on each date of a sample, shape (dates, each)."""
        if self.step:
            return np.arange(self.each)[None, :]
        rng = self.rng(number)
        rng.bit_generator.advance(1 << 32)  # apart from the draws of dates
        return np.stack([rng.permutation(available)[: self.each] for _ in range(self.dates)])

    def cluster(self, number: int) -> int:
        """Dates of one month are one cluster; drawn samples each their own."""
        return int(self.grid[number]) // BLOCK if self.step else number


DESIGNS = (
    *(
        Common(panel, 1, 20, window, step=3)
        for panel in (STOCKS, STOCKS_MEAN)
        for window in ((0, 0), (0, 1))
    ),
    *(
        Common(panel, dates, each, window, samples=1000)
        for panel in (STOCKS, STOCKS_MEAN)
        for dates, each in ((5, 4), (10, 2))
        for window in ((0, 0), (0, 1))
    ),
)


def designs() -> tuple[Common, ...]:
    """Return all designs."""
    return DESIGNS


def count(design: Common) -> int:
    """Return the number of samples."""
    return len(design.grid) if design.step else design.samples


@cache
def terciles(design: Common) -> np.ndarray:
    """Third of each sample, by the volatility of all stocks together before its dates (mean)."""
    before = ratios(design.panel)[-1]
    return thirds(
        np.array([before[design.positions(number)].mean() for number in range(count(design))])
    )


def run(design: Common, first: int, last: int) -> Counts:
    """Count samples from `first` to before `last`."""
    counts: Counts = Counter()
    history = panel(design.panel, design.window)
    numbers = range(first, min(last, count(design)))
    positions = np.stack([design.positions(number) for number in numbers])
    pool = on_dates(history, positions.ravel())
    available = len(history.data)
    columns = np.arange(positions.size).reshape(positions.shape)
    for line, number in enumerate(numbers):
        chosen = design.assets(number, available)
        part = pool.rows((chosen * positions.size + columns[line][:, None]).ravel())
        classes: tuple[str, ...] = (TERCILES[terciles(design)[number]],)
        if spread_ratio(part, design.window) > WILD_RATIO:
            classes += (WILD,)
        for measure, hit in _decisions(design, part, history).items():
            note(counts, design.cluster(number), measure, hit, *classes)
    return counts


def _decisions(design: Common, part: AbnormalReturns, history: PlaceboDays) -> dict[str, bool]:
    """Whether intervals hold 0, and whether tests reject."""
    with without_band():
        result = average(part, [design.window], history)
    decisions = {TEXTBOOK: bool(result.low_t[0] <= 0 <= result.high_t[0])}
    if np.isfinite(result.low[0]):
        decisions[MEAN] = bool(result.low[0] <= 0 <= result.high[0])
    sample = CrossSection(part, design.window, history)
    lead = choose(situation_of(sample, overlaps(part, design.window))).headline
    outcome = lead(sample)
    if outcome.computed:
        decisions[LEAD] = decisions[f"{LEAD}, {lead.name}"] = outcome.p <= LEVEL
    for name in BESIDE if design.dates == 1 else ():
        beside = TESTS[name]()(sample)
        if beside.computed:
            decisions[name] = beside.p <= LEVEL
    return decisions
