"""The formulas that were used."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.inference import TESTS
from eventstudy.report.material import Material, Section
from eventstudy.settings import length


def _context(material: Material, _event: str) -> Mapping[str, object]:
    results = material.results
    shown = list(results.models.items())[:6]
    return {
        "windows": results.windows,
        "options": results.options,
        "days": length(results.windows.estimation),
        "models": [(asset, model.name, model.formula()) for asset, model in shown],
        "more_models": len(results.models) - len(shown),
        "tests": [*results.significance_tests]
        if results.significance_tests is not None
        else [TESTS[name] for name in dict.fromkeys(material.tests["test"])],
    }


SECTION = Section("methods", "Methods", _context)
