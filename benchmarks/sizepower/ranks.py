"""GRANK-T with two to twenty episodes: why it is refused below ten."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.abnormal.stacked import stack
from eventstudy.inference import CrossSection
from eventstudy.inference.battery.generalised_rank import GrankT
from eventstudy.inference.router import Situation, refusal
from sizepower.clustered import Counts, note
from sizepower.common import APART
from sizepower.many import SEED
from sizepower.panels import FIRST, RATES, STOCKS, episodes, panel, sessions
from sizepower.series import LEVEL
from sizepower.simulated import GAP, NORMAL, measured, shocks

WINDOW = (0, 0)
SIZES = (2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20)
ESTIMATION = 250
PANELS = {NORMAL: NORMAL, RATES: "one of ten ECB rates", STOCKS: STOCKS}
SAMPLES = {NORMAL: 4000, RATES: 400, STOCKS: 2000}


@dataclass(frozen=True)
class Ranks:
    """N episodes of different dates: of one series, or of different ones."""

    panel: str
    n: int

    @property
    def key(self) -> str:
        """The design in words."""
        return f"{PANELS[self.panel]}: {self.n} dates"

    @property
    def refused(self) -> bool:
        """Whether the router refuses the test."""
        return bool(refusal(GrankT(), Situation(self.n, self.n, 1)))

    def dates(self, number: int) -> np.ndarray:
        """Positions of a sample, `APART` sessions apart or more."""
        rng = np.random.default_rng([SEED, zlib.crc32(self.key.encode()), number])
        room = sessions(self.panel) - 6 - FIRST - (self.n - 1) * (APART - 1)
        chosen = np.sort(rng.choice(room, self.n, replace=False))
        return FIRST + chosen + np.arange(self.n) * (APART - 1)


DESIGNS = tuple(Ranks(name, n) for name in PANELS for n in SIZES)


def designs() -> tuple[Ranks, ...]:
    """Return all designs."""
    return DESIGNS


def count(design: Ranks) -> int:
    """Return the number of samples."""
    return SAMPLES[design.panel]


def run(design: Ranks, first: int, last: int) -> Counts:
    """Count samples from `first` to before `last`."""
    counts: Counts = Counter()
    for number, part in _parts(design, first, min(last, count(design))):
        outcome = GrankT()(CrossSection(part, WINDOW))
        if outcome.computed:
            note(counts, number, GrankT.name, outcome.p <= LEVEL)
    return counts


def _parts(design: Ranks, first: int, last: int) -> Iterator[tuple[int, AbnormalReturns]]:
    n = design.n
    if design.panel == NORMAL:
        days = ESTIMATION + GAP + 1
        returns = shocks(NORMAL, design.key, first * n, last * n, days)
        part = measured(returns, WINDOW, ESTIMATION)
        for line, number in enumerate(range(first, last)):
            yield number, part.rows(np.arange(line * n, (line + 1) * n))
        return
    history = panel(design.panel, WINDOW)
    names = list(history.data)
    for number in range(first, last):
        dates = design.dates(number)
        if design.panel == RATES:
            for asset in names:
                yield number, episodes(history, asset, dates, dates)
            continue
        rng = np.random.default_rng([SEED, zlib.crc32(design.key.encode()), number, 1])
        stocks = rng.permutation(len(names))[:n]
        pairs = zip(stocks, dates, strict=True)
        yield number, stack([episodes(history, names[s], np.array([day])) for s, day in pairs])
