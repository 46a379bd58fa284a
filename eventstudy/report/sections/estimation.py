"""How the normal return was estimated."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.errors import EstimationError
from eventstudy.report.material import Material, Section
from eventstudy.report.sections.reaction import MOST
from eventstudy.settings import length


def _context(material: Material, event: str) -> Mapping[str, object] | None:
    results = material.results
    frame = results.estimation
    blocks = []
    for row in frame[frame["event_id"] == event].iloc[:MOST].itertuples():
        try:
            fit = results.regression(event, row.asset)
        except EstimationError:
            terms, r2 = [], float("nan")
        else:
            table = zip(
                fit.params.index, fit.params, fit.bse, fit.tvalues, fit.pvalues, strict=True
            )
            terms, r2 = list(table), float(fit.rsquared)
        formula = results.models[row.asset].formula()
        blocks.append({"row": row, "terms": terms, "r2": r2, "formula": formula})
    wanted = length(results.windows.estimation)
    return {"blocks": blocks, "wanted": wanted} if blocks else None


SECTION = Section("estimation", "Normal return", _context)
