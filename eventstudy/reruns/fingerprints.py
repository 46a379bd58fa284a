"""What every page of a report depends on, as text that can be compared.

Keys come from content alone: the cells of the events, the prices that windows reach, the
settings, and the version of the engine with its libraries. Never from the time of a file.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from eventstudy.analysis.event_specifications import reach
from eventstudy.arrays import Ints
from eventstudy.design.alignment import Concerned, align
from eventstudy.design.asset_returns import asset_returns
from eventstudy.design.day0 import possible_days
from eventstudy.design.estimation_windows import sessions_back
from eventstudy.design.price_findings import compared_with, dates_in_windows
from eventstudy.design.reach import last_day
from eventstudy.design.windows import AssetReturns
from eventstudy.events.event_columns import EventColumns, by_column
from eventstudy.events.events import Event
from eventstudy.prices import Finding
from eventstudy.reruns.event_digests import row_digest, row_of
from eventstudy.reruns.fingerprint_file import (
    PLACEBO_RUNS,
    Dependencies,
    EventKey,
    Keys,
    Series,
    digest,
)
from eventstudy.reruns.kept_engine import ENGINE, engine_of
from eventstudy.reruns.minute_keys import (
    bar_dependencies,
    bar_series,
    claimed_bars,
    minute_settings,
)
from eventstudy.settings import FEW_SERIES
from eventstudy.study.study_file import Study
from eventstudy.versions import engine_versions

EARLIER = 2
"""Sessions before a window that its first return, and the market's span of it, begin with."""
CELL, DAY = 16, 8
"""Bytes of a session with its price, and of a session alone."""


def settings_of(study: Study, *, placebo_runs: bool) -> dict[str, str]:
    """Return the settings of a study by their place in study.toml, defaults filled in.

    Parameters
    ----------
    study : Study
        The study.
    placebo_runs : bool
        Whether the report holds what runs the study at placebo dates.
    """
    options = {name: value for name, value in _fields(study.options).items() if name != "calendars"}
    settings: dict[str, object] = {
        "title": study.about.title,
        "selection": study.about.selection,
        "start": study.start,
        "tests": None if study.tests is None else [_settings(item) for item in study.tests],
        "groups": list(study.groups),
        "assets": list(study.model),
        "series": list(study.request),
        PLACEBO_RUNS: placebo_runs,
        "other choices": few_series(study),
        **{f"windows.{name}": value for name, value in _fields(study.windows).items()},
        **{f"options.{name}": value for name, value in options.items()},
        ENGINE: engine_of(study),
        **{f"groups.{name}": asdict(item) for name, item in study.groups.items()},
        **{f"assets.{name}.model": _settings(item) for name, item in study.model.items()},
        **{f"calendar of {name}": item for name, item in study.options.calendars.items()},
    }
    for name in study.model:
        for key, value in asdict(study.about.asset(name)).items():
            settings[f"assets.{name}.{key}"] = value
    for name, table in study.request.items():
        kind = "assets" if name in study.model else "factors"
        settings |= {f"{kind}.{name}.{key}": value for key, value in table.items()}
    settings |= minute_settings(study)
    return {
        name: json.dumps(value, ensure_ascii=False, default=str) for name, value in settings.items()
    }


def few_series(study: Study) -> bool:
    """Whether the pages of a study show every event under other choices: not those of many firms.

    Parameters
    ----------
    study : Study
        The study; its prices are loaded.
    """
    return len({*study.model} & {*study.used.assets}) <= FEW_SERIES


def _fields(record: Any) -> dict[str, object]:
    return {item.name: getattr(record, item.name) for item in fields(record)}


def _settings(record: Any) -> object:
    """Return a model or a test by its name and its settings."""
    values = _fields(record) if is_dataclass(record) else {}
    return {"name": getattr(record, "name", str(record)), **values}


