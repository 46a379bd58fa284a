"""`run_event_time`: a study of returns by τ, as published data sets come, without dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.abnormal.engine import Measurers, measure_all
from eventstudy.arguments import each_of, settings
from eventstudy.arrays import Dates
from eventstudy.design.alignment import Alignments
from eventstudy.design.asset_returns import explaining
from eventstudy.design.day0 import Days0, placed
from eventstudy.design.membership import membership
from eventstudy.design.possible_times import PossibleTimes
from eventstudy.design.sessions import Calendar
from eventstudy.design.windows import AssetReturns, group_episodes
from eventstudy.errors import InvalidArgumentError, UnknownNameError, nearest
from eventstudy.events.cells import COLUMNS
from eventstudy.events.csv_table import PlainRecord
from eventstudy.events.events import Event, Events
from eventstudy.inference import SignificanceTest, make_tests
from eventstudy.models import ConstantMean, NormalReturnModel, as_model
from eventstudy.prices import Returns
from eventstudy.results.event_time import EventTimeResults
from eventstudy.settings import Group, Options, Windows, check_estimation, with_engine
from eventstudy.study.event_time_tables import EventTimeTable, read_event_time

BETWEEN = 1
"""Days between the stretches of made-up sessions, so that no two events share one."""


@dataclass(frozen=True)
class TauCalendar(Calendar):
    """The days of one event, counted from its day 0.

    Parameters
    ----------
    zero : int
        Position of day 0 among them.
    """

    zero: int = 0

    def ends(self) -> str:
        """Return where the returns end, in words."""
        return f"the returns end at τ = {len(self.sessions) - 1 - self.zero}"

    def starts(self) -> str:
        """Return where the returns start, in words."""
        return f"the returns start at τ = {-self.zero}"


def run_event_time(
    returns: object,
    *,
    factors: Mapping[str, object] | None = None,
    model: NormalReturnModel | str | Mapping[str, object] | None = None,
    windows: Windows | Mapping[str, object] | None = None,
    tests: str | SignificanceTest | Sequence[str | SignificanceTest] | None = None,
    options: Options | Mapping[str, object] | None = None,
    groups: Mapping[str, Group | Mapping[str, object]] | None = None,
) -> EventTimeResults:
    """Measure and test abnormal returns of events whose returns are given by τ, without dates.

    Parameters
    ----------
    returns : DataFrame
        Long: a row for each event and day, with the event (`event_id`, or `firm`, `permno`,
        `ticker` where each firm has one event), `tau` (sessions relative to day 0) and `return`;
        further columns of numbers may be factors, and what does not change within an event is an
        attribute of it. Wide: a row for each τ and a column for each event. Returns are fractions.
    factors : mapping of str to DataFrame or Series, optional
        Factor returns of wide tables by name: a table of the same shape, or one series by τ.
    model : NormalReturnModel, str or mapping, optional
        The model of all events, as for `run_study`. Default: constant mean.
    windows, tests, options, groups
        As for `run_study`. Without windows the default ones must lie inside the returns.

    Returns
    -------
    EventTimeResults
        `EventStudyResults` whose columns of dates hold NaT. Every event is an asset of its own.
        What needs dates is refused by name.

    Raises
    ------
    InvalidArgumentError
        When the table cannot be told, holds an event twice on a day, or returns in per cent, or
        does not reach over the default windows; what to write is said.
    UnknownNameError
        When a model or the benchmark names a factor that is not there.

    Examples
    --------
    >>> import eventstudy as es
    >>> import numpy as np, pandas as pd
    >>> tau = np.arange(-120, 6)
    >>> wide = pd.DataFrame(np.random.default_rng(1).normal(0, 0.01, (126, 30)), tau)
    >>> windows = es.Windows(estimation=(-120, -21), car=[(0, 1)])
    >>> es.run_event_time(wide, windows=windows).mean_car()["n"].tolist()
    [30]
    """
    options = settings("options", options, Options)
    table = read_event_time(returns, {} if factors is None else factors, options.returns)
    chosen = as_model(model or ConstantMean())
    windows = _windows(windows, table)
    check_estimation(windows, options, f"the {chosen.name}", chosen.fewest)
    _check_factors(chosen, table, options)
    data = _data(table, chosen, options)
    events = _events(table)
    days0 = {name: _days0(events, row, each) for row, (name, each) in enumerate(data.items())}
    grouped = group_episodes(days0)
    options = with_engine(options, len(grouped))
    measurers = Measurers(data, dict.fromkeys(data, chosen), windows, options)
    abnormal, disagreements = measure_all(measurers, grouped)
    members, episode_of = membership({name: each.members for name, each in grouped.items()})
    return EventTimeResults(
        events=events,
        prices=_panel(table),
        models=dict.fromkeys(data, chosen),
        windows=windows,
        options=options,
        groups=each_of("groups", groups, Group),
        significance_tests=None if tests is None else make_tests(tests),
        alignments=Alignments(events, days0),
        data=data,
        members=members,
        episode_of=episode_of,
        abnormal=abnormal,
        pooled=options.average != "by-asset",
        disagreements=disagreements,
    )


def _windows(given: object, table: EventTimeTable) -> Windows:
    """Return the windows; the default ones only where the returns reach over them."""
    windows = settings("windows", given, Windows)
    first, last = int(table.tau[0]), int(table.tau[-1])
    if first <= windows.estimation[0] and windows.event[1] <= last:
        return windows
    if given is not None and first <= windows.estimation[1] and windows.event[0] <= last:
        return windows
    event = (max(-5, first // 4), max(min(5, last), 0))
    end = min(-21, event[0] - 1) if first < -40 else event[0] - 1
    short = end - first + 1 < 60
    more = f" and options=es.Options(min_estimation={end - first + 1})" if short else ""
    car = [(0, min(1, event[1]))]
    raise InvalidArgumentError(
        f"the returns run from τ = {first} to {last}, estimation {windows.estimation} and event "
        f"{windows.event} reach beyond them. Write windows=es.Windows(estimation=({first}, {end}), "
        f"event={event}, car={car}){more}"
        if end > first
        else f"the returns run from τ = {first} to {last}: no estimation window lies before day 0. "
        'Give returns of earlier days, or of abnormal returns write model="market-adjusted"'
    )


def _check_factors(model: NormalReturnModel, table: EventTimeTable, options: Options) -> None:
    for name in explaining(model, options):
        if name not in table.factors:
            raise UnknownNameError(
                f"factor or benchmark {name!r} is no column of the returns and none of factors. "
                f"{nearest(name, list(table.factors))}"
            )


def _data(
    table: EventTimeTable, model: NormalReturnModel, options: Options
) -> dict[str, AssetReturns]:
    """Return the returns of each event over days of its own, which no other event shares."""
    zero, size = int(np.searchsorted(table.tau, 0)), len(table.tau)
    data = {}
    for column, name in enumerate(table.events):
        there = np.flatnonzero(np.isfinite(table.returns[:, column]))
        first, last = min(int(there[0]), zero), max(int(there[-1]), zero)
        inside = slice(first, last + 1)
        begin = column * (size + BETWEEN)
        days: Dates = np.arange(begin + first, begin + last + 1).astype("datetime64[D]")
        factors = [table.factors[factor][inside, column] for factor in model.factors]
        data[name] = AssetReturns(
            calendar=TauCalendar(name, days, None, ended=True, zero=zero - first),
            returns=table.returns[inside, column],
            factors=np.stack(factors, axis=1) if factors else np.empty((len(days), 0)),
            benchmark=table.factors[options.benchmark][inside, column]
            if options.benchmark
            else None,
            max_gap=options.max_shift,
        )
    return data


def _events(table: EventTimeTable) -> Events:
    """Return the events; of their dates nothing is known."""
    empty: dict[str, Any] = dict.fromkeys(COLUMNS, "")
    empty |= dict.fromkeys(("time", "not_before", "known_by", "estimation_start", "estimation_end"))
    empty |= {"tags": (), "claims": (), "date": dt.date.min}
    columns = ("event_id", *(name for name in table.attributes if name not in COLUMNS))
    records, rows = [], []
    for line, name in enumerate(table.events, 2):
        further = {each: table.attributes[each][line - 2] for each in columns[1:]}
        known = {**empty, "event_id": name, "title": name, "assets": (name,)}
        records.append(Event(**known, attributes=further, line=line))
        rows.append(PlainRecord(line, (name, *further.values())))
    return Events(tuple(records), "returns in event time", columns, "", tuple(rows))


def _days0(events: Events, row: int, data: AssetReturns) -> Days0:
    """Return day 0 of an event: τ = 0."""
    calendar = data.calendar
    assert isinstance(calendar, TauCalendar)
    day = calendar.sessions[[calendar.zero]]
    moment = day.astype("datetime64[us]")
    times = PossibleTimes(moment, moment, day, day, day)
    return placed(events.records, np.array([row]), times, calendar, 0)


def _panel(table: EventTimeTable) -> Returns:
    """Return all returns in one table; its dates are made up, and used for nothing."""
    days = pd.DatetimeIndex((table.tau - table.tau[0]).astype("datetime64[D]"), name="session")
    return Returns(pd.DataFrame(table.returns, days, list(table.events)))
