"""Wrong types, misspelt names and empty input to everything public: no bare error of Python."""

import dataclasses
import datetime as dt
import functools
import inspect

import minute_bars
import numpy as np
import pandas as pd
import pytest
import small_study

import eventstudy as es
from eventstudy.errors import InvalidArgumentError

SESSIONS = pd.bdate_range("2021-01-04", periods=300)
LEVELS = 100 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.01, 300)))
FRAME = pd.DataFrame({"A": LEVELS, "M": 10 * np.sqrt(LEVELS)}, SESSIONS)
EVENTS = es.Events.from_dates(["2021-10-04", "2021-11-04"])
EVENT = "event-2021-10-04"

WRONG = [None, 5, -1.5, "nonsense", "", [], {}, (), object(), float("nan"), [None], {"x": 1}, True]
WRONG += [(99, 100), (3, 1), np.zeros(3), pd.DataFrame(), dt.date(2021, 1, 4), b"bytes"]
FINE = (es.EventStudyError, OSError)


def walked(function, right, names=None):
    """Call a function with each wrong value in place of each argument, and misspelt."""
    parameters = inspect.signature(function).parameters
    known = {name: right[name] for name in parameters if name in right}
    asked = [name for name, each in parameters.items() if each.kind not in (2, 4)]
    calls = [{}, {**known, "zzz": 1}]
    calls += [{**known, name: wrong} for name in names or asked for wrong in WRONG]
    for call in calls:
        try:
            function(**call)
        except FINE:
            continue


def methods(kind):
    """Names of public methods of a class, but those that it has from Python's own types."""
    for name in dir(kind):
        member = inspect.getattr_static(kind, name)
        bases = [base for base in (str, dict, tuple) if issubclass(kind, base)]
        frame = isinstance(member, (property, functools.cached_property))
        if name.startswith("_") or frame or any(hasattr(base, name) for base in bases):
            continue
        if callable(getattr(kind, name)):
            yield name


@functools.cache
def results():
    """A small study."""
    windows, model = es.Windows(estimation=(-140, -21)), es.models.MarketModel("M")
    return es.run_study(EVENTS, FRAME, windows=windows, model=model)


@functools.cache
def minutes():
    """Statements measured in minutes, and their bars."""
    bars = minute_bars.golden_bars()
    events = minute_bars.golden_events()
    return es.run_minutes(events, bars, options=es.MinuteOptions(ordinary=19, least=10))


def tau_results():
    """A study in event time."""
    tau = np.arange(-70, 6)
    wide = pd.DataFrame(np.random.default_rng(1).normal(0, 0.01, (76, 3)), tau, list("ABC"))
    return es.run_event_time(wide, windows=es.Windows(estimation=(-70, -6), car=[(0, 1)]))


def study(folder):
    """A study of files."""
    return es.Study.read(small_study.write(folder) / "study.toml")


OBJECTS = {
    "results": lambda _: results(),
    "event time": lambda _: tau_results(),
    "summary": lambda _: results().summary(),
    "events": lambda _: EVENTS,
    "event": lambda _: EVENTS[EVENT],
    "prices": lambda _: es.Prices(FRAME, clocks={"A": "16:00 Europe/London"}),
    "returns": lambda _: es.Returns(FRAME.pct_change().iloc[1:]),
    "clock": lambda _: es.Clock("16:00", "Europe/London"),
    "diagnostics": lambda _: es.diagnose(results(), EVENT, "A"),
    "choices": lambda _: es.event_choices(results()),
    "portfolio": lambda _: es.calendar_time_portfolio(results(), window=(-5, 5)),
    "curve": lambda _: es.specification_curve(results(), samples=5),
    "calibration": lambda _: es.calibrate(results(), samples=5),
    "minutes": lambda _: minutes(),
    "bars": lambda _: minute_bars.golden_bars(),
    "bar series": lambda _: minute_bars.golden_bars()["G"],
    "minute options": lambda _: es.MinuteOptions(),
    "minute windows": lambda _: es.MinuteWindows(),
    "grid": lambda _: es.Grid(),
    "test result": lambda _: es.TestResult("t", (0, 1), "nothing", 1),
    "study": study,
}
RIGHT = {
    "event_id": EVENT,
    "asset": "A",
    "window": (0, 1),
    "position": 3,
    "member": np.ones(2, dtype=bool),
    "values": np.zeros(2),
    "attribute": "title",
    "event_ids": [EVENT],
    "dates": ["2021-10-04"],
    "path": "tables.xlsx",
    "folder": "tables",
    "sessions": SESSIONS[:3],
    "session": dt.date(2021, 3, 1),
    "what": "this",
}
SLOW = {"run", "outlook", "load", "freeze"}
"""Methods that do the work of a study: called with misspelt arguments only."""


