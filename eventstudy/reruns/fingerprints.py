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
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.analysis.event_specifications import reach
from eventstudy.design.alignment import align
from eventstudy.design.asset_returns import asset_returns
from eventstudy.design.day0 import locate
from eventstudy.design.price_findings import compared_with, dates_in_windows
from eventstudy.design.reach import by_asset, last_day
from eventstudy.design.sessions import OVERDUE
from eventstudy.reruns.event_digests import row_digest, row_of
from eventstudy.reruns.fingerprint_file import EventKey, Keys, Place, Series, digest
from eventstudy.versions import engine_versions

if TYPE_CHECKING:
    from eventstudy.arrays import Ints
    from eventstudy.design.windows import AssetReturns
    from eventstudy.events.events import Event
    from eventstudy.prices import Finding
    from eventstudy.study.study_file import Study


EARLIER = 2
"""Sessions before a window that its first return, and the market's span of it, begin with."""
CELL, DAY = 16, 8
"""Bytes of a session with its price, and of a session alone."""


def settings_of(study: Study, *, doubts: bool) -> dict[str, str]:
    """Return the settings of a study by their place in study.toml, defaults filled in.

    Parameters
    ----------
    study : Study
        The study.
    doubts : bool
        Whether the report holds what runs the study at placebo dates.
    """
    options = {name: value for name, value in _fields(study.options).items() if name != "calendars"}
    found: dict[str, object] = {
        "title": study.about.title,
        "selection": study.about.selection,
        "start": study.start,
        "tests": None if study.tests is None else [_settings(own) for own in study.tests],
        "groups": list(study.groups),
        "assets": list(study.model),
        "series": list(study.request),
        "placebo runs": doubts,
        **{f"windows.{name}": value for name, value in _fields(study.windows).items()},
        **{f"options.{name}": value for name, value in options.items()},
        **{f"groups.{name}": asdict(own) for name, own in study.groups.items()},
        **{f"assets.{name}.model": _settings(own) for name, own in study.model.items()},
        **{f"calendar of {name}": own for name, own in study.options.calendars.items()},
    }
    for name in study.model:
        for key, value in asdict(study.about.asset(name)).items():
            found[f"assets.{name}.{key}"] = value
    for name, table in study.request.items():
        place = f"assets.{name}" if name in study.model else f"factors.{name}"
        found |= {f"{place}.{key}": value for key, value in table.items()}
    return {
        name: json.dumps(value, ensure_ascii=False, default=str) for name, value in found.items()
    }


def _fields(own: Any) -> dict[str, object]:
    return {item.name: getattr(own, item.name) for item in fields(own)}


def _settings(own: Any) -> object:
    """Return a model or a test by its name and its settings."""
    values = _fields(own) if is_dataclass(own) else {}
    return {"name": getattr(own, "name", str(own)), **values}


