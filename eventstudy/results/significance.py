"""Significance tests over the episodes of each level: chosen, refused, computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.abnormal.placed_days import car_column, error_column, totals_column
from eventstudy.errors import InMemoryOnlyError
from eventstudy.inference import CrossSection, SignificanceTest, TestResult, router
from eventstudy.inference.average import overlaps
from eventstudy.inference.base import declared, infeasible
from eventstudy.inference.battery.standardised import Patell
from eventstudy.inference.correlation import summed_by_day
from eventstudy.inference.router import Choice, Situation
from eventstudy.inference.sums import BlockSum, collect, wide_column
from eventstudy.inference.volatility import days_before
from eventstudy.results.levels import Level, cross_section, entering, levels
from eventstudy.results.measured_study import MeasuredStudy
from eventstudy.results.unestimated import dates_refusal, estimation_refusal, situation_without
from eventstudy.settings import Window

HEADLINE, COMPANION, CLASSICAL, NAMED = "headline", "companion", "classical", "named"


def situation(study: MeasuredStudy, level: Level, episodes: CrossSection) -> Situation:
    """Return the situation of the episodes of a level and window."""
    rows = entering(study, level, episodes.window).rows
    abnormal = episodes.abnormal
    crowded = int(study.crowded[rows].sum())
    return situation_without(episodes, overlaps(abnormal, episodes.window), crowded)


def _with_roles(
    study: MeasuredStudy, choice: Choice, now: Situation
) -> list[tuple[SignificanceTest, str]]:
    """Return tests with their roles: the named ones, or those that the situation asks for."""
    named = study.significance_tests
    if named is not None:
        lead = choice.headline.name
        return [(test, HEADLINE if test.name == lead else NAMED) for test in named]
    valid = [(choice.headline, HEADLINE), *((test, COMPANION) for test in choice.companions)]
    listed = {test.name for test, _ in valid}
    refused = [
        test for test in router.CLASSIC if test.name not in listed and router.refusal(test, now)
    ]
    return valid + [(test, CLASSICAL) for test in refused]


def _computed(
    test: SignificanceTest,
    episodes: CrossSection,
    now: Situation,
    *,
    dated: bool,
    include_invalid: bool,
) -> TestResult:
    lacking = estimation_refusal(test, episodes) or ("" if dated else dates_refusal(test))
    reason = lacking or router.refusal(test, now)
    if lacking or (reason and not include_invalid):
        return TestResult(test.name, episodes.window, test.null, episodes.n, reason=reason)
    try:
        result = test(episodes)
    except InMemoryOnlyError as error:
        result = infeasible(test, episodes, str(error))
    return replace(result, reason=result.reason or reason)


def _declared(test: SignificanceTest, episodes: CrossSection) -> tuple[BlockSum[Any], ...]:
    """Return what a test adds up over the days of episodes; nothing where it cannot be had."""
    if not episodes.n or not episodes.abnormal.holds_days or estimation_refusal(test, episodes):
        return ()
    return declared(test, episodes)


@dataclass(frozen=True)
class TestedLevel:
    """The tests of one level and window.

    Parameters
    ----------
    level : Level
        The episodes.
    window : (int, int)
        CAR window.
    situation : Situation
        What decides which tests are valid.
    headline : str
        Name of the test that leads; empty when none can be computed.
    why : str
        Why it leads.
    results : tuple of (TestResult, str)
        Results and the roles of their tests.
    """

    level: Level
    window: Window
    situation: Situation
    headline: str
    why: str
    results: tuple[tuple[TestResult, str], ...]


def _collect_named(study: MeasuredStudy, samples: Sequence[CrossSection]) -> None:
    """Make what the named tests add up over several windows in one pass over their episodes."""
    wanted: dict[int, list[BlockSum[Any]]] = {}
    for sample in samples:
        sums = wanted.setdefault(id(sample.abnormal), [])
        sums += router.situation_sums(sample)
        for test in study.significance_tests or ():
            sums += _declared(test, sample)
        if sample.abnormal.copies:
            sums += _wide(study, sample.window)
    parts = {id(sample.abnormal): sample.abnormal for sample in samples}
    some = {key: part for key, part in parts.items() if part.whole is not None}
    shared = [each for key in some for each in wanted[key] if each.shared]
    by_day = summed_by_day(study.abnormal, "same-date")
    lessened = by_day.to_lessen(
        [part for key, part in some.items() if by_day.key in [each.name for each in wanted[key]]]
    )
    if lessened:
        by_day.lessen(lessened, *shared)
    collect(study.abnormal, *shared)
    for key, part in parts.items():
        collect(part, *wanted[key])


def _wide(study: MeasuredStudy, window: Window) -> list[BlockSum[Any]]:
    """Return what tests take of the days of a window, to be made with all that they add up."""
    patell = any(isinstance(test, Patell) for test in study.significance_tests or ())
    columns = (error_column(window), *((totals_column(window),) if patell else ()))
    return [wide_column(*each) for each in columns]


def _tested(
    study: MeasuredStudy, level: Level, episodes: CrossSection, *, include_invalid: bool
) -> TestedLevel:
    window = episodes.window
    now = situation(study, level, episodes)
    choice = router.choose(now)
    tests = _with_roles(study, choice, now)
    asked = [test for test, _ in tests if include_invalid or not router.refusal(test, now)]
    collect(episodes.abnormal, *(each for test in asked for each in _declared(test, episodes)))
    results = [
        (_computed(test, episodes, now, dated=study.dated, include_invalid=include_invalid), role)
        for test, role in tests
    ]
    lead = choice.headline.name
    valid = {result.test for result, _ in results if result.computed}
    if lead in valid or study.significance_tests is not None:
        return TestedLevel(level, window, now, lead, choice.reason, tuple(results))
    failed = next(result.reason for result, role in results if role == HEADLINE)
    why = f"{choice.headline.label} would lead, but {failed}"
    order = [r.test for r, role in results if role == COMPANION and r.test in valid]
    if choice.deputies is not None:
        others, order = bool(order), [name for name in order if name in choice.deputies]
        if order:
            why += f"; {choice.caveat}"
        elif others:
            why += "; the others do not hold their size here"
    if not order:
        return TestedLevel(level, window, now, "", why, tuple(results))
    roles = {lead: COMPANION, order[0]: HEADLINE}
    moved = [(result, roles.get(result.test, role)) for result, role in results]
    moved.sort(key=lambda item: item[1] != HEADLINE)
    return TestedLevel(level, window, now, order[0], why, tuple(moved))


def kept_tests(study: MeasuredStudy, by: str | None, **asked: bool) -> list[TestedLevel]:
    """Return what `run_tests` does; of all levels and windows it is made once.

    Parameters
    ----------
    study : MeasuredStudy
        A study.
    by : str or None
        As there.
    **asked : bool
        `include_invalid` and `by_day`, as there. Without the former either will do: situations
        do not differ.
    """
    if by is not None or asked.get("by_day"):
        return run_tests(study, by, **asked)
    kept: dict[bool, list[TestedLevel]] = vars(study).setdefault("_tested", {})
    every = asked.get("include_invalid", True in kept)
    if every not in kept:
        kept[every] = run_tests(study, include_invalid=every)
    return kept[every]


def run_tests(
    study: MeasuredStudy,
    by: str | None = None,
    *,
    include_invalid: bool = False,
    by_day: bool = False,
) -> list[TestedLevel]:
    """Choose and compute the tests of every level and window.

    Parameters
    ----------
    study : MeasuredStudy
        A study.
    by : str, optional
        As for `EventStudyResults.tests`.
    include_invalid, by_day : bool
        As there.

    Returns
    -------
    list of TestedLevel
    """
    tested = []
    for level in levels(study, by):
        windows = _days(study, level) if by_day else study.windows.car
        if study.abnormal.copies:
            ahead = (days_before(0), *(car_column(window) for window in windows))
            collect(study.abnormal, *(wide_column(*each) for each in ahead))
        samples = [cross_section(study, level, window) for window in windows]
        _collect_named(study, samples)
        while samples:  # what a window made is let go of with it
            tested.append(_tested(study, level, samples.pop(0), include_invalid=include_invalid))
    return tested


def _days(study: MeasuredStudy, level: Level) -> list[Window]:
    """Days of the event window on which an episode of a level has an abnormal return."""
    measured = np.isfinite(study.abnormal.part(level.rows).ar).any(axis=0)
    return [(day, day) for day in study.abnormal.tau[measured].tolist()]


TESTS_COLUMNS = (
    *("group", "asset", "test", "start", "end", "statistic", "distribution", "df", "p"),
    *("smallest_p", "n", "role", "valid", "reason", "null"),
)


def tests_frame(tested: Sequence[TestedLevel]) -> pd.DataFrame:
    """One row for each level, window and test; see `EventStudyResults.tests`."""
    records = [
        {**_level(item), **_result(result), "role": role}
        for item in tested
        for result, role in item.results
    ]
    names = dict.fromkeys([*TESTS_COLUMNS, *(name for record in records for name in record)])
    return pd.DataFrame(records, columns=list(names))


def with_leading(means: pd.DataFrame, tests: pd.DataFrame) -> pd.DataFrame:
    """Return mean CARs with the name of the test that leads (`test`) and its p (`p_test`).

    Parameters
    ----------
    means, tests : DataFrame
        As `EventStudyResults.mean_car` and `tests`, by the same levels.
    """
    leading = tests[(tests["role"] == HEADLINE) & tests["valid"].astype(bool)]
    keys = ["group", "asset", "start", "end"]
    leading = leading[[*keys, "test", "p"]].rename(columns={"p": "p_test"})
    frame = means.merge(leading, on=keys, how="left")
    return frame.assign(test=frame["test"].astype(object).where(frame["test"].notna(), ""))


def _level(item: TestedLevel) -> dict[str, object]:
    """Return which level and window were tested."""
    start, end = item.window
    return {"group": item.level.group, "asset": item.level.asset, "start": start, "end": end}


def _result(result: TestResult) -> dict[str, object]:
    named = ("test", "statistic", "distribution", "df", "p", "n", "reason", "null")
    row = {name: getattr(result, name) for name in named}
    return {**row, "smallest_p": float("nan"), "valid": not result.reason, **result.details}


def situations_frame(tested: Sequence[TestedLevel]) -> pd.DataFrame:
    """One row for each level and window; see `EventStudyResults.situations`."""
    named = ["n", "dates", "assets", "overlapping", "crowded"]
    named += ["rbar", "sigma_ratio", "event_sd_ratio"]
    columns = ["group", "asset", "start", "end", "situation", "headline", "why", *named]
    records = [
        {
            **_level(item),
            "situation": item.situation.kind,
            "headline": item.headline,
            "why": item.why,
            **{name: getattr(item.situation, name) for name in named},
            "warnings": " ".join(router.warnings(item.situation)),
        }
        for item in tested
    ]
    return pd.DataFrame(records, columns=[*columns, "warnings"])
