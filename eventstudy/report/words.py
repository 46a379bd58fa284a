"""The sentences of a report that depend on its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.inference.router import TURBULENT
from eventstudy.language import counted, say
from eventstudy.report.formats import size
from eventstudy.results import levels
from eventstudy.results.text import p_value, percent, window_words

if TYPE_CHECKING:
    from eventstudy.campaign import Campaign, Comparison
    from eventstudy.results import EventStudyResults, Level

UNUSUAL = 0.05
"""A day is called unusual when its p is at most this."""


def direction(results: EventStudyResults, asset: str, value: float) -> str:
    """Say which way a return points, such as "the ruble weakened by 1.30 %"."""
    words = results.about.asset(asset)
    return say("words.by", moved=words.up if value >= 0 else words.down, size=size(abs(value)))


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
        Median of that ratio; NaN without any day.
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
    known = np.isfinite(ar) & np.isfinite(part.s2)
    t = np.abs(ar / se)[known]
    p = 2 * stats.t.sf(t, part.df[known])
    return Unusual(
        days=int(known.sum()),
        by_t=int((p <= UNUSUAL).sum()),
        by_rank=int((scaled.p[known, zero] <= UNUSUAL).sum()),
        turbulent=int((scaled.ratio[known] > TURBULENT).sum()),
        median_ratio=float(np.median(scaled.ratio[known])) if known.any() else np.nan,
    )


_BASIS = {
    "between episodes": "words.basis_between",
    "prediction error": "words.basis_prediction",
    "joint dummies": "words.basis_joint",
}


def moved(results: EventStudyResults, level: Level, value: float) -> str:
    """Say which way the mean of a level points; across assets, prices rose or fell."""
    if results.pooled:
        return say(f"words.{'rose' if value >= 0 else 'fell'}", size=size(abs(value)))
    return direction(results, level.asset, value)


def detectable(se: float, df: float) -> float:
    """Return the effect seen with 80 % power at the 5 % level, (t.975 + t.80) se."""
    from scipy import stats

    return float((stats.t.ppf(0.975, df) + stats.t.ppf(0.8, df)) * se)


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
    window, episodes = window_words(row.start, row.end), counted(row.n, "episode")
    if not row.n or np.isnan(row.caar):
        return say("words.no_average", episodes=episodes, window=window)
    basis = say(_BASIS[row.basis])
    if row.basis != "between episodes" and ratio > TURBULENT:
        basis = say("words.basis_narrow", basis=basis, ratio=f"{ratio:.1f}")
    found = say(
        "words.mean",
        window=window,
        moved=moved(results, level, row.caar),
        level=f"{100 * results.options.confidence:g} %",
        low=percent(row.ci_low),
        high=percent(row.ci_high),
        episodes=episodes,
        basis=basis,
    )
    if row.ci_low <= 0 <= row.ci_high:
        found += say("words.mean_not_detected", mde=size(detectable(row.se, row.df)))
    else:
        found += "."
    return f"{found} {say('words.median', median=percent(row.median))}"


def unusual_words(found: Unusual) -> str:
    """Say how many days were unusual, and by which measure; nothing of no day."""
    if not found.days:
        return ""
    return say(
        "words.unusual",
        days=counted(found.days, "session"),
        count=found.days,
        rank=found.by_rank,
        expected=f"{UNUSUAL * found.days:.1f}",
        t=found.by_t,
        turbulent=found.turbulent,
        limit=TURBULENT,
        ratio=f"{found.median_ratio:.1f}",
    )


def _compared(found: Comparison) -> str:
    return say(
        "words.compared",
        mean=percent(found.mean),
        sd=f"{100 * found.sd:.2f}",
        n=found.n,
        differ=say("words.differ" if found.p_mean <= UNUSUAL else "words.differ_not"),
        mean_other=percent(found.mean_other),
        sd_other=f"{100 * found.sd_other:.2f}",
        n_other=found.n_other,
        p_mean=p_value(found.p_mean),
        p_size=p_value(found.p_size),
    )


def campaign_words(found: Campaign) -> str:
    """Say how statement sessions compare with the other sessions of the same weeks."""
    text = say(
        "words.campaign",
        first=f"{found.first:%d %b %Y}",
        last=f"{found.last:%d %b %Y}",
        with_statement=found.with_statement,
        sessions=found.sessions,
        share=f"{100 * found.share:.0f} %",
    )
    if found.share > 0.5:
        text += say("words.campaign_most")
    text += "."
    if found.before is not None:
        day = f"{found.largest:%d %b %Y}"
        before = _compared(found.before)
        text += " " + say("words.campaign_before", largest=day, compared=before)
    elif found.whole is not None:
        text += " " + say("words.campaign_whole", compared=_compared(found.whole))
    return text


def headline_levels(results: EventStudyResults) -> list[Level]:
    """Return the levels of the headline group, one for each asset."""
    found = list(levels(results))
    first = found[0].group if found else ""
    return [level for level in found if level.group == first]