@dataclass(frozen=True)
class _Asset:
    """One asset of a study: its sessions, and everything that its events are measured on."""

    study: Study
    name: str
    data: AssetReturns
    events: Sequence[Event]
    findings: Sequence[Finding]
    back: int

    @cached_property
    def located(self) -> tuple[Ints, Ints]:
        """First and latest possible day 0 of each of its events."""
        return locate(self.events, self.data.calendar)

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
        found, own = [], self.data.calendar.sessions
        for name in self.names:
            series = self.study.used.series(name)
            days = series.index.to_numpy().astype("datetime64[D]")
            cells = np.empty((len(days), 2), dtype=np.int64)
            cells[:, 0] = days.astype(np.int64)
            cells[:, 1] = series.to_numpy(dtype=float).view(np.int64)
            starts = np.searchsorted(days, own)
            ends = np.searchsorted(days, own, side="right")
            found.append((starts, ends, memoryview(cells.tobytes())))
        return found

    @cached_property
    def facts(self) -> str:
        """What its pages say of its series."""
        used = self.study.used
        own = [
            (name, origin.symbol, origin.attribution, origin.quote, origin.currency, origin.ended)
            for name in self.names
            for origin in [used.provenance[name]]
        ]
        return digest(own, [str(used.clocks[name]) for name in self.names])

    @cached_property
    def sharing(self) -> dict[int, list[tuple[str, str]]]:
        """Events by the position of their day 0."""
        found: dict[int, list[tuple[str, str]]] = {}
        for event, first in zip(self.events, self.located[0].tolist(), strict=True):
            found.setdefault(first, []).append((event.event_id, event.title))
        return found

    @cached_property
    def days(self) -> tuple[list[int], memoryview]:
        """Positions of all its days 0, ascending; and their dates, of 8 bytes each."""
        sessions = self.data.calendar.sessions
        found = np.unique(self.located[0])
        found = found[found < len(sessions)]
        dates = sessions[found].astype("datetime64[D]").astype(np.int64)
        return found.tolist(), memoryview(dates.tobytes())

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

    def place(self, first: int, latest: int) -> Place:
        """Return what an observation with these possible days 0 depends on."""
        sessions = self.data.calendar.sessions
        low, high = self.span(first, latest)
        content = hashlib.sha256(f"{first - low} {latest - first} {high - first}".encode())
        for starts, ends, cells in self.columns:
            start = max(int(starts[low]) - EARLIER, 0)
            content.update(cells[CELL * start : CELL * int(ends[high - 1])])
        lost = self.data.holes
        lost = lost[(lost > sessions[max(low - 1, 0)]) & (lost < sessions[high - 1])]
        content.update(lost.astype(np.int64).tobytes())
        found = [
            (own.asset, own.kind, own.severity, dates)
            for own, dates in dates_in_windows(self.findings, sessions, first, self.study.windows)
        ]
        lacking = self._lacking(latest)
        return Place(
            str(sessions[low]),
            str(sessions[high - 1]),
            content.hexdigest()[:16],
            self._near(low, first),
            digest(found) if found else "",
            self._told(latest),
            lacking,
            self.data.calendar.due(sessions[-1].item(), lacking) if lacking else "",
        )

    def to_come(self, event: Event) -> Place:
        """Return what an event depends on that has no session yet."""
        calendar, end = self.data.calendar, max(self.study.windows.lead[1], 0)
        eve = align(event, 0, calendar, self.study.options.max_shift).eve
        if eve is None:
            return Place("", "", "", "", "", digest(self.facts, str(calendar.sessions[-1])))
        return Place("", "", "", "", "", self.facts, -1, calendar.due(eve, 1 + end))

    def _near(self, low: int, first: int) -> str:
        """Return what other events mean to one: shared sessions, and days left out for them."""
        options, (days, dates) = self.study.options, self.days
        start, end = 0, 0
        if options.overlap != "joint":
            end = len(days)
        elif options.exclude_from_estimation is not None:
            before, after = options.exclude_from_estimation
            start = bisect_left(days, low - max(after, 0))
            end = bisect_left(days, first - min(before, 0))
        shared = self.sharing[first] if self.sharing[first][1:] else []
        if not shared and end <= start:
            return ""
        content = hashlib.sha256(digest(shared).encode() if shared else b"")
        content.update(dates[DAY * start : DAY * end])
        return content.hexdigest()[:16]

    def _lacking(self, latest: int) -> int:
        """Return how many sessions of the primary window are still to come."""
        return self._beyond(latest, max(self.study.windows.lead[1], 0))

    def _beyond(self, latest: int, end: int) -> int:
        """Return how many sessions up to a day of event time are still to come."""
        size = len(self.data.calendar.sessions)
        return 0 if self.data.calendar.ended else max(latest + end + 1 - size, 0)

    def _told(self, latest: int) -> str:
        """Return what is said of the series, and which sessions of the windows are overdue."""
        calendar = self.data.calendar
        last, count = (
            calendar.sessions[-1].item(),
            self._beyond(latest, self.study.windows.event[1]),
        )
        late = [due for n in range(count) if OVERDUE in (due := calendar.due(last, n + 1))]
        return digest(self.facts, late) if late else self.facts


