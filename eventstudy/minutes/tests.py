"""Tests over statements in minutes, and which of them leads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.arrays import Array
from eventstudy.inference.ranks import sum_distribution
from eventstudy.minutes.averages import Level, levels, t_over_dates
from eventstudy.minutes.columns import COLUMNS
from eventstudy.minutes.ranks import share_as_large
from eventstudy.minutes.record import MinuteRecord
from eventstudy.minutes.settings import FEWEST
from eventstudy.minutes.tables import frame_of
from eventstudy.words.numbers import plural

ONE, SUM, T = "scaled-rank-minutes", "rank-sum-minutes", "t-dates-minutes"
SIZES, SHARES = "size-rank-sum-minutes", "variance-share-minutes"
"""Names of the tests: one date; several dates, by direction; the same by their mean; by size; by
the part of the day's realised variance that falls into the window."""
MOST_EXACT = 25
"""Dates up to which a sum of ranks has its exact distribution."""
_NULL = "the windows are ordinary days in the same volatility"
_USUAL = "the windows hold their usual part of the day's variance"


@dataclass(frozen=True)
class Tested:
    """One test of one level; fields as the columns of `MinuteResults.tests`."""

    test: str
    statistic: float
    distribution: str
    df: float
    p: float
    smallest_p: float
    null: str = _NULL
    reason: str = ""


def tests_frame(results: MinuteRecord, by: str | None) -> pd.DataFrame:
    """Tests over events; see `MinuteResults.tests`."""
    rows = []
    for level in levels(results, by):
        for place, one in enumerate(_tests(level, results)):
            role = "companion" if place else "headline"
            row = {"n": len(level.dates), "role": role, "valid": not one.reason}
            rows.append(level.named | vars(one) | row)
    return frame_of(rows, COLUMNS["minutes_tests"])


def _tests(level: Level, results: MinuteRecord) -> list[Tested]:
    """Return the tests of a level, the one that leads first."""
    scaled, ordinary = level.scaled, level.ordinary()
    few = _few(ordinary, results)
    if len(level.dates) == 1:
        n = len(ordinary[0])
        p = share_as_large(abs(float(scaled[0])), np.abs(ordinary[0]))
        return [Tested(ONE, float(scaled[0]), "rank", n, p, 1 / (n + 1), reason=few)]
    sizes = [np.abs(row) for row in ordinary]
    sums = [rank_sum(SUM, scaled, ordinary), rank_sum(SIZES, np.abs(scaled), sizes)]
    _, _, t, p, _ = t_over_dates(scaled, results.options.confidence)
    mean = Tested(T, t, "t", len(scaled) - 1, p, 0.0, "their mean is zero")
    named = [replace(one, reason=few) for one in sums]
    return [named[0], mean, named[1], *_shares(level, few)]


def _shares(level: Level, few: str) -> list[Tested]:
    """Return the rank sum of parts of the day's variance; nothing where a day is not over."""
    shares, ordinary = level.shares, level.ordinary_shares()
    if not np.isfinite(shares).all() or not all(map(len, ordinary)):
        return []
    tested = rank_sum(SHARES, shares, ordinary)
    return [replace(tested, null=_USUAL, reason=few)]


def _few(ordinary: list[Array], results: MinuteRecord) -> str:
    """Return why ranks do not lead: too few ordinary days; empty when there are enough."""
    fewest, least = min(map(len, ordinary)), min(results.options.least, results.options.ordinary)
    if fewest >= least:
        return ""
    cannot = "" if fewest >= FEWEST or len(ordinary) > 1 else ", on which none can reach .05"
    return f"a date has {fewest} ordinary days{cannot}; {least} are asked for"


def rank_sum(name: str, scaled: Array, ordinary: list[Array]) -> Tested:
    """Sum over dates of the rank of each among its own ordinary days; two-sided.

    For days like any other in the same volatility a sum of independent uniforms: exact up to 25
    dates, normal beyond, as `rank-sum-ewma` of days. The statistic is the standardised sum.

    Parameters
    ----------
    name : str
        Name of the test.
    scaled : ndarray of float, shape (dates,)
        Scaled moves, or their sizes.
    ordinary : list of ndarray of float
        The same on the ordinary days of each date.
    """
    from scipy import stats

    pairs = list(zip(scaled, ordinary, strict=True))
    if not all(len(row) for row in ordinary):
        reason = "a date has no ordinary days to compare with"
        return Tested(name, np.nan, "", np.nan, np.nan, np.nan, reason=reason)
    ranks = np.array([(row < one).sum() + (row == one).sum() / 2 for one, row in pairs])
    sizes = np.array([len(row) + 1 for row in ordinary])
    spread = np.sqrt(((sizes**2 - 1) / 12).sum())
    statistic = float((ranks - (sizes - 1) / 2).sum() / spread)
    smallest = float(2 * np.prod(1.0 / sizes))
    if len(sizes) > MOST_EXACT:
        p = float(2 * stats.norm.sf(abs(statistic)))
        return Tested(name, statistic, "normal", np.nan, p, smallest)
    chances, total = sum_distribution([int(size) for size in sizes]), float(ranks.sum())
    low, high = chances[: int(np.floor(total)) + 1].sum(), chances[int(np.ceil(total)) :].sum()
    p = float(min(1.0, 2 * min(low, high)))
    return Tested(name, statistic, "sum of uniform ranks", np.nan, p, smallest)


def situations_frame(results: MinuteRecord, by: str | None) -> pd.DataFrame:
    """Say which test leads and why; see `MinuteResults.situations`."""
    rows = [_situation(level, results) for level in levels(results, by)]
    return frame_of(rows, COLUMNS["minutes_situations"])


def _situation(level: Level, results: MinuteRecord) -> dict[str, Any]:
    dates, lead = len(level.dates), _tests(level, results)[0]
    fewest = min(map(len, level.ordinary()))
    why = (
        "one date: its rank among the same clock on ordinary days, each in its own volatility"
        if dates == 1
        else f"{dates} dates: ranks add up, and one large day cannot decide alone"
    )
    warnings = [lead.reason] if lead.reason else []
    if level.overlapping:
        left = plural(level.overlapping, "statement")
        warnings.append(f"{left} closer than the window to an earlier one left the average")
    return level.named | {
        "situation": "one date in minutes" if dates == 1 else "several dates in minutes",
        "headline": "" if lead.reason else lead.test,
        "why": why,
        "n": level.n,
        "dates": dates,
        "overlapping": level.overlapping,
        "fewest_days": fewest,
        "smallest_p": lead.smallest_p,
        "warnings": "; ".join(warnings),
    }
