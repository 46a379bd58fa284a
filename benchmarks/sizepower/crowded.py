"""Calendars whose windows overlap: the mean by joint dummies, its band, and the tests."""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.abnormal.joint_dummies import overlapping
from eventstudy.abnormal.placebo_days import PlaceboDays
from eventstudy.design.overlap import FEW
from eventstudy.inference import CrossSection
from eventstudy.inference.average import Average, average, overlaps
from eventstudy.inference.placebo import scaled_z
from eventstudy.inference.router import Choice, Situation, choose
from eventstudy.settings import Window
from sizepower.clustered import TERCILES, WILD, Counts, note
from sizepower.many import SEED
from sizepower.panels import (
    FIRST,
    FLOATING,
    MANAGED,
    RATES,
    Prepared,
    episodes,
    panel,
    ratios,
    sessions,
    thirds,
    without_band,
)
from sizepower.series import LEVEL

WILD_RATIO = 1.5
"""Event days are called wild from this multiple of the estimation window's spread."""
MEAN, TEXTBOOK, PATH = "mean", "mean, textbook", "path"
EVENT = (-5, 5)


@dataclass(frozen=True)
class Crowded:
    """So many days 0 in a run of sessions of a panel, starting at every `step`-th session.

    Parameters
    ----------
    panel : str
        The series; all have the same calendar at each start.
    events, span : int
        Days 0, and the sessions from the first to the last.
    window : (int, int)
        CAR window.
    step : int
        Sessions from one start to the next.
    path : bool
        Whether the band of the mean path over `EVENT` is measured, in place of the mean.
    """

    panel: str
    events: int
    span: int
    window: Window
    step: int
    path: bool = False

    @property
    def key(self) -> str:
        """The design in words."""
        window = "path [-5, +5]" if self.path else f"[{self.window[0]}, +{self.window[1]}]"
        return f"{self.panel}: {self.events} day 0 in {self.span} sessions, {window}"

    @property
    def starts(self) -> np.ndarray:
        """Sessions that are a first day 0."""
        last = max(self.window[1], EVENT[1] if self.path else 0)
        return np.arange(FIRST, sessions(self.panel) - self.span - last, self.step)

    @property
    def block(self) -> int:
        """Sessions of a cluster: samples that start in the same block are one."""
        return 2 * self.span

    def calendar(self, number: int) -> np.ndarray:
        """Days 0 of a sample: the first and last session of its run, the others at random.

        Drawn again where so few windows overlap that they would leave the mean instead.
        """
        name = f"{self.events} in {self.span}"
        rng = np.random.default_rng([SEED, zlib.crc32(name.encode()), number])
        while True:
            inner = 1 + rng.choice(self.span - 2, self.events - 2, replace=False)
            days = self.starts[number] + np.sort([0, *inner, self.span - 1])
            if FEW * overlapping(days, self.window) > self.events:
                return days


def _calendars(panel: str, steps: tuple[int, int, int, int]) -> list[Crowded]:
    shapes = ((43, 57, (0, 1)), (10, 40, (0, 4)), (5, 9, (0, 1)), (20, 60, (0, 1)))
    return [Crowded(panel, *shape, step) for shape, step in zip(shapes, steps, strict=True)]


DESIGNS = (
    *_calendars(RATES, (6, 8, 6, 12)),
    Crowded(RATES, 43, 57, (-5, 5), 57, path=True),
    Crowded(RATES, 10, 40, (-5, 5), 40, path=True),
    *_calendars(MANAGED, (2, 2, 2, 2)),
    *_calendars(FLOATING, (2, 2, 2, 2)),
)


def designs() -> tuple[Crowded, ...]:
    """Return all designs."""
    return DESIGNS


def count(design: Crowded) -> int:
    """Return the number of starts."""
    return len(design.starts)


def situation(design: Crowded) -> Situation:
    """Return the situation as the router sees it (it asks only whether windows overlap)."""
    return Situation(design.events, design.events, 1, design.events)


