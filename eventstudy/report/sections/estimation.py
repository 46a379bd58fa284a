"""How the normal return was estimated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eventstudy.errors import EstimationError
from eventstudy.report.material import Material, Section
from eventstudy.report.sections.reaction import MOST
from eventstudy.settings import length


def _terms(fit: Any) -> list[tuple[str, float, float, float, float]]:
    """Term, estimate, standard error, t and p; arch has its own name for standard errors."""
    errors = fit.std_err if hasattr(fit, "std_err") else fit.bse
    columns = (fit.params.index, fit.params, errors, fit.tvalues, fit.pvalues)
    return list(zip(*columns, strict=True))


def _context(material: Material, event: str) -> Mapping[str, object] | None:
    results = material.results
    blocks = []
    for row in material.of("estimation", event).iloc[:MOST].itertuples():
        try:
            fit = results.regression(event, row.asset)
        except EstimationError:
            fit, terms = None, []
        else:
            terms = _terms(fit)
        blocks.append(
            {
                "row": row,
                "terms": terms,
                "r2": float(getattr(fit, "rsquared", "nan")),
                "formula": results.models[row.asset].formula(),
                "per_cent": hasattr(fit, "std_err"),
            }
        )
    wanted = length(results.windows.estimation)
    return {"blocks": blocks, "wanted": wanted} if blocks else None


SECTION = Section("estimation", "Normal return", _context)
