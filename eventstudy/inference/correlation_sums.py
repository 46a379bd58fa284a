"""Mean correlations from sums of unit residuals by day: no pair of episodes ever meets.

With v_i of mean zero and mean square one over the days of episode i, the sum over all pairs of
Σ_t v_it v_jt is Σ_t (S_t² - Σ_i v_it²), S_t = Σ_i v_it; over the number of days that the pairs
share, Σ_t (K_t² - K_t), K_t episodes on day t, it is their mean correlation. It is exact where all
of them have the same days. Else a pair weighs by the days that it shares, and each residual is
standardised over all days of its episode: an estimate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.abnormal.placed_returns import PlacedReturns
from eventstudy.arrays import distinct
from eventstudy.executors import ranges
from eventstudy.inference import session_sums
from eventstudy.inference.day_totals import FEWEST_COMMON, DayTotals
from eventstudy.inference.sums import BlockSum, collect, collected, column, not_made

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.arrays import Array, Ints, Mask
    from eventstudy.inference.day_totals import DaySums, Grouped

OTHERS = 16_384
"""Episodes that a part of a study lacks whose sums are made at once."""
SHARED = 512
"""Episodes that the same parts lack from which on they are added up once for all of these."""


@dataclass(frozen=True)
class DaySumsOf:
    """Sums by day of the residuals of a study, and of parts of it.

    Parameters
    ----------
    study : AbnormalReturns
        All of its episodes; a part asks the study that it is a part of.
    name : str
        Of the way to group.
    grouped : callable
        As of `sums_by_day`.
    least : int
        Episodes that a group needs.
    """

    study: AbnormalReturns
    name: str
    grouped: Callable[[AbnormalReturns], Grouped]
    least: int = 2

    @property
    def key(self) -> tuple[str, str]:
        """What the sums of the study are kept under."""
        return "day sums", self.name

    @property
    def wanted(self) -> BlockSum[DayTotals]:
        """What is added up; by products of matrices where they are cheaper."""
        products = self.study.once(("products", self.name), self._products)
        return self._in_turn() if products is None else products

    def _products(self) -> BlockSum[DayTotals] | None:
        if isinstance(self.study, PlacedReturns) and session_sums.fits(self.study, self._nothing):
            return session_sums.by_products(self.key, self.study, self._nothing, FEWEST_COMMON)
        return None

    def _in_turn(self) -> BlockSum[DayTotals]:
        totals, rows = self._nothing.nothing(), [0]  # begun anew, should the last pass have failed

        def add(block: AbnormalReturns) -> DayTotals:
            first, rows[0] = rows[0], rows[0] + len(block.position)
            totals.add(block, np.arange(first, rows[0]))
            return totals

        return BlockSum(self.key, add, lambda _: totals, of_study=True, in_turn=True)

    @property
    def _nothing(self) -> DayTotals:
        def empty() -> DayTotals:
            return DayTotals.empty(self.study, *self.grouped(self.study), self.least)

        return self.study.once(("nothing by day", self.name), empty)

    def to_lessen(self, parts: Sequence[AbnormalReturns]) -> list[AbnormalReturns]:
        """Return the parts whose sums are not made yet."""
        return [part for part in parts if not part.has(("totals", self.name))]

    def lessen(self, parts: Sequence[AbnormalReturns], *also: BlockSum[Any]) -> None:
        """Make, and keep, the sums of parts: those of the study less those of what each lacks.

        Parameters
        ----------
        parts : sequence of AbnormalReturns
            Parts of the study.
        *also : BlockSum
            What else is wanted of the study, made in the same pass.
        """
        lacking = self._lacking(parts)
        collect(self.study, self.wanted, lacking, *also)
        totals, less = self.study.once(self.key, not_made), self.study.take(lacking.name)
        for part in parts:
            part.keep(("totals", self.name), totals.without(less.pop(0)))

    def _lacking(self, parts: Sequence[AbnormalReturns]) -> BlockSum[list[DayTotals]]:
        """Return what is added up of the episodes that each part lacks."""
        nothing, tasks = self._nothing, _lacked(parts)

        def of(task: tuple[list[int], Ints]) -> list[Array]:
            less = nothing.nothing()
            less.add(self.study.rows(task[1]), task[1], far=True)
            return less.added_up

        def joined(made: Iterable[list[Array]]) -> list[DayTotals]:
            less = [nothing.nothing() for _ in parts]
            for (places, _), added_up in zip(tasks, made, strict=True):
                for place in places:
                    less[place].more([added_up])
            return less

        name = ("lacking by day", self.name, object())  # of these parts, once
        return BlockSum(name, of, joined, of_study=True, over=tasks)


def _lacked(parts: Sequence[AbnormalReturns]) -> list[tuple[list[int], Ints]]:
    """Return the rows that some parts of a study lack, with the places of these parts.

    Many that the same parts lack stand there once; others once for each part.
    """

    def lacks(part: AbnormalReturns) -> Mask:
        assert part.whole is not None
        study, rows = part.whole
        lacking = np.ones(len(study.position), dtype=bool)
        lacking[rows] = False
        return lacking

    others = np.flatnonzero(reduce(np.logical_or, map(lacks, parts)))
    by_part = np.array([lacks(part)[others] for part in parts])
    pattern = np.zeros(len(others), dtype=np.intp)
    for part in by_part:
        pattern = distinct(2 * pattern + part)[1]
    count = np.bincount(pattern)
    order, ends = np.argsort(pattern, kind="stable"), np.cumsum(count)
    alike = [order[ends[one] - count[one] : ends[one]] for one in np.flatnonzero(count >= SHARED)]
    made = [(np.flatnonzero(by_part[:, rows[0]]).tolist(), others[rows]) for rows in alike]
    few = count[pattern] < SHARED
    made += [([place], others[part & few]) for place, part in enumerate(by_part)]
    return [(places, rows[some]) for places, rows in made for some in ranges(len(rows), OTHERS)]


def sums_by_day(
    abnormal: AbnormalReturns, name: str, grouped: Callable[[AbnormalReturns], Grouped]
) -> DaySums:
    """Return the mean correlation of the estimation residuals of each group of episodes.

    The sums are kept with the study. A part of it takes them less those of the episodes that it
    lacks: windows that lack a few each need no pass over all the rest.

    Parameters
    ----------
    abnormal : AbnormalReturns
        Episodes.
    name : str
        Of the way to group.
    grouped : callable
        Groups the episodes of the study. Where it gives no days, residuals are paired by event
        time.

    Returns
    -------
    DaySums
        Of groups of two episodes or more.
    """
    return totals_by_day(abnormal, name, grouped).means()


def totals_by_day(
    abnormal: AbnormalReturns,
    name: str,
    grouped: Callable[[AbnormalReturns], Grouped],
    least: int = 2,
) -> DayTotals:
    """Return what `sums_by_day` rests on; parameters as there and of `DaySumsOf`."""
    whole = abnormal.whole
    sums = DaySumsOf(abnormal if whole is None else whole[0], name, grouped, least)
    totals = collected(sums.study, sums.wanted)
    if whole is None:
        return totals
    if sums.to_lessen([abnormal]):
        sums.lessen([abnormal])
    lessened: DayTotals = abnormal.once(("totals", name), not_made)
    return lessened


def pairs_that_share_days(abnormal: AbnormalReturns) -> float:
    """Count ordered pairs of episodes whose estimation windows share 30 dates or more, or so.

    By their first and last date: of windows of L1 sessions over D days, those that share
    30·D/L1 days.
    """
    first, last = collected(abnormal, _ENDS).T
    sessions = abnormal.observed.max(initial=1)
    shared = FEWEST_COMMON * np.median(last - first + 1) / sessions
    starts, ends = np.sort(first), np.sort(last)
    later = np.searchsorted(starts, ends - shared + 1, side="right")
    pairs = later.sum() - len(first) - len(first) * (len(first) - 1) // 2
    return 2.0 * max(float(pairs), 0.0)


def _ends(block: AbnormalReturns) -> Array:
    """First and last date of each estimation window as days since 1970."""
    days = block.estimation_day_numbers
    known = np.isfinite(block.residuals)
    low = np.where(known, days, np.iinfo(np.int32).max).min(axis=1)
    return np.column_stack([low, np.where(known, days, -1).max(axis=1)]).astype(float)


_ENDS = column("ends of the estimation window", _ends)
