"""What a careful referee would object to, by severity."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.checks import CHECKS, Objection
from eventstudy.checks.base import SEVERITIES
from eventstudy.report.report_data import Material, Section
from eventstudy.words.catalogue import say

MOST = 3
"""Objections of one check that are written out; all are in data/objections.csv."""


def _context(material: Material, _event: str) -> Mapping[str, object]:
    by_check: dict[str, list[Objection]] = {}
    for own in material.objections:
        by_check.setdefault(own.check, []).append(own)
    groups = [
        (
            severity,
            [own for own in by_check.values() if own[0].severity == severity],
        )
        for severity in SEVERITIES
    ]
    missing = [
        name
        for name, given in (
            ("without-calibration", material.calibration),
            ("without-robustness", material.robustness),
        )
        if given is None
    ]
    return {
        "groups": [(severity, own) for severity, own in groups if own],
        "most": MOST,
        "checks": len(CHECKS),
        "missing": missing,
        "events": material.events,
    }


SECTION = Section("objections", say("objections.title"), _context)
