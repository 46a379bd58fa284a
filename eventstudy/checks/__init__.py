"""What a careful referee would object to: checks over the results of a study.

Each is one object in one file of this folder; its texts are in english.toml. docs/checks.md
says which point of a careful report each of them is about.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from eventstudy.checks.base import SEVERITIES
from eventstudy.checks.base import Check as Check
from eventstudy.checks.base import Objection as Objection
from eventstudy.checks.base import Studied as Studied
from eventstudy.checks.base import Where as Where

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.analysis.calibration import Calibration
    from eventstudy.analysis.specification_curve import SpecificationCurve
    from eventstudy.results import EventStudyResults


FAMILIES = ("design", "dates", "estimation", "significance", "series")
"""Files of this folder, in the order in which their objections are listed."""

CHECKS: tuple[Check, ...] = tuple(
    check for family in FAMILIES for check in import_module(f"{__name__}.{family}").CHECKS
)
"""Checks of every study."""

MINUTE_CHECKS: tuple[Check, ...] = import_module(f"{__name__}.minutes").CHECKS
"""Checks of a study with bars, besides."""


def check_study(
    results: EventStudyResults,
    *,
    calibration: Calibration | None = None,
    robustness: SpecificationCurve | None = None,
) -> tuple[Objection, ...]:
    """Return what a careful referee would object to in a study.

    Parameters
    ----------
    results : EventStudyResults
        The study.
    calibration : Calibration, optional
        What `calibrate` returns; without it, no objection is made on the size of its tests.
    robustness : SpecificationCurve, optional
        What `specification_curve` returns; without it, none on other specifications.

    Returns
    -------
    tuple of Objection
        The gravest first, then in the order of the checks, the events and the assets.
    """
    results.needs_dates("check_study")
    return objections(Studied(results, calibration, robustness))


def objections(study: Studied) -> tuple[Objection, ...]:
    """Return the objections to what was studied, the gravest first."""
    if not study.results.measured.any():
        return ()
    dated = sorted((event.date, event.event_id) for event in study.results.events)
    event = {name: index for index, (_, name) in enumerate(dated)}
    asset = {name: index for index, name in enumerate(study.results.assets)}
    checks = CHECKS if study.results.minutes is None else (*CHECKS, *MINUTE_CHECKS)
    order = {check.name: index for index, check in enumerate(checks)}

    def rank(objection: Objection) -> tuple[int, int, int, int, str]:
        where = objection.where
        severity, check = SEVERITIES.index(objection.severity), order[objection.check]
        places = (event.get(where.event_id, -1), asset.get(where.asset, -1))
        return severity, check, *places, objection.sentence

    return tuple(sorted((point for check in checks for point in check(study)), key=rank))


def frame(objections: Sequence[Objection]) -> pd.DataFrame:
    """Return objections as a table: check, severity, event_id, asset, sentence, advice."""
    import pandas as pd

    columns = ["check", "severity", "event_id", "asset", "sentence", "advice"]
    records = [
        (o.check, o.severity, o.where.event_id, o.where.asset, o.sentence, o.advice)
        for o in objections
    ]
    return pd.DataFrame(records, columns=columns)
