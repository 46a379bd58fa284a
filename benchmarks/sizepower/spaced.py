"""Many dates of one series that do not overlap: within a year, and over twenty."""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.abnormal.placebo_days import PlaceboDays
from eventstudy.inference import TESTS, CrossSection
from eventstudy.inference.average import average, overlaps
from eventstudy.inference.router import choose, situation_of
from eventstudy.settings import Window
from sizepower.clustered import TERCILES, WILD, Counts, note
from sizepower.crowded import EVENT, MEAN, PATH, TEXTBOOK, WILD_RATIO
from sizepower.many import SEED
from sizepower.panels import (
    FIRST,
    RATES,
    episodes,
    panel,
    ratios,
    sessions,
    spread_ratio,
    thirds,
    without_band,
)
from sizepower.series import LEVEL

LEAD, SEPARATE = "lead", "bmp, separate estimation"
"""The test that leads, whichever; and BMP without the factor for what episodes share."""


@dataclass(frozen=True)
class Spaced:
    """N dates of each of ten rates, the same ones, drawn `apart` sessions from one another.

    Parameters
    ----------
    n : int
        Dates.
    within : int
        Sessions among which they are drawn, at a random place; 0 = the whole series.
    window : (int, int)
        CAR window.
    apart : int
        Fewest sessions from one date to the next: the windows share no day.
    samples : int
        Draws; each is a sample of all ten rates.
    path : bool
        Whether the band of the mean path over `EVENT` is measured, in place of the mean.
    """

    n: int
    within: int
    window: Window
    apart: int
    samples: int
    path: bool = False

    @property
    def key(self) -> str:
        """The design in words."""
        where = f"{self.within} sessions" if self.within else "20 years"
        window = "path [-5, +5]" if self.path else f"[0, {self.window[1]:+d}]".replace("+0", "0")
        return f"{RATES}: {self.n} dates in {where}, {window}"

    def dates(self, number: int) -> np.ndarray:
        """Positions of a sample: the same for windows of one length."""
        name = f"{self.n} in {self.within}, {self.apart}"
        rng = np.random.default_rng([SEED, zlib.crc32(name.encode()), number])
        first, last = FIRST, sessions(RATES) - 6
        if self.within:
            first = int(rng.integers(FIRST, last - self.within + 1))
            last = first + self.within
        room = last - first - (self.n - 1) * (self.apart - 1)
        chosen = np.sort(rng.choice(room, self.n, replace=False))
        return first + chosen + np.arange(self.n) * (self.apart - 1)

    def cluster(self, number: int) -> int:
        """Return the year of a sample; of the whole series each has a number of its own."""
        return int(self.dates(number)[0]) // self.within if self.within else number


DESIGNS = (
    *(Spaced(40, 250, window, 2, 400) for window in ((0, 0), (0, 1))),
    *(Spaced(40, 0, window, 2, 200) for window in ((0, 0), (0, 1))),
    Spaced(20, 0, EVENT, 11, 150, path=True),
)


def designs() -> tuple[Spaced, ...]:
    """Return all designs."""
    return DESIGNS


def count(design: Spaced) -> int:
    """Return the number of draws."""
    return design.samples


@cache
def terciles(design: Spaced) -> np.ndarray:
    """Third of each series and sample, by the mean over the dates of the volatility before."""
    before = ratios(RATES)[:-1]
    start = min(0, design.window[0])
    means = [
        before[:, design.dates(number) + start].mean(axis=1) for number in range(design.samples)
    ]
    return thirds(np.stack(means, axis=1))


def run(design: Spaced, first: int, last: int) -> Counts:
    """Count samples from `first` to before `last`, of all rates."""
    counts: Counts = Counter()
    base = panel(RATES, design.window)
    for number in range(first, min(last, design.samples)):
        dates, cluster = design.dates(number), design.cluster(number)
        for row, asset in enumerate(base.data):
            part = episodes(base, asset, dates, dates)
            behind = replace(base, events={asset: dates})
            classes: tuple[str, ...] = (TERCILES[terciles(design)[row, number]],)
            if spread_ratio(part, design.window) > WILD_RATIO:
                classes += (WILD,)
            for measure, hit in _decisions(design, part, behind).items():
                note(counts, cluster, measure, hit, *classes)
    return counts


def _decisions(design: Spaced, part: AbnormalReturns, behind: PlaceboDays) -> dict[str, bool]:
    """Whether intervals hold 0, and whether the test that leads rejects."""
    if design.path:
        windows = [(EVENT[0], last) for last in range(EVENT[0], EVENT[1] + 1)]
        path = average(part, windows, behind)
        held = bool((np.abs(path.mean) <= path.half).all())
        return {PATH: held} if path.band != "none" else {}
    with without_band():
        result = average(part, [design.window], behind)
    sample = CrossSection(part, design.window, behind)
    now = situation_of(sample, overlaps(part, design.window))
    lead = choose(now).headline
    outcome = lead(sample)
    decisions = {
        MEAN: bool(result.low[0] <= 0 <= result.high[0]),
        TEXTBOOK: bool(result.low_t[0] <= 0 <= result.high_t[0]),
        SEPARATE: TESTS["bmp"]()(sample).p <= LEVEL,
    }
    if outcome.computed:
        decisions[LEAD] = decisions[f"{LEAD}, {lead.name}"] = outcome.p <= LEVEL
    return decisions
