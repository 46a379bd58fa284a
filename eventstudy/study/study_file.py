"""A study as a file: `Study` and its reader of study.toml."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from eventstudy.arguments import path_of, told_class
from eventstudy.bars.loading import load_bars
from eventstudy.bars.quality import BarFinding
from eventstudy.bars.series import Bars
from eventstudy.design.reach import within_reach
from eventstudy.errors import (
    EventsError,
    InputError,
    InvalidArgumentError,
    Problem,
    StudyFileError,
    UnknownNameError,
    nearest,
)
from eventstudy.events.assets import check_assets
from eventstudy.events.events import Events
from eventstudy.events.reading import read_events, read_list_events
from eventstudy.inference import TESTS, SignificanceTest, make_tests
from eventstudy.minutes.results import MinuteResults
from eventstudy.minutes.run import run_minutes
from eventstudy.minutes.settings import MinuteOptions, MinuteWindows
from eventstudy.models import NormalReturnModel
from eventstudy.models.base import Unfitted
from eventstudy.prices import Finding, Prices, load_prices
from eventstudy.results import EventStudyResults
from eventstudy.settings import Group, Options, StudyTitle, Windows
from eventstudy.study.assets_reader import read_model, read_series, read_words
from eventstudy.study.events_table import read_list
from eventstudy.study.known_keys import TABLES, TOP, elsewhere
from eventstudy.study.measure import check_any
from eventstudy.study.minutes_reader import read_bars, read_minutes
from eventstudy.study.reader import Reader, message_and_cure, parse
from eventstudy.study.run import check_prices, run_study
from eventstudy.study.settings_reader import (
    check_lengths,
    read_calendars,
    read_options,
    read_windows,
)
from eventstudy.timezones import zone_fault

T = TypeVar("T")


@told_class
@dataclass(frozen=True)
class Study:
    """A study as configuration: what study.toml says, and the events it names.

    Parameters
    ----------
    path : Path
        The study file.
    events : Events
        Its events.
    request : mapping
        Where the prices of each asset and factor come from, as `load_prices` takes it.
    model : mapping of str to NormalReturnModel
        Model of each asset.
    windows : Windows
        Windows in event time.
    options : Options
        Rarer settings.
    groups : mapping of str to Group
        Groups of events; the first is the headline.
    tests : tuple of SignificanceTest or None
        Tests to compute; None = the valid ones for the situation.
    about : StudyTitle
        Title and words for reports.
    reports : Path
        Folder that reports are written to.
    start : date, optional
        First day of prices from live sources; see `load_prices`.
    offline : bool
        Whether to use stored prices alone and open no connection.
    bar_request : mapping
        Where the bars of each asset come from, as `load_bars` takes it; empty = none.
    minute_windows : MinuteWindows
        Windows in minutes.
    minute_options : MinuteOptions
        How they are compared with ordinary days.
    """

    path: Path
    events: Events
    request: Mapping[str, Mapping[str, object]]
    model: Mapping[str, NormalReturnModel]
    windows: Windows = field(default_factory=Windows)
    options: Options = field(default_factory=Options)
    groups: Mapping[str, Group] = field(default_factory=dict)
    tests: tuple[SignificanceTest, ...] | None = None
    about: StudyTitle = field(default_factory=StudyTitle)
    reports: Path = Path("reports")
    start: dt.date | None = None
    offline: bool = False
    bar_request: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    minute_windows: MinuteWindows = field(default_factory=MinuteWindows)
    minute_options: MinuteOptions = field(default_factory=MinuteOptions)

    @classmethod
    def read(cls, path: str | Path) -> Study:
        """Read a study file and its events; every problem in either is listed at once.

        Parameters
        ----------
        path : str or Path
            The study.toml.

        Returns
        -------
        Study

        Raises
        ------
        StudyFileError, EventsError
            When the study file or the events are not valid.
        """
        return _read(path_of("path", path))

    @cached_property
    def prices(self) -> Prices:
        """The prices of all assets and factors, loaded when first asked for."""
        return self._loaded(load_prices, self.request)

    @cached_property
    def bars(self) -> Bars:
        """The bars of all assets that have any, loaded when first asked for.

        Raises
        ------
        StudyFileError
            When the study names none, or what it says of them cannot be used.
        """
        return self._loaded(load_bars, self.bar_request, "bars")

    def _loaded(self, load: Callable[..., T], request: Mapping[str, object], field: str = "") -> T:
        """Load series; what is wrong with the request is a fault of the file."""
        folder = self.path.parent
        try:
            return load(request, folder=folder, offline=self.offline, start=self.start)
        except (InvalidArgumentError, UnknownNameError) as error:
            message, cure = message_and_cure(error)
            raise StudyFileError.of(str(self.path), message, cure, field=field) from error

    @cached_property
    def minutes(self) -> MinuteResults | None:
        """The study in minutes; None when it has no bars."""
        return self.run_minutes() if self.bar_request else None

    def bar_quality(self) -> tuple[BarFinding, ...]:
        """Return what a reader must know about the bars; last bars against daily closes, too."""
        return self.bars.quality(self._bar_closes)

    @property
    def _bar_closes(self) -> dict[str, pd.Series[float]]:
        """Daily closes of the assets that have bars."""
        both = [asset for asset in self.bars.assets if asset in self.prices.assets]
        return {asset: self.prices.series(asset) for asset in both}

    def run_minutes(self) -> MinuteResults:
        """Measure the study in minutes: `eventstudy.run_minutes` on its events and bars.

        Raises
        ------
        StudyFileError
            When the study has no bars.
        """
        measured = run_minutes(
            self.ordered,
            self.bars,
            windows=self.minute_windows,
            options=self.minute_options,
            groups=self.groups,
            closes=self._bar_closes,
        )
        return replace(measured, labels={name: a.label for name, a in self.about.assets.items()})

    @cached_property
    def used(self) -> Prices:
        """The prices up to the last session that a window reaches; see `design.reach`.

        Raises
        ------
        EventsError
            When there is no event.
        """
        self.check_events()
        return within_reach(self.events, self.prices, self.model, self.windows, self.options)

    def check_events(self) -> None:
        """Refuse a study without events.

        Raises
        ------
        EventsError
            When there is none.
        """
        check_any(self.events)

    @cached_property
    def ordered(self) -> Events:
        """The events by time, with their columns in a fixed order; see `Events.in_order`."""
        return self.events.in_order()

    def run(self, executor: Executor | None = None) -> EventStudyResults:
        """Run the study: `run_study` on its events in order and the prices within reach.

        Neither the order of the rows nor sessions that no window reaches change a number.

        Parameters
        ----------
        executor : Executor, optional
            As for `run_study`.
        """
        results = run_study(
            self.ordered,
            self.used,
            model=self.model,
            windows=self.windows,
            tests=self.tests,
            options=self.options,
            groups=self.groups,
            executor=executor,
        )
        return replace(results, about=self.about, minutes=self.minutes)

    def outlook(self) -> EventStudyResults:
        """Return what can be said of the study before a model is fitted.

        Alignment, windows and what will be left out for them are those of `run`; abnormal
        returns and all that is made of them are not to be used.
        """
        unfitted = {
            name: Unfitted(model.name, model.factors, model.fewest)
            for name, model in self.model.items()
        }
        return run_study(
            self.ordered, self.used, model=unfitted, windows=self.windows, options=self.options
        )

    def quality(self) -> tuple[Finding, ...]:
        """Return what a reader must know about the prices; measures nothing."""
        return check_prices(
            self.ordered, self.used, model=self.model, windows=self.windows, options=self.options
        )


def _groups(reader: Reader, rules: dict[str, Any], columns: tuple[str, ...]) -> dict[str, Group]:
    groups = {}
    for name, rule in rules.items():
        if not isinstance(rule, dict) or not all(isinstance(v, str) for v in rule.values()):
            cure = 'Write a rule such as { tag = "scheduled" } or { speaker = "Name" }.'
            fault = elsewhere("groups", name) or ("is not a rule", cure)
            reader.report(f"groups.{name}", *fault, rule)
            continue
        where = {k: v for k, v in rule.items() if k not in ("tag", "without_tag")}
        for column in where:
            if columns and column not in columns:
                message = f"the events have no column {column!r}"
                cure = nearest(column, (*columns, "tag", "without_tag"))
                reader.report(f"groups.{name}", message, cure)
        groups[name] = Group(rule.get("tag"), rule.get("without_tag"), where)
    return groups


def _start(reader: Reader, content: dict[str, Any]) -> dt.date | None:
    """Return the first day of live prices."""
    value = content.get("start")
    if value is None or (isinstance(value, dt.date) and not isinstance(value, dt.datetime)):
        return value
    reader.report("start", "must be a date", "Write such as 2015-01-01, without quotes.", value)
    return None


def _tests(reader: Reader, content: dict[str, Any]) -> tuple[SignificanceTest, ...] | None:
    if "tests" not in content:
        return None
    names = reader.names("tests", content["tests"])
    for name in names:
        if name not in TESTS:
            reader.report("tests", "unknown test", nearest(name, list(TESTS)), name)
    return make_tests([name for name in dict.fromkeys(names) if name in TESTS])


def _events(
    reader: Reader, content: dict[str, Any], assets: list[str]
) -> tuple[Events | None, list[Problem]]:
    """Read the events, in a time zone that exists; return them and their problems."""
    zone = reader.text("", content, "timezone") or None
    if zone and (fault := zone_fault(zone)):
        reader.report("timezone", fault.message, fault.cure, zone)
        zone = "UTC"
    before = len(reader.problems)
    listed = content.get("events")
    if isinstance(listed, dict):
        path, wanted = read_list(reader, listed, zone or "", assets)
    else:
        path = reader.path.parent / reader.text("", content, "events", "events.csv")
    if len(reader.problems) > before:
        return None, []
    try:
        listing = isinstance(listed, dict)
        events = read_list_events(path, wanted) if listing else read_events(path, timezone=zone)
    except InputError as error:
        return None, list(error.problems)
    return events, check_assets(events, assets)


def _about(
    reader: Reader, content: Mapping[str, Any], assets: Mapping[str, dict[str, Any]]
) -> StudyTitle:
    """Return the words of a study: its title, how events were chosen, names of assets."""
    return StudyTitle(
        reader.text("", content, "title", "Event study"),
        reader.text("", content, "selection").strip(),
        {name: read_words(reader, name, table) for name, table in assets.items()},
        reader.path.name,
    )


def _read(path: Path) -> Study:
    reader, content = parse(path)
    reader.known("", content, (*TOP, *TABLES))
    assets, request = read_series(reader, content)
    series = list(request)
    models = {name: read_model(reader, name, table, series) for name, table in assets.items()}
    table = reader.table(content, "windows")
    windows = read_windows(reader, table)
    options = read_options(reader, content, table, list(request))
    check_lengths(reader, windows, options, models)
    chosen = _tests(reader, content)
    named = dict.fromkeys((*assets, *reader.table(content, "bars")))
    events, wrong = _events(reader, content, list(named))
    columns = events.columns if events else ()
    groups = _groups(reader, reader.table(content, "groups"), columns)
    about = _about(reader, content, assets)
    start = _start(reader, content)
    options = replace(options, calendars=read_calendars(reader, content))
    bars, minutes = read_bars(reader, content), read_minutes(reader, content)
    reports = path.parent / reader.text("", content, "reports", "reports")
    if reader.problems:
        raise StudyFileError(
            [*sorted(reader.problems, key=lambda problem: problem.line or 0), *wrong]
        )
    if wrong or events is None:
        raise EventsError(wrong)
    return Study(
        path,
        events,
        request,
        models,
        windows,
        options,
        groups,
        chosen,
        about,
        reports,
        start,
        bar_request=bars,
        minute_windows=minutes[0],
        minute_options=minutes[1],
    )


def load_example() -> Study:
    """Return the embedded study: statements of 2021-22, the ruble and the Moscow index.

    Works offline and from an installed wheel.

    Returns
    -------
    Study
    """
    from importlib.resources import as_file, files

    with as_file(files("eventstudy.example")) as folder:
        return replace(_read(folder / "study.toml"), reports=Path("reports"))
