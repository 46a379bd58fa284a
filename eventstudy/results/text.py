"""Results as text: one line, a terminal table, a summary like statsmodels'."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import pandas as pd

from eventstudy.prices import Finding
from eventstudy.results.measured_study import MeasuredStudy
from eventstudy.results.summary import Summary, SummaryTables, mean_cells
from eventstudy.words.numbers import minus, p_value, plural, window_words

WIDTH = 96
MOST_ERRORS = 20
"""Findings of errors in the prices that the summary shows; the others are counted."""


def one_line(study: MeasuredStudy, left_out: pd.DataFrame) -> str:
    """Return the study in one line.

    Parameters
    ----------
    study : MeasuredStudy
        The study.
    left_out : DataFrame
        As `EventStudyResults.left_out`.
    """
    whole = int(left_out["start"].isna().sum())
    more = ", ..." if len(study.assets) > 4 else ""
    return (
        f"EventStudyResults: {plural(len(study.events), 'event')} on "
        f"{', '.join(study.assets[:4])}{more} ({plural(len(study.assets), 'asset')}), "
        f"{plural(len(study.measured_rows), 'episode')} measured, "
        f"{plural(whole, 'observation')} left out"
        + (f"; no prices of {', '.join(study.missing)}" if study.missing else "")
    )


def _by_asset(mean_car: pd.DataFrame) -> pd.DataFrame:
    """Return rows with those of an asset together, assets and groups in their order."""
    order = {asset: place for place, asset in enumerate(dict.fromkeys(mean_car["asset"]))}
    return mean_car.sort_values("asset", key=lambda column: column.map(order), kind="stable")


def rich_table(study: MeasuredStudy, mean_car: pd.DataFrame, left_out: pd.DataFrame) -> Any:
    """Return the mean CARs as a table for a terminal; frames as in `EventStudyResults`."""
    from rich.table import Table

    table = Table(title=one_line(study, left_out), title_justify="left")
    for name in ("Asset", "Group", "Window"):
        table.add_column(name)
    level = "95 % interval" if study.options.confidence == 0.95 else "Interval"
    for name in ("N", "CAAR", level, "p"):
        table.add_column(name, justify="right")
    for row in _by_asset(mean_car).itertuples():
        table.add_row(*mean_cells(row))
    return table


def html_table(study: MeasuredStudy, mean_car: pd.DataFrame, left_out: pd.DataFrame) -> str:
    """Return the mean CARs as HTML for a notebook; frames as in `EventStudyResults`."""
    shown = mean_car[["group", "asset", "start", "end", "n", "caar", "ci_low", "ci_high", "p_test"]]
    shown = shown.rename(columns={"p_test": "p"})
    table = shown.to_html(index=False, float_format=lambda value: f"{value:.4f}")
    return f"<p>{html.escape(one_line(study, left_out))}</p>{table}"


def _design_lines(study: MeasuredStudy) -> list[str]:
    windows, options = study.windows, study.options
    lines = [
        f"Events: {len(study.events):<12} Assets: {len(study.assets):<8} "
        f"Returns: {options.returns:<8} Confidence: {100 * options.confidence:g}%",
        f"Estimation window: {window_words(*windows.estimation)}   "
        f"Event window: {window_words(*windows.event)}   "
        f"Primary: {window_words(*windows.lead)}   (sessions, both ends included)",
    ]
    spans = study.abnormal.estimation_window
    if apart := int((spans != windows.estimation).any(axis=1).sum()):
        lines.append(f"Another estimation window, named by its event: {plural(apart, 'episode')}")
    if not study.dated:
        lines.append("Event time, without dates: events are taken as independent of one another")
    shown = list(study.models.items())[:6]
    lines += [f"Normal return of {asset}: {model.formula()}" for asset, model in shown]
    if len(study.models) > len(shown):
        lines.append(f"... and {len(study.models) - len(shown)} more assets")
    return lines


def _error_lines(findings: Sequence[Finding]) -> list[str]:
    """Return what makes prices unusable, a line for each finding."""
    errors = [finding for finding in findings if finding.severity == "error"]
    lines = [
        f"Error in the prices of {error.asset}: {error.text}" for error in errors[:MOST_ERRORS]
    ]
    if more := errors[MOST_ERRORS:]:
        lines.append(f"... and {plural(len(more), 'more error')} in results.quality")
    return lines


def _caar_lines(mean_car: pd.DataFrame) -> list[str]:
    head = f"{'asset':<12}{'group':<20}{'window':>12}{'N':>6}{'CAAR':>11}{'interval':>25}"
    lines = [f"{head}{'p':>9}"]
    for row in _by_asset(mean_car).itertuples():
        asset, group, window, n, mean, ends, p = mean_cells(row)
        lines.append(f"{asset:<12}{group[:19]:<20}{window:>12}{n:>6}{mean:>11}{ends:>25}{p:>9}")
    return lines


def _test_lines(tests: pd.DataFrame) -> list[str]:
    lines = [f"{'asset':<12}{'group':<22}{'test':<22}{'N':>5}{'statistic':>12}{'p':>9}"]
    for row in tests.itertuples():
        line = f"{row.asset!s:<12}{str(row.group)[:21]:<22}{row.test:<22}{row.n:>5}"
        if row.valid:
            statistic = minus(f"{row.statistic:.3f}")
            lines.append(f"{line}{statistic:>12}{p_value(row.p):>9}")
        else:
            lines.append(f"{line}  {row.reason}")
    return lines


def summary(
    study: MeasuredStudy,
    mean_car: pd.DataFrame,
    tests: pd.DataFrame,
    left_out: pd.DataFrame,
    findings: Sequence[Finding],
) -> Summary:
    """Return the study as text, in the manner of statsmodels' summaries.

    Parameters
    ----------
    study : MeasuredStudy
        The study.
    mean_car, tests, left_out : DataFrame
        As those of `EventStudyResults`, the means with their leading test (`with_leading`).
    findings : sequence of Finding
        As `EventStudyResults.quality`.
    """
    rule, thin = "=" * WIDTH, "-" * WIDTH
    reasons = left_out.groupby("reason").size().sort_values(ascending=False)
    tail = [f"{count:>5}  {reason}" for reason, count in reasons.items()]
    lines = [study.about.title.center(WIDTH).rstrip(), rule]
    design = [*_design_lines(study), *_error_lines(findings)]
    lines += [*design, thin]
    lines += ["Mean cumulative abnormal returns over episodes; p of the test that leads"]
    lines += [*_caar_lines(mean_car), thin]
    lines += [f"Tests over {window_words(*study.windows.lead)}"]
    lines += [*_test_lines(study.at_primary(tests)), rule]
    lines += ["Left out (observations or windows):", *(tail or ["    0  nothing"])]
    tables = SummaryTables(
        study.about.title,
        study.options.confidence,
        tuple(design),
        _by_asset(mean_car),
        study.at_primary(tests),
        tuple((int(n), str(reason)) for reason, n in reasons.items()),
    )
    return Summary("\n".join(lines), tables)
