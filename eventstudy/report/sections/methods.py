"""The formulas that were used."""

from __future__ import annotations

from collections.abc import Iterator

from eventstudy.inference import TESTS
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.settings import length
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import level, plural, window_words

MOST_MODELS = 6
"""Models written out; the others are in results.json."""


def _facts(report: ReportData) -> Iterator[tuple[str, str]]:
    """Yield the name of each rule, and what it says in this study."""
    results = report.results
    windows, options = results.windows, results.options
    shift = options.max_shift
    yield "day0", say("methods.day0_text", shift=shift)
    formula = say(f"methods.{options.returns}")
    yield "returns", say("methods.returns_text", formula=formula, shift=shift)
    yield "abnormal", say("methods.abnormal_text")
    named = [
        say("methods.primary", window=window_words(*w)) if w == windows.lead else window_words(*w)
        for w in windows.car
    ]
    yield "car", say("methods.car_text", windows=", ".join(named))
    yield "rank", say("methods.rank_text")
    yield "detectable", say("methods.detectable_text")
    yield "intervals", say("methods.intervals_text", level=level(options.confidence))
    yield "bands", say("methods.bands_text", level=level(options.confidence))


def _context(report: ReportData, _event: str) -> Context:
    results = report.results
    windows, excluded = results.windows, results.options.exclude_from_estimation
    days = length(windows.estimation)
    normal = say("methods.normal_text", window=window_words(*windows.estimation), days=days)
    if apart := int((results.abnormal.estimation_window != windows.estimation).any(axis=1).sum()):
        normal += " " + say("methods.apart", count=plural(apart, "episode"))
    if excluded:
        normal += " " + say("methods.excluded", window=window_words(*excluded))
    models = [
        say("methods.model", asset=asset, formula=model.formula(), name=model.name)
        for asset, model in list(results.models.items())[:MOST_MODELS]
    ]
    if len(results.models) > MOST_MODELS:
        models.append(say("methods.more_models", count=len(results.models) - MOST_MODELS))
    return {
        "facts": list(_facts(report)),
        "normal": normal,
        "models": models,
        "tests": [*results.significance_tests]
        if results.significance_tests is not None
        else [TESTS[name] for name in dict.fromkeys(report.tests["test"])],
    }


SECTION = Section("methods", _context)
