"""How the normal return was estimated."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from eventstudy.errors import EstimationError
from eventstudy.report.formats import date
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.report.sections.day0 import MOST_ASSETS
from eventstudy.results import EventStudyResults
from eventstudy.results.estimation import plain_regression_of
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import number, size

Terms = list[tuple[str, float, float, float, float]]
"""Term, estimate, standard error, t and p of a regression."""


def _terms(fit: Any) -> Terms:
    """Return the terms of a result of statsmodels; arch has its own name for standard errors."""
    errors = fit.std_err if hasattr(fit, "std_err") else fit.bse
    columns = (fit.params.index, fit.params, errors, fit.tvalues, fit.pvalues)
    return list(zip(*columns, strict=True))


def _fitted(results: EventStudyResults, event: str, asset: str) -> tuple[Terms, float, bool]:
    """Return the terms of an estimation, its R² or NaN, and whether it is in per cent."""
    plain = plain_regression_of(results, results.row(event, asset))
    if plain is not None:
        columns = (plain.params, plain.bse, plain.tvalues, plain.pvalues)
        numbers = [column.tolist() for column in columns]
        return list(zip(plain.names, *numbers, strict=True)), plain.rsquared, False
    try:
        fit = results.regression(event, asset)
    except EstimationError:
        return _coefficients(results, event, asset), float("nan"), False
    return _terms(fit), float(getattr(fit, "rsquared", "nan")), hasattr(fit, "std_err")


def _coefficients(results: EventStudyResults, event: str, asset: str) -> Terms:
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


def _context(report: ReportData, event: str) -> Context:
    results = report.results
    blocks = []
    for row in report.rows("estimation", event)[:MOST_ASSETS]:
        key = ("estimation", results.row(event, row.asset))
        blocks.append(report.shared(key, partial(_block, results, row)))
    return {"blocks": blocks} if blocks else None


def _block(results: EventStudyResults, row: Any) -> Mapping[str, object]:
    """Return what is said of an episode; events that share it share this."""
    wanted = row.end - row.start + 1
    terms, r2, per_cent = _fitted(results, row.event_id, row.asset)
    return {
        "asset": row.asset,
        "terms": terms,
        "words": _words(row, wanted, r2),
        "formula": results.models[row.asset].formula(),
        "per_cent": per_cent,
    }


SECTION = Section("estimation", _context)
