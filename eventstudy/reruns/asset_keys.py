"""What the events of one asset depend on: prices, other events, what was found and is said."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from eventstudy.arrays import Ints
from eventstudy.design.alignment import align
from eventstudy.design.day0 import possible_days
from eventstudy.design.price_findings import compared_with, dates_in_windows
from eventstudy.design.reach import last_day
from eventstudy.design.windows import AssetReturns
from eventstudy.events.event_columns import EventColumns
from eventstudy.events.events import Event
from eventstudy.prices import Finding
from eventstudy.reruns.fingerprint_file import Dependencies, as_text, digest, digest_of_text
from eventstudy.study.study_file import Study

EARLIER = 2
"""Sessions before a window that its first return, and the market's span of it, begin with."""
CELL, DAY = 16, 8
"""Bytes of a session with its price, and of a session alone."""


@dataclass(frozen=True)
class AssetKeys:
    """One asset of a study: its sessions, and everything that its events are measured on.

    Parameters
    ----------
    study : Study
        The study; its prices are loaded.
    name : str
        Name of the asset.
    data : AssetReturns
        Its returns.
    events : sequence of Event
        The events that concern it.
    written : EventColumns
        The same by column.
    findings : sequence of Finding
        What the checks of the prices found on its series.
    back : int
        Sessions before day 0 that matter to an event.
    """

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

    @cached_property
    def texts(self) -> list[str]:
        """Its sessions as text."""
        texts: list[str] = self.data.calendar.sessions.astype(str).tolist()
        return texts

    @cached_property
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
    def columns(self) -> list[tuple[list[int], list[int], memoryview]]:
        """Of these series: the bytes at which what matters to a session begins and ends, and all.

        A session and its price take 16 bytes; the first return begins before the session.
        """
        columns, sessions = [], self.data.calendar.sessions
        for name in self.names:
            series = self.study.used.series(name)
            days = series.index.to_numpy().astype("datetime64[D]")
            prices = series.to_numpy(dtype=float).view(np.int64)
            cells = np.column_stack([days.astype(np.int64), prices])
            starts = np.maximum(np.searchsorted(days, sessions) - EARLIER, 0)
            ends = np.searchsorted(days, sessions, side="right")
            columns.append(
                ((CELL * starts).tolist(), (CELL * ends).tolist(), memoryview(cells.tobytes()))
            )
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
    def sharing(self) -> dict[int, list[str]]:
        """Events by the position of their day 0, each as the text that goes into a digest."""
        sharing: dict[int, list[str]] = {}
        for event, first in zip(self.events, self.located[0].tolist(), strict=True):
            text = as_text((event.event_id, event.title, f"{event.date}"))
            sharing.setdefault(first, []).append(text)
        return sharing

    @cached_property
    def found(self) -> list[tuple[list[int], list[int]]]:
        """Of each finding: how many of its dates are before each session, and up to its end."""
        sessions, ranks = self.data.calendar.sessions, []
        for finding in self.findings:
            dates = np.array(finding.dates, dtype="datetime64[D]")
            before = np.searchsorted(dates, sessions).tolist()
            ranks.append((before, np.searchsorted(dates, sessions, side="right").tolist()))
        return ranks

    @cached_property
    def _said(self) -> dict[tuple[int, ...], str]:
        """Digests of findings by which of their dates lie in the windows."""
        return {}

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
        size = len(self.texts)
        end = latest if latest < size else first
        return max(first - self.back - EARLIER, 0), min(
            end + last_day(self.study.windows) + 1, size
        )

    def dependencies(self, first: int, latest: int) -> Dependencies:
        """Return what an observation with these possible days 0 depends on."""
        low, high = self.span(first, latest)
        # There may be 200,000 observations, each on hundreds of sessions. So every series is bytes
        # once (see `columns`), and a slice of its memoryview goes into the digest as it is: no
        # price is copied or written as text. Where the window lies among them comes first, for
        # the same prices under other windows are another observation.
        content = hashlib.sha256(f"{first - low} {latest - first} {high - first}".encode())
        for starts, ends, cells in self.columns:
            content.update(cells[starts[low] : ends[high - 1]])
        if len(self.data.holes):
            content.update(self._lost(low, high))
        lacking = self._beyond(latest, self.lead)
        return Dependencies(
            self.texts[low],
            self.texts[high - 1],
            content.hexdigest()[:16],
            self._near(low, first),
            self.findings_of(first),
            self._facts_with_overdue(latest),
            lacking,
            self._due(lacking) if lacking else "",
        )

    def _lost(self, low: int, high: int) -> bytes:
        """Return the sessions between two positions that have no price."""
        sessions, lost = self.data.calendar.sessions, self.data.holes
        lost = lost[(lost > sessions[max(low - 1, 0)]) & (lost < sessions[high - 1])]
        cells: bytes = lost.astype(np.int64).tobytes()
        return cells

    def _due(self, lacking: int) -> str:
        calendar = self.data.calendar
        return calendar.due(calendar.sessions[-1].item(), lacking)

    def findings_of(self, first: int) -> str:
        """Return the digest of what was found in the windows of an event with this day 0."""
        if not self.findings:
            return ""
        windows, size = self.study.windows, len(self.texts)
        which: list[int] = []
        for start, end in (windows.estimation, windows.event):
            low, high = max(first + start - 1, 0), min(first + end, size - 1)
            for before, until in self.found if low <= high else ():
                which += before[low], until[high]
        key = tuple(which)
        if key not in self._said:
            sessions = self.data.calendar.sessions
            findings = [
                (finding.asset, finding.kind, finding.severity, dates)
                for finding, dates in dates_in_windows(self.findings, sessions, first, windows)
            ]
            self._said[key] = digest(findings) if findings else ""
        return self._said[key]

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
        beside = self.beside(first)
        if not beside and end <= start:
            return ""
        content = hashlib.sha256(beside.encode())
        content.update(dates[DAY * start : DAY * end])
        return content.hexdigest()[:16]

    def beside(self, first: int) -> str:
        """Return the digest of the events with this day 0, and with those that a window overlaps.

        Empty where there is one alone.
        """
        here, lead = self.sharing[first], self.study.windows.lead
        apart = lead[1] - lead[0]
        days = (*range(first - apart, first), *range(first + 1, first + apart + 1))
        shared = here if here[1:] else []
        shared = [*shared, *(event for day in days for event in self.sharing.get(day, ()))]
        return digest_of_text(f"[[{','.join(shared)}]]") if shared else ""

    def _beyond(self, latest: int, end: int) -> int:
        """Return how many sessions up to a day of event time are still to come."""
        size = len(self.texts)
        return 0 if self.data.calendar.ended else max(latest + end + 1 - size, 0)

    def _facts_with_overdue(self, latest: int) -> str:
        """Return what is said of the series, and which sessions of the windows are overdue."""
        beyond = self._beyond(latest, self.study.windows.event[1])
        if not beyond:
            return self.facts
        calendar = self.data.calendar
        last, coming = calendar.sessions[-1].item(), range(1, 1 + beyond)
        late = [calendar.due(last, n) for n in coming if calendar.overdue(last, n)]
        return digest(self.facts, late) if late else self.facts
