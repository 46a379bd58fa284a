"""One event on one series, every session: the interval of its CAR, the band of its path."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import stats

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.inference.intervals import car_intervals, path_bands
from eventstudy.settings import Window, length
from sizepower.clustered import TERCILES, WILD, Counts, note
from sizepower.crowded import WILD_RATIO
from sizepower.panels import FIRST, RATES, STOCKS, episodes, panel, ratios, sessions, thirds

CONFIDENCE = 0.95
CAR, TEXTBOOK, PATH = "one CAR", "one CAR, textbook", "path of one episode"
FEWEST = 5
"""Of fewer days no spread is taken."""
BLOCK = 22
"""Sessions of a cluster: twice the longest window."""


@dataclass(frozen=True)
class Single:
    """A window at every `step`-th session of all series of a panel."""

    panel: str
    window: Window
    step: int
    path: bool = False

    @property
    def key(self) -> str:
        """The design in words."""
        window = f"[{self.window[0]}, {self.window[1]:+d}]".replace("+0", "0")
        return f"{self.panel}: {'path ' if self.path else ''}{window}"

    @property
    def days(self) -> np.ndarray:
        """Sessions that are day 0."""
        return np.arange(FIRST, sessions(self.panel) - max(0, self.window[1]), self.step)


WINDOWS = ((0, 0), (0, 1), (0, 4), (-5, 5))
DESIGNS = (
    *(Single(RATES, window, 1) for window in WINDOWS),
    Single(RATES, (-5, 5), 1, path=True),
    *(Single(STOCKS, window, 4) for window in WINDOWS),
    Single(STOCKS, (-5, 5), 4, path=True),
)


def designs() -> tuple[Single, ...]:
    """Return all designs."""
    return DESIGNS


def count(design: Single) -> int:
    """Return the number of days."""
    return len(design.days)


@cache
def terciles(design: Single) -> np.ndarray:
    """Third of each series and day, by the volatility before the first day of the window."""
    return thirds(ratios(design.panel)[:-1, design.days + design.window[0]])


def run(design: Single, first: int, last: int) -> Counts:
    """Count days from `first` to before `last`, of all series."""
    counts: Counts = Counter()
    history = panel(design.panel, design.window)
    days = design.days[first:last]
    for row, asset in enumerate(history.data):
        part = episodes(history, asset, days)
        wild = _spread(part, design.window) > WILD_RATIO
        thirds_of = terciles(design)[row, first:last]
        for measure, held in _held(design, part).items():
            for day, hit, third, is_wild in zip(days, held, thirds_of, wild, strict=True):
                classes = (TERCILES[third], WILD) if is_wild else (TERCILES[third],)
                note(counts, int(day) // BLOCK, measure, hit, *classes)
    return counts


def _spread(part: AbnormalReturns, window: Window) -> np.ndarray:
    """Spread of the days of each window over s; NaN for a few days."""
    ar = part.ar[:, part.columns(window)]
    if length(window) < FEWEST:
        return np.full(len(ar), np.nan)
    return np.asarray(ar.std(axis=1, ddof=1) / np.sqrt(part.s2))


def _held(design: Single, part: AbnormalReturns) -> dict[str, np.ndarray]:
    """Whether each interval holds 0."""
    if design.path:
        windows = [(-5, last) for last in range(-5, 6)]
        path = np.stack([part.car(window) for window in windows], axis=1)
        half = path_bands(part, windows, CONFIDENCE).half
        return {PATH: (np.abs(path) <= half).all(axis=1)}
    interval = car_intervals(part, design.window, CONFIDENCE)
    wide = stats.t.ppf((1 + CONFIDENCE) / 2, part.df) * part.car_se(design.window)
    car = part.car(design.window)
    return {
        CAR: (interval.low <= 0) & (interval.high >= 0),
        TEXTBOOK: np.abs(car) <= wide,
    }
