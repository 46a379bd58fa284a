"""The sentences of a report that depend on its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.inference.intervals import detectable_mean
from eventstudy.inference.router import TURBULENT, WILD
from eventstudy.report.answer_words import moved_far
from eventstudy.results import ALL_ASSETS, EventStudyResults, Level
from eventstudy.words.catalogue import counted, say, say_of, template
from eventstudy.words.numbers import (
    date,
    interval,
    level,
    p_value,
    percent,
    share,
    size,
    window_words,
)

if TYPE_CHECKING:
    from eventstudy.analysis.statement_days import Comparison, StatementDays

UNUSUAL = 0.05
"""A day is called unusual when its p is at most this."""


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

    abnormal = results.abnormal.rows(level.rows)
    scaled = scaled_days(abnormal)
    zero = -int(abnormal.tau[0])
    ar, se = abnormal.ar[:, zero], abnormal.ar_se()[:, zero]
    measured = np.isfinite(ar) & np.isfinite(abnormal.s2)
    t = np.abs(ar / se)[measured]
    p = 2 * stats.t.sf(t, abnormal.df[measured])
    return Unusual(
        days=int(measured.sum()),
        by_t=int((p <= UNUSUAL).sum()),
        by_rank=int((scaled.p[measured, zero] <= UNUSUAL).sum()),
        turbulent=int((scaled.ratio[measured] > TURBULENT).sum()),
        median_ratio=float(np.median(scaled.ratio[measured])) if measured.any() else np.nan,
    )


def moved(results: EventStudyResults, level: Level, value: float) -> str:
    """Say which way the mean of a level points; across assets, prices rose or fell."""
    if level.asset == ALL_ASSETS:
        return say(f"words.{'rose' if value >= 0 else 'fell'}", size=size(abs(value)))
    return moved_far(results, level.asset, value)


def mean_reaction(results: EventStudyResults, level: Level, row: Any) -> str:
    """Say what the average CAR over the primary window was, and how sure it is.

    Parameters
    ----------
    results : EventStudyResults
        The study.
    level : Level
        What is averaged.
    row : tuple
        Its row of `EventStudyResults.mean_car`.
    """
    window, episodes = window_words(row.start, row.end), counted(row.n, "episode")
    if not row.n or np.isnan(row.caar):
        return say("words.no_average", episodes=episodes, window=window)
    values = {"window": window, "moved": moved(results, level, row.caar), "episodes": episodes}
    if row.ci_basis in template("words.no_interval"):
        why = say(f"words.no_interval.{row.ci_basis}")
        text = say("words.mean_alone", **values, why=why)
    else:
        text = _with_interval(results, row, values)
    if row.left_out_overlapping:
        left = int(row.left_out_overlapping)
        text += " " + say_of("words.overlap_left", left, count=counted(left, "episode"))
    if row.event_sd_ratio > WILD:
        text += " " + say("words.wild", ratio=f"{row.event_sd_ratio:.1f}")
    return f"{text} {say('words.median', median=percent(row.median))}"


def _with_interval(results: EventStudyResults, row: Any, values: dict[str, str]) -> str:
    confidence = results.options.confidence
    text = say(
        "words.mean",
        **values,
        level=level(confidence),
        interval=interval(row.ci_low, row.ci_high),
        basis=say(f"words.basis.{row.ci_basis}"),
    )
    if np.isinf(row.ci_high):
        return text + say("words.no_bound")
    if not row.ci_low <= 0 <= row.ci_high:
        return text + "."
    mde = detectable_mean(row.ci_low, row.ci_high, row.n_eff, confidence)
    return text + say("words.mean_not_detected", mde=size(mde))


def unusual_words(counts: Unusual) -> str:
    """Say how many days were unusual, and by which measure; nothing of no day."""
    if not counts.days:
        return ""
    return say_of(
        "words.unusual",
        counts.by_rank,
        days=counted(counts.days, "session"),
        count=counts.days,
        rank=counts.by_rank,
        expected=f"{UNUSUAL * counts.days:.1f}",
        t=counts.by_t,
        turbulent=counts.turbulent,
        limit=TURBULENT,
        ratio=f"{counts.median_ratio:.1f}",
    )


def _compared(sessions: Comparison) -> str:
    return say(
        "words.compared",
        mean=percent(sessions.mean),
        sd=f"{100 * sessions.sd:.2f}",
        n=sessions.n,
        differ=say("words.differ" if sessions.p_mean <= UNUSUAL else "words.differ_not"),
        mean_other=percent(sessions.mean_other),
        sd_other=f"{100 * sessions.sd_other:.2f}",
        n_other=sessions.n_other,
        p_mean=p_value(sessions.p_mean),
        p_size=p_value(sessions.p_size),
    )


def weeks_words(weeks: StatementDays) -> str:
    """Say how statement sessions compare with the other sessions of the same weeks."""
    text = say_of(
        "words.campaign",
        weeks.with_statement,
        first=date(weeks.first),
        last=date(weeks.last),
        with_statement=weeks.with_statement,
        sessions=weeks.sessions,
        share=share(weeks.share),
    )
    if weeks.share > 0.5:
        text += say("words.campaign_most")
    text += "."
    if weeks.before is not None:
        day = date(weeks.largest)
        before = _compared(weeks.before)
        text += " " + say("words.campaign_before", largest=day, compared=before)
    elif weeks.whole is not None:
        text += " " + say("words.campaign_whole", compared=_compared(weeks.whole))
    return text
