"""Significance tests over the episodes of each level: chosen, refused, computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.inference import TestResult
from eventstudy.inference.average import overlaps
from eventstudy.inference.router import (
    CLASSIC,
    Choice,
    Situation,
    choose,
    refusal,
    warnings,
)
from eventstudy.results.levels import levels, sample
from eventstudy.results.unestimated import estimation_objection, situation_without

if TYPE_CHECKING:
    from eventstudy.inference import CrossSection, SignificanceTest
    from eventstudy.results.levels import Level
    from eventstudy.results.study_results import EventStudyResults
    from eventstudy.settings import Window

HEADLINE, COMPANION, CLASSICAL, NAMED = "headline", "companion", "classical", "named"


def situation(results: EventStudyResults, level: Level, chosen: CrossSection) -> Situation:
    """Return the situation of the episodes of a level and window."""
    part = chosen.abnormal
    days = set(zip(part.assets.tolist(), part.day0.tolist(), strict=True))
    crowded = sum(
        len(results.members[row]) > 1
        for row in level.rows
        if (results.abnormal.assets[row], results.abnormal.day0[row].tolist()) in days
    )
    return situation_without(chosen, overlaps(part, chosen.window), crowded)


def _with_roles(
    results: EventStudyResults, choice: Choice, now: Situation
) -> list[tuple[SignificanceTest, str]]:
    """Return tests with their roles: the named ones, or those that the situation asks for."""
    named = results.significance_tests
    if named is not None:
        lead = choice.headline.name
        return [(test, HEADLINE if test.name == lead else NAMED) for test in named]
    found = [(choice.headline, HEADLINE), *((test, COMPANION) for test in choice.companions)]
    listed = {test.name for test, _ in found}
    refused = [test for test in CLASSIC if test.name not in listed and refusal(test, now)]
    return found + [(test, CLASSICAL) for test in refused]


def _computed(
    test: SignificanceTest, chosen: CrossSection, now: Situation, *, include_invalid: bool
) -> TestResult:
    lacking = estimation_objection(test, chosen)
    reason = lacking or refusal(test, now)
    if lacking or (reason and not include_invalid):
        return TestResult(test.name, chosen.window, test.null, chosen.n, reason=reason)
    found = test(chosen)
    return replace(found, reason=found.reason or reason)


@dataclass(frozen=True)
class Block:
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
    found : tuple of (TestResult, str)
        Results and the roles of their tests.
    """

    level: Level
    window: Window
    situation: Situation
    headline: str
    why: str
    found: tuple[tuple[TestResult, str], ...]


def _block(
    results: EventStudyResults, level: Level, window: Window, *, include_invalid: bool
) -> Block:
    chosen = sample(results, level, window)
    now = situation(results, level, chosen)
    choice = choose(now)
    found = [
        (_computed(test, chosen, now, include_invalid=include_invalid), role)
        for test, role in _with_roles(results, choice, now)
    ]
    lead = choice.headline.name
    valid = {own.test: own for own, _ in found if own.computed}
    if lead in valid or results.significance_tests is not None:
        return Block(level, window, now, lead, choice.reason, tuple(found))
    failed = next(own.reason for own, role in found if role == HEADLINE)
    why = f"{choice.headline.label} would lead, but {failed}"
    order = [own.test for own, role in found if role == COMPANION and own.test in valid]
    if choice.deputies is not None:
        others, order = bool(order), [name for name in order if name in choice.deputies]
        if order:
            why += f"; {choice.caveat}"
        elif others:
            why += "; the others do not hold their size here"
    if not order:
        return Block(level, window, now, "", why, tuple(found))
    roles = {lead: COMPANION, order[0]: HEADLINE}
    moved = [(own, roles.get(own.test, role)) for own, role in found]
    moved.sort(key=lambda item: item[1] != HEADLINE)
    return Block(level, window, now, order[0], why, tuple(moved))


def blocks(
    results: EventStudyResults,
    by: str | None = None,
    *,
    include_invalid: bool = False,
    by_day: bool = False,
) -> list[Block]:
    """Choose and compute the tests of every level and window.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    by : str, optional
        As for `EventStudyResults.tests`.
    include_invalid, by_day : bool
        As there.

    Returns
    -------
    list of Block
    """
    return [
        _block(results, level, window, include_invalid=include_invalid)
        for level in levels(results, by)
        for window in (_days(results, level) if by_day else results.windows.car)
    ]


def _days(results: EventStudyResults, level: Level) -> list[Window]:
    """Days of the event window on which an episode of a level has an abnormal return."""
    there = np.isfinite(results.abnormal.rows(level.rows).ar).any(axis=0)
    return [(day, day) for day in results.abnormal.tau[there].tolist()]


def tests_frame(found: Sequence[Block]) -> pd.DataFrame:
    """One row for each level, window and test; see `EventStudyResults.tests`."""
    records = [
        _record(block.level, block.window, own, role)
        for block in found
        for own, role in block.found
    ]
    columns = ["group", "asset", "test", "start", "end", "statistic", "distribution"]
    columns += ["df", "p", "smallest_p", "n", "role", "valid", "reason", "null"]
    return pd.DataFrame(records) if records else pd.DataFrame(columns=columns)


def _record(level: Level, window: Window, found: TestResult, role: str) -> dict[str, object]:
    return {
        "group": level.group,
        "asset": level.asset,
        "test": found.test,
        "start": window[0],
        "end": window[1],
        "statistic": found.statistic,
        "distribution": found.distribution,
        "df": found.df,
        "p": found.p,
        "smallest_p": found.details.get("smallest_p", float("nan")),
        "n": found.n,
        "role": role,
        "valid": not found.reason,
        "reason": found.reason,
        "null": found.null,
        **{name: value for name, value in found.details.items() if name != "smallest_p"},
    }


def situations_frame(found: Sequence[Block]) -> pd.DataFrame:
    """One row for each level and window; see `EventStudyResults.situations`."""
    records = [
        {
            "group": block.level.group,
            "asset": block.level.asset,
            "start": block.window[0],
            "end": block.window[1],
            "situation": block.situation.kind,
            "headline": block.headline,
            "why": block.why,
            "n": block.situation.n,
            "dates": block.situation.dates,
            "assets": block.situation.assets,
            "overlapping": block.situation.overlapping,
            "crowded": block.situation.crowded,
            "rbar": block.situation.rbar,
            "sigma_ratio": block.situation.sigma_ratio,
            "event_sd_ratio": block.situation.event_sd_ratio,
            "warnings": " ".join(warnings(block.situation)),
        }
        for block in found
    ]
    columns = ["group", "asset", "start", "end", "situation", "headline", "why", "n", "dates"]
    columns += ["assets", "overlapping", "crowded", "rbar", "sigma_ratio", "event_sd_ratio"]
    columns += ["warnings"]
    return pd.DataFrame(records, columns=columns)