def deputy(choice: Choice) -> str:
    """Name of the test that leads where the calendar cannot be moved."""
    return choice.deputies[0] if choice.deputies else ""


@cache
def terciles(design: Crowded) -> np.ndarray:
    """Third of each series and start, by the volatility before the first day of the calendar."""
    before = -5 if design.path else design.window[0]
    return thirds(ratios(design.panel)[:-1, design.starts + before])


@cache
def _everywhere(name: str, window: Window, asset: str) -> tuple[np.ndarray, np.ndarray]:
    """All sessions that may be ordinary days of an asset, and their scaled CARs."""
    days = np.arange(FIRST, sessions(name) - window[1])
    return days, scaled_z(episodes(panel(name, window), asset, days), window)


def prepared(design: Crowded, asset: str, calendar: np.ndarray) -> Prepared:
    """Return the history of one asset, its ordinary days those whose windows touch no event.

    Their estimation windows hold the event days, which a study leaves out: with the series of
    4,700 days the p of a shifted calendar changes in the third digit.
    """
    base, window = panel(design.panel, design.window), design.window
    days, scaled = _everywhere(design.panel, window, asset)
    reach = max(0, window[1]) - min(0, window[0])
    free = np.abs(days[:, None] - calendar[None, :]).min(axis=1) > reach
    return Prepared(
        base.data,
        base.models,
        base.windows,
        base.options,
        {asset: calendar},
        days=days[free],
        scaled=scaled[free],
    )


def run(design: Crowded, first: int, last: int) -> Counts:
    """Count samples from `first` to before `last`, one for each start and series."""
    counts: Counts = Counter()
    base = panel(design.panel, EVENT if design.path else design.window)
    for number in range(first, min(last, count(design))):
        calendar = design.calendar(number)
        cluster = int(design.starts[number]) // design.block
        for row, asset in enumerate(base.data):
            part = episodes(base, asset, calendar, calendar)
            tercile = TERCILES[terciles(design)[row, number]]
            if design.path:
                behind = replace(base, events={asset: calendar})
                _path(part, behind, cluster, tercile, counts)
            else:
                _sample(design, part, calendar, cluster, tercile, counts)
    return counts


def _path(
    part: AbnormalReturns, behind: PlaceboDays, cluster: int, tercile: str, counts: Counts
) -> None:
    windows = [(EVENT[0], last) for last in range(EVENT[0], EVENT[1] + 1)]
    result = average(part, windows, behind)
    if result.band != "none":
        held = bool((np.abs(result.mean) <= result.half).all())
        note(counts, cluster, PATH, held, *_classes(result, tercile))


def _classes(result: Average, tercile: str) -> tuple[str, ...]:
    return (tercile, WILD) if result.event_sd_ratio > WILD_RATIO else (tercile,)


def _sample(
    design: Crowded,
    part: AbnormalReturns,
    calendar: np.ndarray,
    cluster: int,
    tercile: str,
    counts: Counts,
) -> None:
    """Count the intervals of one calendar, the shifted calendar and the union of days."""
    behind = prepared(design, str(part.assets[0]), calendar)
    touching = overlaps(part, design.window)
    with without_band():
        result = average(part, [design.window], behind)
    classes = _classes(result, tercile)
    ends = {MEAN: (result.low[0], result.high[0]), TEXTBOOK: (result.low_t[0], result.high_t[0])}
    for measure, (low, high) in ends.items():
        if np.isfinite([low, high]).all():
            note(counts, cluster, measure, low <= 0 <= high, *classes)
    choice = choose(Situation(design.events, design.events, 1, touching))
    sample = CrossSection(part, design.window, behind)
    others = [test for test in choice.companions if test.name == deputy(choice)]
    for test in (choice.headline, *others):
        outcome = test(sample)
        if outcome.computed:
            note(counts, cluster, test.name, outcome.p <= LEVEL, *classes)
