"""The method in eight sentences."""

from __future__ import annotations

from eventstudy.report.answer_words import asset_name, listed
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.settings import length
from eventstudy.words.catalogue import say
from eventstudy.words.windows import window_name

MOST_MODELS = 4
"""Assets whose model is named in the sentence."""


def _normal(report: ReportData) -> str:
    """Say what normal is."""
    results = report.results
    days = length(results.windows.estimation)
    kinds: dict[str, list[str]] = {}
    for asset, model in results.models.items():
        kinds.setdefault(model.name, []).append(asset_name(results, asset))
    if len(kinds) == 1:
        return say("method.normal_one", days=days, model=next(iter(kinds)))
    models = [
        say("method.model", model=model, assets=listed(names[:MOST_MODELS]))
        for model, names in kinds.items()
    ]
    return say("method.normal", days=days, models=listed(models))


def _context(report: ReportData, _event: str) -> Context:
    results = report.results
    window = window_name(results.windows.lead)
    return {
        "sentences": [
            say("method.day"),
            say(f"method.{results.options.returns}"),
            _normal(report),
            say("method.beyond", window=window),
            say("method.once"),
            say("method.mean"),
            say("method.rank"),
            say("method.leads"),
        ],
        "selection": results.about.selection,
    }


SECTION = Section("method", _context)
