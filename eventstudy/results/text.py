"""Results as text: one line, a terminal table, a summary like statsmodels'."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import pandas as pd

from eventstudy.words.numbers import interval, minus, p_value, percent, plural, window_words

if TYPE_CHECKING:
    from eventstudy.results.study_results import EventStudyResults

WIDTH = 96
ERRORS = 20
"""Findings of errors in the prices that the summary shows; the others are counted."""


def headline(results: EventStudyResults) -> str:
    """Return the study in one line."""
    episodes = sum(not reason for reason in results.abnormal.reasons)
    whole = int(results.left_out["start"].isna().sum())
    more = ", ..." if len(results.assets) > 4 else ""
    return (
        f"EventStudyResults: {plural(len(results.events), 'event')} on "
        f"{', '.join(results.assets[:4])}{more} ({plural(len(results.assets), 'asset')}), "
        f"{plural(episodes, 'episode')} measured, {plural(whole, 'observation')} left out"
        + (f"; no prices of {', '.join(results.missing)}" if results.missing else "")
    )


def _lead_rows(results: EventStudyResults) -> pd.DataFrame:
    frame = results.mean_car()
    return frame.sort_values(["asset", "group"], kind="stable")


def rich_table(results: EventStudyResults) -> Any:
    """Return the mean CARs as a table for a terminal."""
    from rich.table import Table

    table = Table(title=headline(results), title_justify="left")
    for name in ("Asset", "Group", "Window"):
        table.add_column(name)
    for name in (
        "N",
        "CAAR",
        "95 % interval" if results.options.confidence == 0.95 else "Interval",
    ):
        table.add_column(name, justify="right")
    for row in _lead_rows(results).itertuples():
        table.add_row(
            str(row.asset),
            str(row.group),
            window_words(row.start, row.end),
            str(row.n),
            percent(row.caar),
            interval(row.ci_low, row.ci_high),
        )
    return table


def html_table(results: EventStudyResults) -> str:
    """Return the mean CARs as HTML for a notebook."""
    table = results.mean_car().to_html(index=False, float_format=lambda value: f"{value:.4f}")
    return f"<p>{html.escape(headline(results))}</p>{table}"


def _design_lines(results: EventStudyResults) -> list[str]:
    windows, options = results.windows, results.options
    lines = [
        f"Events: {len(results.events):<12} Assets: {len(results.assets):<8} "
        f"Returns: {options.returns:<8} Confidence: {100 * options.confidence:g}%",
        f"Estimation window: {window_words(*windows.estimation)}   "
        f"Event window: {window_words(*windows.event)}   "
        f"Primary: {window_words(*windows.lead)}   (sessions, both ends included)",
    ]
    shown = list(results.models.items())[:6]
    lines += [f"Normal return of {asset}: {model.formula()}" for asset, model in shown]
    if len(results.models) > len(shown):
        lines.append(f"... and {len(results.models) - len(shown)} more assets")
    return lines + _error_lines(results)


def _error_lines(results: EventStudyResults) -> list[str]:
    """Return what makes prices unusable, a line for each finding."""
    errors = [own for own in results.quality if own.severity == "error"]
    lines = [f"Error in the prices of {own.asset}: {own.text}" for own in errors[:ERRORS]]
    if more := errors[ERRORS:]:
        lines.append(f"... and {plural(len(more), 'more error')} in results.quality")
    return lines


def _caar_lines(results: EventStudyResults) -> list[str]:
    lines = [f"{'asset':<12}{'group':<22}{'window':>12}{'N':>6}{'CAAR':>11}{'interval':>25}"]
    for row in _lead_rows(results).itertuples():
        window = window_words(row.start, row.end)
        lines.append(
            f"{row.asset!s:<12}{str(row.group)[:21]:<22}{window:>12}{row.n:>6}"
            f"{percent(row.caar):>11}{interval(row.ci_low, row.ci_high):>25}"
        )
    return lines


def _test_lines(results: EventStudyResults) -> list[str]:
    start, end = results.windows.lead
    frame = results.tests()
    frame = frame[(frame["start"] == start) & (frame["end"] == end)]
    lines = [f"{'asset':<12}{'group':<22}{'test':<22}{'N':>5}{'statistic':>12}{'p':>9}"]
    for row in frame.itertuples():
        place = f"{row.asset!s:<12}{str(row.group)[:21]:<22}{row.test:<22}{row.n:>5}"
        if row.valid:
            statistic = minus(f"{row.statistic:.3f}")
            lines.append(f"{place}{statistic:>12}{p_value(row.p):>9}")
        else:
            lines.append(f"{place}  {row.reason}")
    return lines


def summary(results: EventStudyResults) -> str:
    """Return the study as text, in the manner of statsmodels' summaries."""
    rule, thin = "=" * WIDTH, "-" * WIDTH
    left = results.left_out
    counted = left.groupby("reason").size().sort_values(ascending=False)
    tail = [f"{count:>5}  {reason}" for reason, count in counted.items()]
    lead = window_words(*results.windows.lead)
    lines = [results.about.title.center(WIDTH).rstrip(), rule, *_design_lines(results), thin]
    lines += ["Mean cumulative abnormal returns over episodes", *_caar_lines(results), thin]
    lines += [f"Tests over {lead}", *_test_lines(results), rule]
    lines += ["Left out (observations or windows):", *(tail or ["    0  nothing"])]
    return "\n".join(lines)
