"""Sessions with a statement against the other sessions of the same weeks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.results import dated

if TYPE_CHECKING:
    from eventstudy.arrays import Array, Ints, Mask
    from eventstudy.results import EventStudyResults


FEWEST = 5
"""Fewer sessions than this on either side are not compared."""


@dataclass(frozen=True)
class Comparison:
    """Two sets of sessions compared.

    Parameters
    ----------
    n, n_other : int
        Sessions with and without a statement.
    mean, mean_other, sd, sd_other : float
        Their mean return and standard deviation, as fractions.
    p_mean : float
        Two-sided p of Welch's t for equal means.
    p_size : float
        Two-sided p of the Mann-Whitney test for equal absolute returns.
    """

    n: int
    n_other: int
    mean: float
    mean_other: float
    sd: float
    sd_other: float
    p_mean: float
    p_size: float


@dataclass(frozen=True)
class StatementDays:
    """The weeks of a group of statements, on one asset.

    Parameters
    ----------
    asset, group : str
        What is compared.
    first, last : Timestamp
        From the first day 0 to the last possible one.
    sessions, with_statement : int
        Sessions in these weeks, and those that carry a statement.
    whole : Comparison or None
        All of them; None when there are too few of either kind.
    before : Comparison or None
        Those before the session with the largest move.
    largest : Timestamp
        That session.
    """

    asset: str
    group: str
    first: pd.Timestamp
    last: pd.Timestamp
    sessions: int
    with_statement: int
    whole: Comparison | None
    before: Comparison | None
    largest: pd.Timestamp

    @property
    def share(self) -> float:
        """Share of sessions that carry a statement."""
        return self.with_statement / self.sessions


def compare(returns: Array, marked: Mask) -> Comparison | None:
    """Compare marked with other returns; None when either kind has fewer than five."""
    from scipy import stats

    known = np.isfinite(returns)
    inside, other = returns[known & marked], returns[known & ~marked]
    if min(len(inside), len(other)) < FEWEST:
        return None
    return Comparison(
        n=len(inside),
        n_other=len(other),
        mean=float(inside.mean()),
        mean_other=float(other.mean()),
        sd=float(inside.std(ddof=1)),
        sd_other=float(other.std(ddof=1)),
        p_mean=float(stats.ttest_ind(inside, other, equal_var=False).pvalue),
        p_size=float(stats.mannwhitneyu(np.abs(inside), np.abs(other)).pvalue),
    )


def campaigns(
    results: EventStudyResults, group: str | None = None, *, compared: bool = True
) -> list[StatementDays]:
    """Compare the statement sessions of a group with the other sessions of its weeks.

    Dates alone cannot tell statements from everything else that happened in the same
    weeks when most sessions carry one: the share says how bad it is.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    group : str, optional
        A group of the study. Default: the one that leads, or all events when it has none.
    compared : bool
        Whether to compare; else `whole` and `before` are None. (An exact test takes some 70 ms:
        a study of many firms does without.)

    Returns
    -------
    list of StatementDays
        One for each asset on which the group has a day 0, and a return in its weeks.
    """
    name = group or results.headline
    member = results.group_members.get(name, np.ones(len(results.events), dtype=bool))
    made = []
    for asset, data in results.data.items():
        placed = results.alignments.days[asset]
        chosen = placed.accepted & member[placed.index]
        if chosen.any():
            days = np.unique(placed.position[chosen])
            latest = max(days[-1], placed.latest_position[chosen].max())
            last = min(int(latest), len(data.returns) - 1)
            if np.isfinite(data.returns[days[0] : last + 1]).any():
                made.append(_campaign(results, name, asset, days, last, compared=compared))
    return made


def _campaign(
    results: EventStudyResults, group: str, asset: str, days: Ints, last: int, *, compared: bool
) -> StatementDays:
    data = results.data[asset]
    span = slice(int(days[0]), last + 1)
    returns = data.returns[span]
    dates = dated(data.calendar.sessions[span])
    marked = np.isin(np.arange(span.start, span.stop), days)
    largest = int(np.nanargmax(np.abs(returns)))
    return StatementDays(
        asset=asset,
        group=group,
        first=dates[0],
        last=dates[-1],
        sessions=len(dates),
        with_statement=int(marked.sum()),
        whole=compare(returns, marked) if compared else None,
        before=compare(returns[:largest], marked[:largest]) if compared else None,
        largest=dates[largest],
    )
