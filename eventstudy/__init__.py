"""Market-reaction event studies: dated statements in, tested abnormal returns out.

>>> import eventstudy as es
>>> results = es.load_example().run()
>>> results.car()  # doctest: +SKIP

Names are imported when they are first used, so that light commands stay light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from eventstudy._version import __version__ as __version__

_HOMES = {
    "Calibration": "calibration",
    "Claim": "events",
    "CalendarTime": "calendar_time",
    "Clock": "prices",
    "Event": "events",
    "EventChoices": "choices",
    "Diagnostics": "diagnostics",
    "EventStudyError": "errors",
    "EventStudyResults": "results",
    "Events": "events",
    "EventsError": "errors",
    "Finding": "prices",
    "Grid": "specifications",
    "Group": "settings",
    "MODELS": "models",
    "Objection": "checks",
    "Options": "settings",
    "Prices": "prices",
    "Returns": "prices",
    "SOURCES": "prices",
    "SpecificationCurve": "robustness",
    "Study": "study_file",
    "StudyFileError": "errors",
    "TESTS": "inference",
    "TestResult": "inference",
    "Windows": "settings",
    "calibrate": "calibration",
    "calendar_time_portfolio": "calendar_time",
    "check_study": "checks",
    "claims": "claims",
    "event_choices": "choices",
    "diagnose": "diagnostics",
    "inference": "inference",
    "load_example": "study_file",
    "load_prices": "prices",
    "models": "models",
    "plots": "plots",
    "quality": "prices",
    "read_events": "events",
    "run_study": "study",
    "specification_curve": "robustness",
    "write_events": "events",
    "write_report": "report",
    "write_standalone": "report",
}
_MODULES = {"claims", "inference", "models", "plots"}

if TYPE_CHECKING:
    from eventstudy import claims, inference, models, plots
    from eventstudy.calendar_time import CalendarTime, calendar_time_portfolio
    from eventstudy.calibration import Calibration, calibrate
    from eventstudy.checks import Objection, check_study
    from eventstudy.choices import EventChoices, event_choices
    from eventstudy.diagnostics import Diagnostics, diagnose
    from eventstudy.errors import EventsError, EventStudyError, StudyFileError
    from eventstudy.events import Claim, Event, Events, read_events, write_events
    from eventstudy.inference import TESTS, TestResult
    from eventstudy.models import MODELS
    from eventstudy.prices import SOURCES, Clock, Finding, Prices, Returns, load_prices, quality
    from eventstudy.report import write_report, write_standalone
    from eventstudy.results import EventStudyResults
    from eventstudy.robustness import SpecificationCurve, specification_curve
    from eventstudy.settings import Group, Options, Windows
    from eventstudy.specifications import Grid
    from eventstudy.study import run_study
    from eventstudy.study_file import Study, load_example

__all__ = [
    "MODELS",
    "SOURCES",
    "TESTS",
    "CalendarTime",
    "Calibration",
    "Claim",
    "Clock",
    "Diagnostics",
    "Event",
    "EventChoices",
    "EventStudyError",
    "EventStudyResults",
    "Events",
    "EventsError",
    "Finding",
    "Grid",
    "Group",
    "Objection",
    "Options",
    "Prices",
    "Returns",
    "SpecificationCurve",
    "Study",
    "StudyFileError",
    "TestResult",
    "Windows",
    "calendar_time_portfolio",
    "calibrate",
    "check_study",
    "claims",
    "diagnose",
    "event_choices",
    "inference",
    "load_example",
    "load_prices",
    "models",
    "plots",
    "quality",
    "read_events",
    "run_study",
    "specification_curve",
    "write_events",
    "write_report",
    "write_standalone",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'eventstudy' has no attribute {name!r}")
    module = import_module(f"eventstudy.{_HOMES[name]}")
    value = module if name in _MODULES else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, "__version__"})