@pytest.mark.parametrize("name", OBJECTS)
def test_wrong_arguments_to_a_method_raise_no_bare_error(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = OBJECTS[name](tmp_path)
    right = dict(RIGHT)
    if name == "minutes":
        right |= {"event_id": made.events.event_ids[0], "asset": "G"}
    found = list(methods(type(made)))
    for method in found:
        function = getattr(made, method)
        if method in SLOW:
            with pytest.raises(es.EventStudyError):
                function(zzz=1)
        else:
            walked(function, right)


def test_the_walk_meets_the_methods_that_are_known_to_be_there():
    assert {"at_primary", "days0", "episode", "holds", "session", "car"} <= set(
        methods(es.EventStudyResults)
    )
    assert {"from_dates", "place", "select", "values"} <= set(methods(es.Events))
    assert {"as_latex", "as_html"} == set(methods(type(results().summary()))) - {"as_text"}


CLASSES = {
    "Windows": {},
    "Options": {},
    "Group": {},
    "Grid": {},
    "MinuteOptions": {},
    "MinuteWindows": {},
    "Prices": {"frame": FRAME},
    "Returns": {"frame": FRAME.pct_change()},
    "Clock": {"time": "16:00", "timezone": "Europe/London"},
    "Claim": {"asset": "A", "change": 0.1, "session": dt.date(2021, 1, 4), "text": "x"},
    "Bars": {"series": {}},
    "TestResult": {"test": "t", "window": (0, 1), "null": "nothing", "n": 1},
    "Finding": {"asset": "A", "kind": "x", "dates": (), "count": 1, "text": "x"},
    "Objection": {"check": "x", "severity": "note", "sentence": "x", "advice": "x"},
}


@pytest.mark.parametrize("name", CLASSES)
def test_wrong_arguments_to_a_class_raise_no_bare_error(name):
    kind = getattr(es, name)
    walked(kind, CLASSES[name])
    with pytest.raises(InvalidArgumentError, match=f"{name} takes no zzz"):
        kind(**CLASSES[name], zzz=1)


def test_every_public_class_is_walked_or_is_no_constructor_of_users():
    made = {type(OBJECTS[name](None)).__name__ for name in OBJECTS if name != "study"}
    errors = {name for name in es.__all__ if name.endswith("Error")}
    public = {name for name in es.__all__ if inspect.isclass(getattr(es, name))}
    assert public - errors - set(CLASSES) - made <= {
        "Study",
        "MinuteCalibration",
        "StoredPrices",
        "StoredResults",
    }


def test_clocks_of_before_are_a_list_of_days_and_clocks():
    for wrong in ([None], ["x"], [(1, 2)], {"x": 1}, "x", [(dt.date(2020, 1, 1), "10:00 UTC")]):
        with pytest.raises(InvalidArgumentError, match="earlier is"):
            es.Clock("11:00", "UTC", earlier=wrong)
    before = (dt.date(2020, 1, 1), es.Clock("10:00", "UTC"))
    assert es.Clock("11:00", "UTC", earlier=[before]).earlier == (before,)


@pytest.mark.parametrize("registry", ["MODELS", "TESTS"])
def test_wrong_arguments_to_models_and_tests_raise_no_bare_error(registry):
    for kind in getattr(es, registry).values():
        walked(kind, {"market": "M"})
        with pytest.raises(InvalidArgumentError, match="zzz"):
            kind(zzz=1)


FIGURES = [name for name in dir(es.plots) if inspect.isfunction(getattr(es.plots, name))]


@pytest.mark.parametrize("name", FIGURES)
def test_wrong_arguments_to_a_figure_raise_no_bare_error(name):
    right = {**RIGHT, "asset_x": "A", "asset_y": "M", "group": "all events", "by": "title"}
    right |= {"results": results()}
    del right["window"]
    if name.startswith("minutes_"):
        right |= {"results": minutes(), "event_id": minutes().events.event_ids[0], "asset": "G"}
    function = getattr(es.plots, name)
    walked(function, right)
    with pytest.raises(InvalidArgumentError, match="takes no zzz"):
        function(zzz=1)


def test_misspelt_names_are_told_by_figures():
    with pytest.raises(es.EventStudyError, match="Did you mean 'event-2021-10-04'"):
        es.plots.ar(results(), "event-2021-10-40", "A")
    with pytest.raises(es.EventStudyError, match="unknown asset 'B'"):
        es.plots.car_path(results(), EVENT, "B")
    with pytest.raises(es.EventStudyError, match=r"must lie inside the event window \(-5, 5\)"):
        es.plots.forest(results(), "A", (0, 9))


REST = {
    "load_bars": {},
    "sessions": {"market": "XMOS", "day": "2022-01-13"},
    "run_minutes": {"events": EVENTS},
    "calibrate_minutes": {},
    "run_event_time": {},
    "read_factors": {},
}


@pytest.mark.parametrize("name", REST)
def test_wrong_arguments_to_the_functions_of_bars_raise_no_bare_error(name):
    walked(getattr(es, name), REST[name])


def test_wrong_arguments_to_claims_raise_no_bare_error():
    for name in ("check_claims", "frame"):
        walked(getattr(es.claims, name), {"results": results()})


def test_errors_that_are_not_of_arguments_are_let_through():
    from eventstudy.arguments import told

    @told
    def broken(value: "str") -> str:
        raise KeyError(value)

    with pytest.raises(KeyError):
        broken("a fault of the package")
    with pytest.raises(InvalidArgumentError, match="broken: value is 5; write a text"):
        broken(5)


def test_records_stay_what_they_were():
    one = es.TestResult("t", (0, 1), "nothing", 1)
    assert dataclasses.replace(one, n=2).n == 2
    assert dataclasses.astuple(es.Grid()) == dataclasses.astuple(es.Grid())
