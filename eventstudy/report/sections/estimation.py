"""How the normal return was estimated."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from eventstudy.errors import EstimationError
from eventstudy.report.formats import date
from eventstudy.report.report_data import ReportData, Section
from eventstudy.report.sections.day0 import MOST_ASSETS
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import number, size

if TYPE_CHECKING:
    from eventstudy.results import EventStudyResults


def _terms(fit: Any) -> list[tuple[str, float, float, float, float]]:
    """Term, estimate, standard error, t and p; arch has its own name for standard errors."""
    errors = fit.std_err if hasattr(fit, "std_err") else fit.bse
    columns = (fit.params.index, fit.params, errors, fit.tvalues, fit.pvalues)
    return list(zip(*columns, strict=True))


def _coefficients(
    results: EventStudyResults, event: str, asset: str
) -> list[tuple[str, float, float, float, float]]:
    """Term, estimate and three dashes, for models without a single regression behind them."""
    model, row = results.models[asset], results.row(event, asset)
    if not model.fewest:
        return []
    names, nothing = ("const", *model.factors), float("nan")
    values = results.abnormal.coefficients[row].tolist()[: len(names)]
    return [(n, v, nothing, nothing, nothing) for n, v in zip(names, values, strict=True)]


def _words(row: Any, wanted: int, r2: float) -> str:
    """Say what the model was estimated on, and how well it fits."""
    if not row.n:
        return say("estimation.nothing", wanted=wanted)
    first, last = date(row.first), date(row.last)
    parts = [say("estimation.sessions", n=row.n, wanted=wanted, first=first, last=last)]
    for name in ("missing", "excluded"):
        count = getattr(row, name)
        if count:
            key = f"estimation.{name}_one" if count == 1 else f"estimation.{name}"
            parts.append(say(key, count=count))
    fit = [say("estimation.sigma", sigma=size(row.sigma), df=number(row.df, 0))]
    if r2 == r2:  # NaN for models without one
        fit.append(say("estimation.r2", r2=number(r2)))
    return f"{'; '.join(parts)}. {', '.join(fit)}."


def _context(report: ReportData, event: str) -> Mapping[str, object] | None:
    results = report.results
    blocks = []
    for row in report.rows("estimation", event)[:MOST_ASSETS]:
        key = ("estimation", results.row(event, row.asset))
        blocks.append(report.shared(key, partial(_block, results, row)))
    return {"blocks": blocks} if blocks else None


def _block(results: EventStudyResults, row: Any) -> Mapping[str, object]:
    """Return what is said of an episode; events that share it share this."""
    wanted = row.end - row.start + 1
    try:
        fit = results.regression(row.event_id, row.asset)
    except EstimationError:
        fit, terms = None, _coefficients(results, row.event_id, row.asset)
    else:
        terms = _terms(fit)
    return {
        "asset": row.asset,
        "terms": terms,
        "words": _words(row, wanted, float(getattr(fit, "rsquared", "nan"))),
        "formula": results.models[row.asset].formula(),
        "per_cent": hasattr(fit, "std_err"),
    }


SECTION = Section("estimation", _context)
