"""Market-reaction event studies: dated statements in, tested abnormal returns out.

>>> import eventstudy as es
>>> results = es.load_example().run()
>>> results.car()  # doctest: +SKIP

Names are imported when they are first used, so that light commands stay light.
"""

from __future__ import annotations

from importlib import import_module
from types import FunctionType
from typing import TYPE_CHECKING, Any

from eventstudy.versions import __version__ as __version__

_HOMES = {
    name: home
    for home, names in {
        "analysis.calendar_time": "CalendarTime calendar_time_portfolio",
        "analysis.calibration": "Calibration calibrate",
        "analysis.claims": "claims",
        "analysis.event_specifications": "EventChoices event_choices",
        "analysis.residual_diagnostics": "Diagnostics diagnose",
        "analysis.specification_curve": "SpecificationCurve specification_curve",
        "analysis.specifications": "Grid",
        "bars": "Bars ClockCheck check_clock load_bars sessions",
        "checks": "Objection check_study",
        "executors": "processes",
        "errors": "EventStudyError EventsError StudyFileError",
        "events.cells": "Claim",
        "events.events": "Event Events write_events",
        "events.reading": "read_events",
        "inference": "TESTS TestResult inference",
        "minutes": "MinuteCalibration MinuteOptions MinuteResults MinuteWindows calibrate_minutes "
        "run_minutes",
        "models": "MODELS models",
        "parts.price_store": "StoredPrices",
        "parts.stored_results": "StoredResults",
        "parts.storing": "store_prices",
        "plots": "plots",
        "prices": "Clock Finding Prices Returns SOURCES load_prices quality",
        "prices.factors": "read_factors",
        "report": "write_report write_standalone",
        "results": "EventStudyResults",
        "results.event_time": "EventTimeResults",
        "settings": "Group Options Windows",
        "study.event_time": "run_event_time",
        "study.in_parts": "open_results",
        "study.run": "run_study",
        "study.study_file": "Study load_example",
    }.items()
    for name in names.split()
}
"""The module of each public name, as it is imported below."""
_MODULES = {"claims", "inference", "models", "plots"}

if TYPE_CHECKING:
    from eventstudy import inference, models, plots
    from eventstudy.analysis import claims
    from eventstudy.analysis.calendar_time import CalendarTime, calendar_time_portfolio
    from eventstudy.analysis.calibration import Calibration, calibrate
    from eventstudy.analysis.event_specifications import EventChoices, event_choices
    from eventstudy.analysis.residual_diagnostics import Diagnostics, diagnose
    from eventstudy.analysis.specification_curve import SpecificationCurve, specification_curve
    from eventstudy.analysis.specifications import Grid
    from eventstudy.bars import Bars, ClockCheck, check_clock, load_bars, sessions
    from eventstudy.checks import Objection, check_study
    from eventstudy.errors import EventsError, EventStudyError, StudyFileError
    from eventstudy.events.cells import Claim
    from eventstudy.events.events import Event, Events, write_events
    from eventstudy.events.reading import read_events
    from eventstudy.executors import processes
    from eventstudy.inference import TESTS, TestResult
    from eventstudy.minutes import (
        MinuteCalibration,
        MinuteOptions,
        MinuteResults,
        MinuteWindows,
        calibrate_minutes,
        run_minutes,
    )
    from eventstudy.models import MODELS
    from eventstudy.parts.price_store import StoredPrices
    from eventstudy.parts.stored_results import StoredResults
    from eventstudy.parts.storing import store_prices
    from eventstudy.prices import SOURCES, Clock, Finding, Prices, Returns, load_prices, quality
    from eventstudy.prices.factors import read_factors
    from eventstudy.report import write_report, write_standalone
    from eventstudy.results import EventStudyResults
    from eventstudy.results.event_time import EventTimeResults
    from eventstudy.settings import Group, Options, Windows
    from eventstudy.study.event_time import run_event_time
    from eventstudy.study.in_parts import open_results
    from eventstudy.study.run import run_study
    from eventstudy.study.study_file import Study, load_example

__all__ = [
    "MODELS",
    "SOURCES",
    "TESTS",
    "Bars",
    "CalendarTime",
    "Calibration",
    "Claim",
    "Clock",
    "ClockCheck",
    "Diagnostics",
    "Event",
    "EventChoices",
    "EventStudyError",
    "EventStudyResults",
    "EventTimeResults",
    "Events",
    "EventsError",
    "Finding",
    "Grid",
    "Group",
    "MinuteCalibration",
    "MinuteOptions",
    "MinuteResults",
    "MinuteWindows",
    "Objection",
    "Options",
    "Prices",
    "Returns",
    "SpecificationCurve",
    "StoredPrices",
    "StoredResults",
    "Study",
    "StudyFileError",
    "TestResult",
    "Windows",
    "calendar_time_portfolio",
    "calibrate",
    "calibrate_minutes",
    "check_clock",
    "check_study",
    "claims",
    "diagnose",
    "event_choices",
    "inference",
    "load_bars",
    "load_example",
    "load_prices",
    "models",
    "open_results",
    "plots",
    "processes",
    "quality",
    "read_events",
    "read_factors",
    "run_event_time",
    "run_minutes",
    "run_study",
    "sessions",
    "specification_curve",
    "store_prices",
    "write_events",
    "write_report",
    "write_standalone",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'eventstudy' has no attribute {name!r}")
    module = import_module(f"eventstudy.{_HOMES[name]}")
    value = module if name in _MODULES else getattr(module, name)
    if type(value) is FunctionType:
        from eventstudy.arguments import explained

        value = explained(value)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, "__version__"})
