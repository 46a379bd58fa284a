"""The sentences of a report that depend on its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.inference.router import TURBULENT
from eventstudy.results import levels
from eventstudy.results.text import p_value, percent, plural, window_words

if TYPE_CHECKING:
    from eventstudy.campaign import Campaign, Comparison
    from eventstudy.results import EventStudyResults, Level

UNUSUAL = 0.05
"""A day is called unusual when its p is at most this."""


def direction(results: EventStudyResults, asset: str, value: float) -> str:
    """Say which way a return points, such as "the ruble weakened by 1.30 %"."""
    words = results.about.asset(asset)
    return f"{words.up if value >= 0 else words.down} by {abs(100 * value):.2f} %"


@dataclass(frozen=True)
class Unusual:
    """How many days of a set of episodes are unusual, by two measures.

    Parameters
    ----------
    days : int
        Days measured.
    by_t : int
        Unusual by the textbook t, which takes volatility to be that of the estimation
        window.
    by_rank : int
        Unusual among estimation days in the same volatility.
    turbulent : int
        Days on whose eve volatility was more than 1.5 times that of the estimation window.
    median_ratio : float
        Median of that ratio.
    """

    days: int
    by_t: int
    by_rank: int
    turbulent: int
    median_ratio: float


def unusual_days(results: EventStudyResults, level: Level) -> Unusual:
    """Count the unusual day-0 sessions of a level."""
    from scipy import stats

    from eventstudy.inference.volatility import scaled_days

    part = results.abnormal.rows(level.rows)
    scaled = scaled_days(part)
    zero = -int(part.tau[0])
    ar, se = part.ar[:, zero], part.ar_se()[:, zero]
    known = np.isfinite(ar)
    t = np.abs(ar / se)[known]
    p = 2 * stats.t.sf(t, part.df[known])
    return Unusual(
        days=int(known.sum()),
        by_t=int((p <= UNUSUAL).sum()),
        by_rank=int((scaled.p[known, zero] <= UNUSUAL).sum()),
        turbulent=int((scaled.ratio[known] > TURBULENT).sum()),
        median_ratio=float(np.median(scaled.ratio[known])),
    )


_BASIS = {
    "between episodes": "the error comes from the spread between episodes",
    "prediction error": "there is one episode, and the error is that of its prediction",
    "joint dummies": (
        "windows overlap, so the error comes from one joint regression, which takes volatility "
        "to be that of the estimation window"
    ),
}


def mean_reaction(results: EventStudyResults, level: Level, row: Any, ratio: float) -> str:
    """Say what the average CAR over the primary window was, and how sure it is.

    Parameters
    ----------
    results : EventStudyResults
        The study.
    level : Level
        What is averaged.
    row : tuple
        Its row of `EventStudyResults.mean_car`.
    ratio : float
        Median volatility on the eve over that of the estimation window.
    """
    window = window_words(row.start, row.end)
    if not row.n or np.isnan(row.caar):
        return f"{plural(row.n, 'episode')} over {window}: no average can be given."
    if results.pooled:
        pointing = f"prices {'rose' if row.caar >= 0 else 'fell'} by {abs(100 * row.caar):.2f} %"
    else:
        pointing = direction(results, level.asset, row.caar)
    level_words = f"{100 * results.options.confidence:g} %"
    basis = _BASIS[row.basis]
    if row.basis != "between episodes" and ratio > TURBULENT:
        basis += f"; it was {ratio:.1f} times as large, and the interval is too narrow"
    includes = row.ci_low <= 0 <= row.ci_high
    return (
        f"On average over {window}, {pointing} beyond what was normal "
        f"({level_words} interval {percent(row.ci_low)} … {percent(row.ci_high)}, "
        f"{plural(row.n, 'episode')}; {basis})"
        + (": no average reaction was detected." if includes else ".")
        + f" The median episode saw {percent(row.median)}."
    )


def unusual_words(found: Unusual) -> str:
    """Say how many days were unusual, and by which measure."""
    return (
        f"Of {plural(found.days, 'session')} with a statement, {found.by_rank} stand out among "
        f"ordinary days in the same volatility (scaled rank, p ≤ 5 %); about "
        f"{UNUSUAL * found.days:.1f} would by chance alone. The textbook t, which takes calm for "
        f"granted, calls {found.by_t} unusual: on the eve of {found.turbulent} of these "
        f"{found.days} sessions volatility was more than {TURBULENT} times that of the estimation "
        f"window (median {found.median_ratio:.1f})."
    )


def _compared(found: Comparison) -> str:
    differ = "differ from" if found.p_mean <= UNUSUAL else "do not differ detectably from"
    return (
        f"statement sessions (mean {percent(found.mean)}, sd {100 * found.sd:.2f}, "
        f"n = {found.n}) {differ} the others (mean {percent(found.mean_other)}, "
        f"sd {100 * found.sd_other:.2f}, n = {found.n_other}; Welch p {p_value(found.p_mean)}, "
        f"absolute size p {p_value(found.p_size)})"
    )


def campaign_words(found: Campaign) -> str:
    """Say how statement sessions compare with the other sessions of the same weeks."""
    text = (
        f"From {found.first:%d %b %Y} to {found.last:%d %b %Y}, {found.with_statement} of "
        f"{found.sessions} sessions ({100 * found.share:.0f} %) carry a statement"
    )
    if found.share > 0.5:
        text += (
            ", so dates alone cannot separate the statements from everything else in those weeks"
        )
    text += "."
    if found.before is not None:
        text += f" Before the largest move ({found.largest:%d %b %Y}), {_compared(found.before)}."
    elif found.whole is not None:
        text += f" Over all of them, {_compared(found.whole)}."
    return text


def headline_levels(results: EventStudyResults) -> list[Level]:
    """Return the levels of the headline group, one for each asset."""
    found = list(levels(results))
    first = found[0].group if found else ""
    return [level for level in found if level.group == first]
