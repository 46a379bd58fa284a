"""What a careful referee would object to: checks over the results of a study.

Each is one object in one file of this folder; its texts are in english.toml. docs/checks.md
says which point of a careful report each of them is about.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eventstudy.checks import dates, design, estimation, series, significance
from eventstudy.checks.base import SEVERITIES, Check, Objection, Studied, Where

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.analysis.calibration import Calibration
    from eventstudy.analysis.specification_curve import SpecificationCurve
    from eventstudy.results import EventStudyResults

__all__ = ["CHECKS", "Check", "Objection", "Studied", "Where", "check_study", "frame", "objections"]

CHECKS: tuple[Check, ...] = (
    *design.CHECKS,
    *dates.CHECKS,
    *estimation.CHECKS,
    *significance.CHECKS,
    *series.CHECKS,
)
"""All checks, in the order in which their objections are listed."""


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
    return objections(Studied(results, calibration, robustness))


def objections(study: Studied) -> tuple[Objection, ...]:
    """Return the objections to what was studied, the gravest first."""
    if not any(not reason for reason in study.results.abnormal.reasons):
        return ()
    found = [own for check in CHECKS for own in check(study)]
    dated = sorted((event.date, event.event_id) for event in study.results.events)
    event = {name: place for place, (_, name) in enumerate(dated)}
    asset = {name: place for place, name in enumerate(study.results.assets)}
    order = {check.name: place for place, check in enumerate(CHECKS)}
    return tuple(
        sorted(
            found,
            key=lambda own: (
                SEVERITIES.index(own.severity),
                order[own.check],
                event.get(own.where.event_id, -1),
                asset.get(own.where.asset, -1),
                own.sentence,
            ),
        )
    )


def frame(found: Sequence[Objection]) -> pd.DataFrame:
    """Return objections as a table: check, severity, event_id, asset, sentence, advice."""
    import pandas as pd

    columns = ["check", "severity", "event_id", "asset", "sentence", "advice"]
    records = [
        (own.check, own.severity, own.where.event_id, own.where.asset, own.sentence, own.advice)
        for own in found
    ]
    return pd.DataFrame(records, columns=columns)
