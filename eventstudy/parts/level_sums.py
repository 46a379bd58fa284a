"""What is added up over the episodes of a level and a window, part after part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.arrays import distinct
from eventstudy.inference import CrossSection
from eventstudy.inference.base import declared
from eventstudy.inference.day_totals import FEWEST_COMMON
from eventstudy.inference.shared_days import window_ends
from eventstudy.inference.shared_estimation import same_series_correlation
from eventstudy.inference.sums import added, collect, collected
from eventstudy.parts.day_sums import DateSums, date_sums, date_sums_of, no_sums
from eventstudy.prices.quality.holes import whole_of
from eventstudy.results.levels import leading, levels

if TYPE_CHECKING:
    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.arrays import Array, Ints
    from eventstudy.inference import SignificanceTest
    from eventstudy.inference.sums import BlockSum
    from eventstudy.results import EventStudyResults
    from eventstudy.results.levels import Level
    from eventstudy.settings import Window

Key = tuple[str, str, str, str]
"""Group; asset, empty where averages go across assets; window; all that enter, or who lead."""
EVERY, LEADING = "every", "leading"
"""Episodes of a level that enter, overlapping ones too; those that overlap no earlier one."""


@dataclass
class LevelSums:
    """Sums over the episodes of a level that enter averages over a window.

    Parameters
    ----------
    n : int
        Episodes.
    square : float
        Of the series, Σ|Σ a|² as in `shared_estimation_correlation`.
    ends : ndarray, shape (dates, 7)
        Of each day 0: the least and largest first day, last day and sum of days of a window.
    enough : bool
        Whether all have estimation days enough to be correlated.
    tests : dict of str to ndarray
        What named tests add up, by the name of the sum.
    sums : DateSums
        Unit residuals by day 0; of several assets.
    """

    n: int = 0
    square: float = 0.0
    ends: Array = field(default_factory=lambda: np.zeros((0, 7)))
    enough: bool = True
    tests: dict[str, Array] = field(default_factory=dict)
    sums: DateSums = field(default_factory=no_sums)

    def plus(self, other: LevelSums, made: dict[tuple[int, int], DateSums]) -> LevelSums:
        """Return these sums and those of a later part.

        `made` keeps sums by date of which windows share both terms, while these live.
        """
        tests = dict(self.tests)
        for name, value in other.tests.items():
            tests[name] = tests[name] + value if name in tests else value
        terms = id(self.sums), id(other.sums)
        if terms not in made:
            made[terms] = self.sums.plus(other.sums)
        return LevelSums(
            self.n + other.n,
            self.square + other.square,
            _by_date(np.concatenate([self.ends, other.ends])),
            self.enough and other.enough,
            tests,
            made[terms],
        )

    @property
    def apart(self) -> bool:
        """Whether episodes share all days of a window or none, see `shared_day_correlation`."""
        low, high = self.ends[:, 1:4], self.ends[:, 4:7]
        later = self.ends[1:, 1] > self.ends[:-1, 5]
        return bool(self.enough and (low == high).all() and later.all())


def _by_date(rows: Array) -> Array:
    """Join rows of one day 0: the least of its first three numbers, the largest of the others."""
    if not len(rows):
        return rows
    days, place = distinct(rows[:, 0].astype(np.intp))
    few = len(days) < np.iinfo(np.uint16).max  # small numbers are ordered in a tenth of the time
    rows = rows[np.argsort(place.astype(np.uint16) if few else place, kind="stable")]
    starts = np.flatnonzero(np.diff(rows[:, 0], prepend=rows[0, 0] - 1))
    low = np.minimum.reduceat(rows[:, 1:4], starts)
    return np.column_stack([rows[starts, 0], low, np.maximum.reduceat(rows[:, 4:7], starts)])


def key_of(level: Level, window: Window, which: str, *, pooled: bool) -> Key:
    """Return the key of the sums of a level and window."""
    return level.group, "" if pooled else level.asset, f"{window[0]} {window[1]}", which


def part_sums(
    study: EventStudyResults, tests: Iterable[SignificanceTest], columns: Iterable[BlockSum[Any]]
) -> Iterator[tuple[Key, LevelSums]]:
    """Yield what a part adds to the sums of each level and window.

    Parameters
    ----------
    study : EventStudyResults
        The part.
    tests : iterable of SignificanceTest
        Those whose sums are wanted.
    columns : iterable of BlockSum
        What else is made of the days of each episode: in the same pass over them.
    """
    tests, several, place_of = list(tests), study.pooled, whole_of(study.prices).rows_of
    abnormal, chosen = study.abnormal, list(levels(study))
    estimated = np.isfinite(abnormal.s2)
    dated = [
        date_sums_of(abnormal, level.rows[estimated[level.rows]], level.group, place_of)
        for level in chosen
        if several
    ]
    collect(abnormal, *columns, *dated)
    for place, level in enumerate(chosen):
        every = collected(abnormal, dated[place]) if several else no_sums()
        for window in study.windows.car:
            episodes = abnormal.part(level.rows)
            keep = np.isfinite(episodes.car(window)) & episodes.covers_day0(window)
            rows = level.rows[keep]
            lead = leading(study, rows, window)
            for which, entering in ((EVERY, rows), (LEADING, rows[lead])):
                if which == LEADING and lead.all():
                    continue
                made = _sums(study, entering, window, tests)
                if several:
                    lacking = np.setdiff1d(level.rows, entering, assume_unique=True)
                    lacking = lacking[estimated[lacking]]
                    less = date_sums(abnormal.rows(lacking), place_of)
                    made.sums = every.plus(less, -1.0) if len(lacking) else every
                yield key_of(level, window, which, pooled=several), made


def _sums(
    study: EventStudyResults, rows: Ints, window: Window, tests: list[SignificanceTest]
) -> LevelSums:
    """Return the sums over some episodes but for those by date."""
    if not len(rows):
        return LevelSums()
    episodes = study.abnormal.part(rows)
    ends = window_ends(episodes, window)
    day0 = episodes.day0.astype("datetime64[D]").astype(float)
    made = LevelSums(
        n=len(rows),
        square=_square(study, episodes, window),
        ends=_by_date(np.column_stack([day0, ends, ends])),
        enough=bool((episodes.observed >= FEWEST_COMMON).all()),
    )
    sample = CrossSection(episodes, window, study.history)
    for each in (each for test in tests for each in declared(test, sample)):
        if each.join is added and not each.by_episode:
            value = collected(episodes, each)
            if isinstance(value, np.ndarray):
                made.tests[repr(each.name)] = value
    return made


def _square(study: EventStudyResults, episodes: AbnormalReturns, window: Window) -> float:
    """Σ over the series of |Σ a|²: N for episodes that share nothing."""
    n = len(episodes.position)
    if n < 2:
        return float(n)
    return same_series_correlation(episodes, window, study.history) * n * (n - 1) + n
