"""Mean correlations from sums of unit residuals by day: no pair of episodes ever meets.

With v_i of mean zero and mean square one over the days of episode i, the sum over all pairs of
Σ_t v_it v_jt is Σ_t (S_t² - Σ_i v_it²), S_t = Σ_i v_it; over the number of days that the pairs
share, Σ_t (K_t² - K_t), K_t episodes on day t, it is their mean correlation. It is exact where all
of them have the same days. Else a pair weighs by the days that it shares, and each residual is
standardised over all days of its episode: an estimate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.abnormal.placed_returns import PlacedReturns
from eventstudy.executors import in_order, ranges
from eventstudy.inference import session_sums
from eventstudy.inference.day_totals import FEWEST_COMMON, DayTotals
from eventstudy.inference.sums import BlockSum, collected, column

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.arrays import Array, Ints
    from eventstudy.inference.day_totals import DaySums, Grouped

OTHERS = 8_192
"""Episodes that a part of a study lacks whose sums are made at once."""


def day_sums(
    study: AbnormalReturns, name: str, grouped: Callable[[AbnormalReturns], Grouped], least: int = 2
) -> BlockSum[DayTotals]:
    """Return what is added up of the residuals of a study for `sums_by_day`.

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
    rows = [0]
    totals: list[DayTotals] = []

    def add(block: AbnormalReturns) -> DayTotals:
        if not totals:
            totals.append(DayTotals.empty(study, *grouped(study), least))
        first, rows[0] = rows[0], rows[0] + len(block.position)
        totals[0].add(block, np.arange(first, rows[0]))
        return totals[0]

    def only(parts: Sequence[DayTotals]) -> DayTotals:
        return parts[-1] if parts else DayTotals.empty(study, *grouped(study), least)

    return BlockSum(("day sums", name), add, only, of_study=True, in_turn=True)


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
    """Return what `sums_by_day` rests on; parameters as there and of `day_sums`."""
    whole = abnormal.whole
    study = abnormal if whole is None else whole[0]
    totals = collected(study, declared_sums(study, name, grouped, least))
    if whole is None:
        return totals
    if not abnormal.has(("totals", name)):
        lessen(totals, name, [abnormal])
    return abnormal.once(("totals", name), lambda: totals)


def lessen(totals: DayTotals, name: str, parts: Sequence[AbnormalReturns]) -> None:
    """Make, and keep, the sums of parts of a study: its own less those of what each lacks.

    Parameters
    ----------
    totals : DayTotals
        The sums of the study.
    name : str
        As of `sums_by_day`.
    parts : sequence of AbnormalReturns
        Parts of one study.
    """
    tasks: list[tuple[int, Ints]] = []
    for place, part in enumerate(parts):
        assert part.whole is not None
        study, rows = part.whole
        lacking = np.ones(len(study.position), dtype=bool)
        lacking[rows] = False
        others = np.flatnonzero(lacking)
        tasks += [(place, others[some]) for some in ranges(len(others), OTHERS)]

    def of(task: tuple[int, Ints]) -> list[Array]:
        less = totals.nothing()
        less.add(study.rows(task[1]), task[1], far=True)
        return less.added_up

    less = [totals.nothing() for _ in parts]
    for (place, _), made in zip(tasks, in_order(parts[0].copies, of, tasks), strict=True):
        less[place].more([made])
    for part, others_of in zip(parts, less, strict=True):
        part.keep(("totals", name), totals.without(others_of))


def declared_sums(
    study: AbnormalReturns, name: str, grouped: Callable[[AbnormalReturns], Grouped], least: int = 2
) -> BlockSum[DayTotals]:
    """Return `day_sums`; where products of matrices are cheaper they are made, and kept, at once.

    Parameters as of `day_sums`.
    """
    made = day_sums(study, name, grouped, least)
    if isinstance(study, PlacedReturns) and not study.has(made.name):
        totals = DayTotals.empty(study, *grouped(study), least)
        if session_sums.fits(study, totals):
            session_sums.add_all(study, totals, FEWEST_COMMON)
            study.keep(made.name, totals)
    return made


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
