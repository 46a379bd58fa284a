"""Events: dated statements, checked, and written back as they were."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.arguments import path_of, told_class
from eventstudy.errors import EventsError, Problem, UnknownNameError, nearest
from eventstudy.events.cells import COLUMNS, Claim, check_row
from eventstudy.events.csv_table import PlainRecord, csv_line
from eventstudy.events.given_dates import cells_of_dates
from eventstudy.files import replacing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd

    from eventstudy.events.csv_table import Record


@told_class
@dataclass(frozen=True)
class Event:
    """One dated statement.

    Parameters
    ----------
    event_id : str
        Its name, safe as a file name.
    date : date
        The speaker's calendar date, not a session.
    time, not_before, known_by : time or None
        Local time of the statement, or bounds of an unknown one; None where not given.
    timezone : str
        IANA name of the row's own zone, else the default, else empty.
    speaker, affiliation, title, statement, source, confounders : str
        Text as written.
    tags, assets : tuple of str
        Without assets, the event concerns all of them.
    claims : tuple of Claim
        Moves that others tied to the event.
    estimation_start, estimation_end : int, date or None
        Its estimation window, both ends included, where it is not that of the study: sessions
        relative to day 0, or dates.
    attributes : mapping of str to str
        Text of the further columns, as written.
    line : int
        One-based first line of the record; for a DataFrame its row number, from 0, plus 2.
    """

    event_id: str
    date: dt.date
    time: dt.time | None
    not_before: dt.time | None
    known_by: dt.time | None
    timezone: str
    speaker: str
    affiliation: str
    title: str
    statement: str
    source: str
    tags: tuple[str, ...]
    assets: tuple[str, ...]
    claims: tuple[Claim, ...]
    confounders: str
    estimation_start: int | dt.date | None
    estimation_end: int | dt.date | None
    attributes: Mapping[str, str] = field(hash=False)
    line: int


@told_class
@dataclass(frozen=True, repr=False)
class Events:
    """Checked events in the order of their file.

    Parameters
    ----------
    records : sequence of Event
        The events: of few ones a tuple, of many a view that makes one when it is asked for.
    source : str
        Path of the file as given, or "DataFrame".
    columns : tuple of str
        Names of all columns.
    head : str
        Text of the file before the first event: byte order mark and header.
    rows : sequence of Record or PlainRecord
        Text of each event as written, whole and by cell.
    understood : tuple of str
        What was understood of a file in another form than the plain one, in sentences.
    """

    records: Sequence[Event]
    source: str
    columns: tuple[str, ...]
    head: str
    rows: Sequence[Record | PlainRecord]
    understood: tuple[str, ...] = ()

    @classmethod
    def from_dates(
        cls,
        dates: Iterable[object],
        *,
        assets: str | Sequence[str] | None = None,
        title: str | Sequence[str] = "Event",
        timezone: str = "",
    ) -> Events:
        """Return events of which little more is known than their dates.

        Parameters
        ----------
        dates : iterable
            A list, Series or index of dates, timestamps or texts; the order of day and month is
            proved by all of them, as in a file.
        assets : str or sequence of str, optional
            The asset of each event, or one for all. Default: every asset of the study.
        title : str or sequence of str
            The title of each event, or one for all.
        timezone : str
            IANA name of the zone of times that name none.

        Returns
        -------
        Events

        Raises
        ------
        InvalidArgumentError
            When there are none, or other lists are not as long.
        EventsError
            When some are no dates, or have a time without a zone.

        Examples
        --------
        >>> import eventstudy as es
        >>> es.Events.from_dates(["2022-01-26", "2022-03-16"], title="FOMC").event_ids
        ('fomc-2022-01-26', 'fomc-2022-03-16')
        """
        rows = cells_of_dates(dates, assets, title)
        columns = tuple(name for name in COLUMNS if any(row.get(name) for row in rows))
        records, problems = [], []
        for line, row in enumerate(rows, 2):
            checked = check_row({name: row[name] for name in columns}, timezone)
            if isinstance(checked, list):
                problems += [Problem("dates", line - 1, f.field, f.value, *f[:2]) for f in checked]
            else:
                values = {name: getattr(checked, name) for name in COLUMNS}
                records.append(Event(**values, attributes={}, line=line))
        if problems:
            raise EventsError(problems)
        lines = [
            PlainRecord(line, tuple(row[name] for name in columns))
            for line, row in enumerate(rows, 2)
        ]
        return cls(tuple(records), "dates", columns, csv_line(columns), tuple(lines))

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.records)

    def __repr__(self) -> str:
        return f"<Events: {len(self)} from {self.source}>"

    def __getitem__(self, event_id: str) -> Event:
        return self.records[self.place(event_id)]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {event.event_id: row for row, event in enumerate(self.records)}

    def place(self, event_id: str) -> int:
        """Return the place of an event in the file, from 0.

        Raises
        ------
        UnknownNameError
            When there is no such event.
        """
        if event_id not in self._places:
            raise UnknownNameError(f"no event {event_id!r}. {nearest(event_id, self.event_ids)}")
        return self._places[event_id]

    @cached_property
    def event_ids(self) -> tuple[str, ...]:
        """Ids of the events in file order."""
        return tuple(event.event_id for event in self.records)

    @property
    def text(self) -> str:
        """The whole file, as it is written."""
        return self.head + "".join(row.raw for row in self.rows)

    @property
    def claims(self) -> list[Claim]:
        """The claims of all events, in file order."""
        return [claim for event in self.records for claim in event.claims]

    def beyond(self, known: Iterable[str]) -> Iterable[Event]:
        """Return the events that may name an asset, also in a claim, that is none of these."""
        del known
        return self.records

    @property
    def frame(self) -> pd.DataFrame:
        """All columns as text exactly as written, one row per event; "" for empty."""
        import pandas as pd

        return pd.DataFrame([row.cells for row in self.rows], columns=list(self.columns), dtype=str)

    def values(self, attribute: str) -> list[tuple[str, ...]]:
        """Return the values of an attribute for each event.

        Parameters
        ----------
        attribute : str
            A column. A standard column that the file does not have is empty.

        Returns
        -------
        list of tuple of str, one for each event
            Any number of values for tags, one text for every other column.

        Raises
        ------
        UnknownNameError
            When there is no such column.
        """
        if attribute == "tags":
            return [event.tags for event in self.records]
        if attribute in self.columns:
            column = self.columns.index(attribute)
            return [(row.cells[column],) for row in self.rows]
        if attribute in COLUMNS:
            return [("",) for _ in self.records]
        names = list(dict.fromkeys((*self.columns, *COLUMNS)))
        raise UnknownNameError(f"no column {attribute!r}. {nearest(attribute, names)}")

    def in_order(self) -> Events:
        """Return the events by date, time and id, and their own columns by name.

        However the rows and columns of a file are arranged, this is the same.
        """
        further = sorted(name for name in self.columns if name not in COLUMNS)
        columns = (*(name for name in COLUMNS if name in self.columns), *further)
        order = [self.columns.index(name) for name in columns]
        keys = [(e.date, e.time or e.not_before or dt.time(), e.event_id) for e in self.records]
        records, rows = [], []
        for row in sorted(range(len(keys)), key=keys.__getitem__):
            event, cells = self.records[row], tuple(self.rows[row].cells[c] for c in order)
            attributes = {name: event.attributes[name] for name in further}
            records.append(replace(event, attributes=attributes) if further else event)
            rows.append(PlainRecord(self.rows[row].line, cells))
        return Events(tuple(records), self.source, columns, csv_line(columns), tuple(rows))

    def select(self, event_ids: Iterable[str]) -> Events:
        """Return a subset in file order.

        Parameters
        ----------
        event_ids : iterable of str
            The events to keep.

        Raises
        ------
        UnknownNameError
            When there is no such event.
        """
        places = sorted({self.place(event_id) for event_id in event_ids})
        records = tuple(self.records[row] for row in places)
        rows = tuple(self.rows[row] for row in places)
        return Events(records, self.source, self.columns, self.head, rows)


def write_events(events: Events, path: str | Path) -> None:
    """Write events to a CSV file, which appears whole or not at all.

    What was read from a file is written byte for byte as it was; what was read from a
    DataFrame as plain CSV with line feeds, quoted only where needed.

    Parameters
    ----------
    events : Events
        The events.
    path : str or Path
        The file; one that exists is replaced and keeps its permissions.

    Raises
    ------
    OSError
        When the file cannot be written; one that exists then stays as it was.
    """
    target = path_of("path", path).resolve()
    with replacing(target) as file:
        file.write(events.text.encode())
        if target.exists():
            shutil.copymode(target, file.name)