@dataclass(frozen=True)
class _Asset:
    """One asset of a study: its sessions, and everything that its events are measured on."""

    study: Study
    name: str
    data: AssetReturns
    events: Sequence[Event]
    written: EventColumns
    findings: Sequence[Finding]
    back: int

    @cached_property
    def located(self) -> tuple[Ints, Ints]:
        """First and latest possible day 0 of each of its events."""
        return possible_days(self.written, self.data.calendar)

    @property
    def lead(self) -> int:
        """The last day of the primary window, day 0 at the earliest."""
        return max(self.study.windows.lead[1], 0)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The series that its returns are made of: its own first."""
        study = self.study
        more = compared_with({self.name: study.model[self.name]}, study.options)[self.name]
        return tuple(dict.fromkeys((self.name, *more)))

    @cached_property
    def columns(self) -> list[tuple[Ints, Ints, memoryview]]:
        """Of these series: where each session begins and ends among theirs, and their prices.

        A session and its price take 16 bytes.
        """
        columns, sessions = [], self.data.calendar.sessions
        for name in self.names:
            series = self.study.used.series(name)
            days = series.index.to_numpy().astype("datetime64[D]")
            prices = series.to_numpy(dtype=float).view(np.int64)
            cells = np.column_stack([days.astype(np.int64), prices])
            starts = np.searchsorted(days, sessions)
            ends = np.searchsorted(days, sessions, side="right")
            columns.append((starts, ends, memoryview(cells.tobytes())))
        return columns

    @cached_property
    def facts(self) -> str:
        """What its pages say of its series."""
        used = self.study.used
        facts = [
            (name, origin.symbol, origin.attribution, origin.quote, origin.currency, origin.ended)
            for name in self.names
            for origin in [used.provenance[name]]
        ]
        return digest(facts, [str(used.clocks[name]) for name in self.names])

    @cached_property
    def sharing(self) -> dict[int, list[tuple[str, ...]]]:
        """Events by the position of their day 0."""
        sharing: dict[int, list[tuple[str, ...]]] = {}
        for event, first in zip(self.events, self.located[0].tolist(), strict=True):
            sharing.setdefault(first, []).append((event.event_id, event.title, f"{event.date}"))
        return sharing

    @cached_property
    def days(self) -> tuple[list[int], memoryview]:
        """Positions of all its days 0, ascending; and their dates, of 8 bytes each."""
        sessions = self.data.calendar.sessions
        positions = np.unique(self.located[0])
        positions = positions[positions < len(sessions)]
        dates = sessions[positions].astype("datetime64[D]").astype(np.int64)
        return positions.tolist(), memoryview(dates.tobytes())

    def span(self, first: int, latest: int) -> tuple[int, int]:
        """Positions of the first session that matters to an event, and of the one after the last.

        Parameters
        ----------
        first, latest : int
            Positions of its first and its latest possible day 0.
        """
        size = len(self.data.calendar.sessions)
        end = latest if latest < size else first
        return max(first - self.back - EARLIER, 0), min(
            end + last_day(self.study.windows) + 1, size
        )

    def dependencies(self, first: int, latest: int) -> Dependencies:
        """Return what an observation with these possible days 0 depends on."""
        sessions = self.data.calendar.sessions
        low, high = self.span(first, latest)
        # There may be 200,000 observations, each on hundreds of sessions. So every series is bytes
        # once (see `columns`), and a slice of its memoryview goes into the digest as it is: no
        # price is copied or written as text. Where the window lies among them comes first, for
        # the same prices under other windows are another observation.
        content = hashlib.sha256(f"{first - low} {latest - first} {high - first}".encode())
        for starts, ends, cells in self.columns:
            start = max(int(starts[low]) - EARLIER, 0)
            content.update(cells[CELL * start : CELL * int(ends[high - 1])])
        lost = self.data.holes
        lost = lost[(lost > sessions[max(low - 1, 0)]) & (lost < sessions[high - 1])]
        content.update(lost.astype(np.int64).tobytes())
        findings = [
            (finding.asset, finding.kind, finding.severity, dates)
            for finding, dates in dates_in_windows(
                self.findings, sessions, first, self.study.windows
            )
        ]
        lacking = self._beyond(latest, self.lead)
        return Dependencies(
            str(sessions[low]),
            str(sessions[high - 1]),
            content.hexdigest()[:16],
            self._near(low, first),
            digest(findings) if findings else "",
            self._facts_with_overdue(latest),
            lacking,
            self.data.calendar.due(sessions[-1].item(), lacking) if lacking else "",
        )

    def to_come(self, event: Event) -> Dependencies:
        """Return what an event depends on that has no session yet."""
        calendar = self.data.calendar
        eve = align(event, calendar, self.study.options.max_shift).eve
        if eve is None:
            return Dependencies(facts=digest(self.facts, str(calendar.sessions[-1])))
        return Dependencies(facts=self.facts, lacking=-1, due=calendar.due(eve, 1 + self.lead))

    def _near(self, low: int, first: int) -> str:
        """Return what other events mean to one: shared sessions, overlapping windows, and days
        left out for them.
        """  # noqa: D205  one sentence
        options, (days, dates) = self.study.options, self.days
        start, end = 0, 0
        if options.overlap != "joint":
            end = len(days)
        elif options.exclude_from_estimation is not None:
            before, after = options.exclude_from_estimation
            start = bisect_left(days, low - max(after, 0))
            end = bisect_left(days, first - min(before, 0))
        shared = self.sharing[first] if self.sharing[first][1:] else []
        lead = self.study.windows.lead
        apart = lead[1] - lead[0]
        beside = [*range(first - apart, first), *range(first + 1, first + apart + 1)]
        shared = [*shared, *(event for day in beside for event in self.sharing.get(day, []))]
        if not shared and end <= start:
            return ""
        content = hashlib.sha256(digest(shared).encode() if shared else b"")
        content.update(dates[DAY * start : DAY * end])
        return content.hexdigest()[:16]

    def _beyond(self, latest: int, end: int) -> int:
        """Return how many sessions up to a day of event time are still to come."""
        size = len(self.data.calendar.sessions)
        return 0 if self.data.calendar.ended else max(latest + end + 1 - size, 0)

    def _facts_with_overdue(self, latest: int) -> str:
        """Return what is said of the series, and which sessions of the windows are overdue."""
        calendar = self.data.calendar
        last = calendar.sessions[-1].item()
        coming = range(1, 1 + self._beyond(latest, self.study.windows.event[1]))
        late = [calendar.due(last, n) for n in coming if calendar.overdue(last, n)]
        return digest(self.facts, late) if late else self.facts


def keys_of(study: Study, *, placebo_runs: bool) -> Keys:
    """Return what the report of a study depends on.

    Parameters
    ----------
    study : Study
        The study; its prices are loaded when they are not yet.
    placebo_runs : bool
        Whether the report is to hold what runs the study at placebo dates.

    Returns
    -------
    Keys
    """
    events = list(study.ordered)
    back = reach(study.windows) if few_series(study) else -study.windows.estimation[0]
    back = max(back, sessions_back(study.ordered))
    depends_on: dict[str, Dependencies] = {}
    of_event: dict[str, dict[str, str]] = {event.event_id: {} for event in events}
    made_of: dict[str, list[str]] = {}
    for asset in _assets(study, events, back):
        made_of[asset.name] = list(asset.names)
        _add_dependencies(asset, depends_on, of_event)
    for event_id, on in bar_dependencies(study).items():
        for name, dependencies in on.items():
            made_of[name] = [name]
            place = of_event[event_id][name] = f"{name} for {event_id}"
            depends_on[place] = dependencies
    for event in events:
        if claims := _claims(study, event):
            name = of_event[event.event_id][""] = f"claims of {event.event_id}"
            depends_on[name] = Dependencies(prices=claims)
    return Keys(
        engine_versions(),
        settings_of(study, placebo_runs=placebo_runs),
        list(study.ordered.columns),
        [str(day) for day in study.used.frame.index.to_numpy().astype("datetime64[D]")],
        {name: _series(study, name) for name in study.used.assets} | bar_series(study),
        dict(study.used.missing),
        made_of,
        depends_on,
        {event.event_id: _event(event, of_event[event.event_id]) for event in events},
    )


def _assets(study: Study, events: Sequence[Event], back: int) -> Iterable[_Asset]:
    findings, columns = study.quality(), by_column(study.ordered)
    on = Concerned(columns, tuple(study.model)).by_asset()
    for name, model in study.model.items():
        if not {name, *compared_with({name: model}, study.options)[name]} <= {*study.used.assets}:
            continue
        data = asset_returns(study.used, name, model, study.options)
        about = [events[index] for index in on[name].tolist()]
        asset = _Asset(study, name, data, about, columns.take(on[name]), (), back)
        yield replace(asset, findings=[f for f in findings if f.asset in asset.names])


def _add_dependencies(
    asset: _Asset, depends_on: dict[str, Dependencies], of_event: dict[str, dict[str, str]]
) -> None:
    """Add what the events of an asset depend on, each once."""
    sessions = asset.data.calendar.sessions
    made: dict[tuple[int, int], str] = {}
    first, latest = (positions.tolist() for positions in asset.located)
    for event, low, high in zip(asset.events, first, latest, strict=True):
        if low == len(sessions):
            name = f"{asset.name} for {event.event_id}"
            depends_on[name] = asset.to_come(event)
        elif (low, high) not in made:
            name = made[low, high] = f"{asset.name} {sessions[low]}" + (
                "" if low == high else f"..{sessions[high]}" if high < len(sessions) else ".."
            )
            depends_on[name] = asset.dependencies(low, high)
        else:
            name = made[low, high]
        of_event[event.event_id][asset.name] = name


def _event(event: Event, depends_on: dict[str, str]) -> EventKey:
    row = row_of(event)
    fields_of = {name: zlib.crc32(value.encode()) for name, value in row.items()}
    return EventKey(row_digest(row), fields_of, depends_on)


def _claims(study: Study, event: Event) -> str:
    """Return the prices around the sessions that the claims of an event name, and their bars."""
    around: list[object] = [*claimed_bars(study, event)]
    for claim in event.claims:
        if claim.asset in study.used.assets:
            prices = study.used.series(claim.asset)
            position = int(prices.index.searchsorted(np.datetime64(claim.session)))
            near = prices.iloc[max(position - EARLIER - 1, 0) : position + EARLIER]
            origin = study.used.provenance[claim.asset].attribution
            around.append([origin, str(study.used.clocks[claim.asset])])
            around += zip(map(str, near.index), map(repr, near.tolist()), strict=True)
    return digest(around) if around else ""


def _series(study: Study, name: str) -> Series:
    """Return what the report says of a series, and a short print of each of its prices."""
    used = study.used
    facts = {key: str(value) for key, value in used.provenance[name].reported().items()}
    values = used.frame[name].to_numpy(dtype=float)
    prints = "".join(
        f"{zlib.crc32(cell) & 0xFFFF:04x}" if there else "----"
        for cell, there in zip(
            (value.tobytes() for value in values), ~np.isnan(values), strict=True
        )
    )
    return Series({**facts, "clock": str(used.clocks[name])}, prints)