def keys_of(study: Study, *, doubts: bool) -> Keys:
    """Return what the report of a study depends on.

    Parameters
    ----------
    study : Study
        The study; its prices are loaded when they are not yet.
    doubts : bool
        Whether the report is to hold what runs the study at placebo dates.

    Returns
    -------
    Keys
    """
    events = list(study.ordered)
    back = reach(study.windows) if doubts else -study.windows.estimation[0]
    places: dict[str, Place] = {}
    of_event: dict[str, dict[str, str]] = {event.event_id: {} for event in events}
    made_of: dict[str, list[str]] = {}
    for asset in _assets(study, events, back):
        made_of[asset.name] = list(asset.names)
        _add_places(asset, places, of_event)
    for event in events:
        if claims := _claims(study, event):
            name = of_event[event.event_id][""] = f"claims of {event.event_id}"
            places[name] = Place("", "", claims, "", "", "")
    return Keys(
        engine_versions(),
        settings_of(study, doubts=doubts),
        list(study.ordered.columns),
        [str(day) for day in study.used.frame.index.to_numpy().astype("datetime64[D]")],
        {name: _series(study, name) for name in study.used.assets},
        dict(study.used.missing),
        made_of,
        places,
        {event.event_id: _event(event, of_event[event.event_id]) for event in events},
    )


def _assets(study: Study, events: Sequence[Event], back: int) -> Iterable[_Asset]:
    findings, on = study.quality(), by_asset(events, study.model)
    for name, model in study.model.items():
        if not {name, *compared_with({name: model}, study.options)[name]} <= {*study.used.assets}:
            continue
        data = asset_returns(study.used, name, model, study.options)
        asset = _Asset(study, name, data, on[name], (), back)
        yield replace(asset, findings=[own for own in findings if own.asset in asset.names])


def _add_places(
    asset: _Asset, places: dict[str, Place], of_event: dict[str, dict[str, str]]
) -> None:
    """Add the places of the events of an asset, each once."""
    sessions = asset.data.calendar.sessions
    made: dict[tuple[int, int], str] = {}
    first, latest = (found.tolist() for found in asset.located)
    for event, low, high in zip(asset.events, first, latest, strict=True):
        if low == len(sessions):
            name = f"{asset.name} for {event.event_id}"
            places[name] = asset.to_come(event)
        elif (low, high) not in made:
            name = made[low, high] = f"{asset.name} {sessions[low]}" + (
                "" if low == high else f"..{sessions[high]}" if high < len(sessions) else ".."
            )
            places[name] = asset.place(low, high)
        else:
            name = made[low, high]
        of_event[event.event_id][asset.name] = name


def _event(event: Event, places: dict[str, str]) -> EventKey:
    row = row_of(event)
    fields_of = {name: zlib.crc32(value.encode()) for name, value in row.items()}
    return EventKey(row_digest(row), fields_of, places)


def _claims(study: Study, event: Event) -> str:
    """Return the prices around the sessions that the claims of an event name."""
    found: list[object] = []
    for claim in event.claims:
        if claim.asset in study.used.assets:
            own = study.used.series(claim.asset)
            at = int(own.index.searchsorted(np.datetime64(claim.session)))
            part = own.iloc[max(at - EARLIER - 1, 0) : at + EARLIER]
            origin = study.used.provenance[claim.asset].attribution
            found.append([origin, str(study.used.clocks[claim.asset])])
            found += zip(map(str, part.index), map(repr, part.tolist()), strict=True)
    return digest(found) if found else ""


def _series(study: Study, name: str) -> Series:
    """Return what the report says of a series, and a short print of each of its prices."""
    used = study.used
    facts = {key: str(value) for key, value in used.provenance[name].reported().items()}
    values = used.frame[name].to_numpy(dtype=float)
    prints = "".join(
        f"{zlib.crc32(cell) & 0xFFFF:04x}" if known else "----"
        for cell, known in zip(
            (value.tobytes() for value in values), ~np.isnan(values), strict=True
        )
    )
    return Series({**facts, "clock": str(used.clocks[name])}, prints)
