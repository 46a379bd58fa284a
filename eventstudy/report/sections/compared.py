"""Groups against each other: their means, and the differences between them."""

from __future__ import annotations

from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from eventstudy.inference.intervals import critical_value
from eventstudy.report.answer_words import asset_name, capital, interval_words, moved_by
from eventstudy.report.answers import Answer
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.report.sections.each import marks
from eventstudy.results import EventStudyResults
from eventstudy.words.catalogue import counted, say
from eventstudy.words.windows import window_name

MOST_GROUPS = 4
"""Groups of which every pair is compared."""


class Mean(NamedTuple):
    """A mean or a difference with its interval, simple returns."""

    name: str
    value: float
    low: float
    high: float


class Bar(NamedTuple):
    """A row of the plot; places are in per cent of the width."""

    name: str
    move: str
    title: str
    at: float
    low: float
    high: float


def difference(first: Answer, second: Answer, n: tuple[float, float], confidence: float) -> Mean:
    """Return the difference of two means, with the interval for unequal variances (Welch 1947).

    Parameters
    ----------
    first, second : Answer
        Two groups on one asset.
    n : tuple of float
        Episodes or days that each interval counts.
    confidence : float
        Level of the intervals.

    Returns
    -------
    Mean
        Its interval takes the means to be independent; NaN where one of them has none.
    """
    value = first.mean - second.mean
    errors = np.array(
        [
            (answer.high - answer.low) / 2 / critical_value(confidence, size - 1)
            for answer, size in zip((first, second), n, strict=True)
            if size > 1
        ]
    )
    if len(errors) < 2 or not np.isfinite(errors).all():
        return Mean("", value, np.nan, np.nan)
    variance = errors**2
    df = variance.sum() ** 2 / (variance**2 / (np.array(n) - 1)).sum()
    half = float(critical_value(confidence, float(df)) * np.sqrt(variance.sum()))
    return Mean("", value, value - half, value + half)


def _means(report: ReportData, answers: list[Answer]) -> list[Mean]:
    """Means of the groups on one asset, then their differences."""
    results = report.results
    means = results.at_primary(report.mean_car).set_index(["group", "asset"])["n_eff"]
    rows = [
        Mean(
            say("compared.group", group=capital(a.group), days=counted(a.n, "market_day")),
            a.mean,
            a.low,
            a.high,
        )
        for a in answers
    ]
    for first, second in combinations(answers[:MOST_GROUPS], 2):
        n = (float(means[first.group, first.asset]), float(means[second.group, second.asset]))
        gap = difference(first, second, n, results.options.confidence)
        key = "compared.difference" if len(answers) == 2 else "compared.difference_of"
        name = say(key, first=capital(first.group), second=second.group)
        rows.append(gap._replace(name=name))
    return rows


def _bars(results: EventStudyResults, means: list[Mean]) -> dict[str, Any]:
    ends = np.array([[m.value, m.low, m.high] for m in means], dtype=float)
    ends = ends[np.isfinite(ends)]
    low, high = min(0.0, float(ends.min())), max(0.0, float(ends.max()))
    pad = 0.05 * (high - low) or 0.01
    low, high = low - pad, high + pad

    def place(value: float) -> float:
        return round(100 * (value - low) / (high - low), 2)

    bars = []
    for mean in means:
        bounded = bool(np.isfinite(mean.high - mean.low))
        words = interval_words(results, mean.low, mean.high)
        at = place(mean.value)
        bars.append(
            Bar(
                mean.name,
                moved_by(mean.value),
                f"{mean.name}: {moved_by(mean.value)}, {words}",
                at,
                place(mean.low) if bounded else at,
                place(mean.high) if bounded else at,
            )
        )
    return {"bars": bars, "zero": place(0.0), "ticks": marks(low, high)}


def _context(report: ReportData, _event: str) -> Context:
    results = report.results
    panels = []
    for asset in dict.fromkeys(answer.asset for answer in report.answers.groups):
        answers = [a for a in report.answers.groups if a.asset == asset and a.mean == a.mean]
        if len(answers) > 1:
            means = _means(report, answers)
            gaps = means[len(answers) :]
            told = [gap for gap in gaps if np.isfinite(gap.low)]
            differ = any(gap.low > 0 or gap.high < 0 for gap in told)
            key = "differ" if differ else "alike" if told else "untold"
            name, text = asset_name(results, asset), say(f"compared.{key}")
            panels.append({"name": name, "text": text, **_bars(results, means)})
    if not panels:
        return None
    return {"panels": panels, "window": window_name(results.windows.lead)}


SECTION = Section("compared", _context)
