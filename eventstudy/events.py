"""Reading, checking and writing events.csv."""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticCustomError

from eventstudy.errors import (
    EventsError,
    InvalidArgumentError,
    Problem,
    UnknownNameError,
    nearest,
)
from eventstudy.event_rows import COLUMNS, REQUIRED, Claim, check_row, names, zone

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "COLUMNS",
    "REQUIRED",
    "Claim",
    "Event",
    "Events",
    "check_assets",
    "read_events",
    "write_events",
]

MOST_BYTES = 64 * 2**20
_LONGEST_CELL = 16 * 2**20
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Event:
    """One dated statement.

    Parameters
    ----------
    event_id, title, speaker, affiliation, statement, source, confounders : str
        Text as written.
    date : date
        The speaker's calendar date, which need not be a session.
    time : time or None
        Local time of the statement; None = unknown.
    not_before, known_by : time or None
        Bounds of an unknown time.
    timezone : str
        IANA name of the zone of these times: the row's own, else the default that the
        events were read with, else empty.
    tags, assets : tuple of str
        Labels; assets that it concerns, empty = all.
    claims : tuple of Claim
        Moves that others tied to it.
    attributes : mapping of str to str
        The further columns, text as written.
    line : int
        First line of its record in the file.
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
    attributes: Mapping[str, str]
    line: int


@dataclass(frozen=True)
class _Record:
    """One record of a CSV file: its cells, and its text with everything around it."""

    line: int
    cells: tuple[str, ...]
    raw: str


@dataclass(frozen=True, repr=False)
class Events:
    """Checked events in the order of their file.

    Parameters
    ----------
    records : tuple of Event
        The events.
    source : str
        The file they are from, or "DataFrame".
    columns : tuple of str
        All columns of the file.
    rows : tuple
        Cells and text of every record as they stand in the file, for `write_events`.
    header : str
        Text before the first record.
    """

    records: tuple[Event, ...]
    source: str
    columns: tuple[str, ...]
    rows: tuple[_Record, ...]
    header: str

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.records)

    def __getitem__(self, event_id: str) -> Event:
        place = self._places.get(event_id)
        if place is None:
            raise UnknownNameError(f"no event {event_id!r}. {nearest(event_id, self.event_ids)}")
        return self.records[place]

    def __repr__(self) -> str:
        return f"Events({len(self)} events from {self.source})"

    @cached_property
    def _places(self) -> dict[str, int]:
        return {event.event_id: place for place, event in enumerate(self.records)}

    @cached_property
    def event_ids(self) -> tuple[str, ...]:
        """Ids in the order of the file."""
        return tuple(event.event_id for event in self.records)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """All events as a table of text, exactly as written; empty cells are ''."""
        import pandas as pd

        return pd.DataFrame([row.cells for row in self.rows], columns=list(self.columns), dtype=str)

    def values(self, attribute: str) -> list[tuple[str, ...]]:
        """Return the values of a column for each event.

        Parameters
        ----------
        attribute : str
            A column; "tags" and "assets" may have several values, others have one.

        Raises
        ------
        UnknownNameError
            When there is no such column.
        """
        if attribute not in self.columns:
            if attribute in COLUMNS:
                return [()] * len(self)
            raise UnknownNameError(
                f"the events have no column {attribute!r}. {nearest(attribute, self.columns)}"
            )
        place = self.columns.index(attribute)
        texts = [row.cells[place] for row in self.rows]
        if attribute in ("tags", "assets"):
            return [names(text) for text in texts]
        return [(text,) for text in texts]

    def select(self, event_ids: Iterable[str]) -> Events:
        """Return the events with these ids, in the order of the file."""
        wanted = {self[event_id].event_id for event_id in event_ids}
        keep = [place for place, own in enumerate(self.event_ids) if own in wanted]
        return Events(
            tuple(self.records[place] for place in keep),
            self.source,
            self.columns,
            tuple(self.rows[place] for place in keep),
            self.header,
        )


def read_events(source: str | Path | pd.DataFrame, *, timezone: str | None = None) -> Events:
    """Read and check events.

    Parameters
    ----------
    source : str, Path or DataFrame
        A CSV file in UTF-8, or a table with the same columns: event_id, date and title are
        required.
    timezone : str, optional
        IANA name of the zone of rows that name none.

    Returns
    -------
    Events

    Raises
    ------
    EventsError
        With every problem: its file, line, column, value, and what to do.
    InvalidArgumentError
        When `timezone` is not a zone.
    """
    default = _default_zone(timezone)
    if isinstance(source, (str, Path)):
        name = str(source)
        text = _text(name)
    else:
        name = "DataFrame"
        text = _table_text(source)
    return _read(name, text, default)


def _default_zone(timezone: str | None) -> str:
    try:
        return zone(timezone or "")
    except PydanticCustomError as error:
        context = error.context or {}
        raise InvalidArgumentError(
            f"timezone {timezone!r}: {context.get('message')}. {context.get('cure')}"
        ) from None


def _refuse(name: str, message: str, cure: str, line: int | None = None) -> EventsError:
    return EventsError([Problem(name, line, "", "", message, cure)])


def _text(name: str) -> str:
    """Return the text of a file, exactly, or raise EventsError."""
    if "://" in name:
        raise _refuse(name, "an address is not fetched", "Save the file and give its path.")
    path = Path(name)
    try:
        if path.is_dir():
            raise _refuse(name, "is a folder", "Give the path of a CSV file.")
        if path.stat().st_size > MOST_BYTES:
            raise _refuse(name, "is larger than 64 MB", "Split it, or shorten its texts.")
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _refuse(name, f"cannot be read: {reason}", "Check the path.") from None
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _refuse(name, "is UTF-16, not UTF-8", "Save it as CSV in UTF-8.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        message = f"is not UTF-8: byte 0x{content[error.start]:02x} at offset {error.start}"
        raise _refuse(name, message, "Save it as CSV in UTF-8.", line) from None


def _records(name: str, text: str) -> list[_Record]:
    """Split text into CSV records; blank lines belong to the record before them."""
    lines: list[str] = []

    def feed() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            lines.append(line)
            yield line

    former = csv.field_size_limit(_LONGEST_CELL)
    found: list[_Record] = []
    start = 1
    try:
        for cells in csv.reader(feed(), strict=True):
            raw = "".join(lines)
            lines.clear()
            if cells or not found:
                found.append(_Record(start, tuple(cells), raw))
            else:
                last = found[-1]
                found[-1] = _Record(last.line, last.cells, last.raw + raw)
            start += max(len(io.StringIO(raw, newline="").readlines()), 1)
    except csv.Error as error:
        unclosed = "unexpected end of data" in str(error)
        message = "a quotation mark is never closed" if unclosed else f"not valid CSV: {error}"
        cure = 'Close it; a quotation mark inside a quoted text is written twice, "".'
        raise _refuse(name, message, cure, start) from None
    finally:
        csv.field_size_limit(former)
    return found


def _header(name: str, records: list[_Record]) -> tuple[str, ...]:
    """Return the column names, or raise EventsError."""
    if not records or not records[0].cells:
        cure = f"Begin with a line of column names: {','.join(COLUMNS)}."
        raise _refuse(name, "is empty" if not records else "begins with an empty line", cure)
    columns = records[0].cells
    if len(columns) == 1:
        for sign, words in ((";", "semicolons"), ("\t", "tabs")):
            if sign in columns[0]:
                cure = "Save it with commas."
                raise _refuse(name, f"columns are separated by {words}, not commas", cure, 1)
    problems = []
    for place, column in enumerate(columns, 1):
        if not column.strip():
            message, cure = f"column {place} has no name", "Name it or remove it."
            problems.append(Problem(name, 1, "", "", message, cure))
        elif columns.index(column) < place - 1:
            message = f"columns {columns.index(column) + 1} and {place} have the same name"
            problems.append(Problem(name, 1, column, "", message, "Rename one of them."))
    for column in REQUIRED:
        if column not in columns:
            cure = f"Add it. {nearest(column, columns)}"
            problems.append(Problem(name, 1, column, "", "required column is missing", cure))
    if problems:
        raise EventsError(problems)
    return columns


def _hidden(name: str, record: _Record, columns: Sequence[str]) -> list[Problem]:
    """Report characters that a reader cannot see."""
    if not _HIDDEN.search(record.raw):
        return []
    problems = []
    for place, cell in enumerate(record.cells):
        found = _HIDDEN.search(cell)
        if found:
            column = columns[place] if place < len(columns) else ""
            line = record.line + cell[: found.start()].count("\n")
            message = f"hidden control character U+{ord(found.group()):04X}"
            cure = "Delete it and type the text anew if need be."
            problems.append(Problem(name, line, column, cell, message, cure))
    return problems


def _event(cells: dict[str, str], row: Any, default: str, line: int) -> Event:
    standard = {column: getattr(row, column) for column in COLUMNS}
    standard["timezone"] = row.timezone or default
    extra = {column: text for column, text in cells.items() if column not in COLUMNS}
    return Event(**standard, attributes=extra, line=line)


def _read(name: str, text: str, default: str) -> Events:
    bom = "\ufeff" if text.startswith("\ufeff") else ""
    records = _records(name, text.removeprefix("\ufeff"))
    columns = _header(name, records)
    problems: list[Problem] = _hidden(name, records[0], columns)
    events: list[Event] = []
    first_line: dict[str, int] = {}
    for record in records[1:]:
        if len(record.cells) != len(columns):
            message = f"{len(record.cells)} fields where the header has {len(columns)}"
            cure = "Add or remove commas; put text that has commas in quotation marks."
            problems.append(Problem(name, record.line, "", "", message, cure))
            continue
        problems += _hidden(name, record, columns)
        cells = dict(zip(columns, record.cells, strict=True))
        row, faults = check_row(cells, default)
        problems += [
            Problem(name, record.line, f.column, cells.get(f.column, ""), f.message, f.cure)
            for f in faults
        ]
        event_id = cells["event_id"]
        if event_id and event_id in first_line:
            message = f"already the id of line {first_line[event_id]}"
            problems.append(
                Problem(name, record.line, "event_id", event_id, message, "Give it another id.")
            )
        first_line.setdefault(event_id, record.line)
        if row is not None:
            events.append(_event(cells, row, default, record.line))
    if problems:
        raise EventsError(problems)
    return Events(tuple(events), name, columns, tuple(records[1:]), bom + records[0].raw)


def _cell(value: Any, column: str, row: int, problems: list[Problem]) -> str:
    """Return a cell of a table as the text that it would be in a file."""
    import pandas as pd

    if isinstance(value, str):
        return value
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return ""
    if isinstance(value, dt.datetime):
        if value.tzinfo is not None or value.time() != dt.time():
            message = "has a time of day or a zone"
            cure = "Put the time in the column time and the zone in the column timezone."
            problems.append(Problem("DataFrame", row, column, str(value), message, cure))
        return value.date().isoformat()
    if isinstance(value, dt.time):
        return value.isoformat("seconds" if value.second else "minutes")
    return str(value)


def _table_text(frame: pd.DataFrame) -> str:
    """Return a table as canonical CSV text."""
    columns = list(frame.columns)
    if not all(isinstance(column, str) for column in columns):
        raise _refuse("DataFrame", f"column names must be text; found {columns}", "Rename them.")
    problems: list[Problem] = []
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row, values in enumerate(frame.itertuples(index=False, name=None), 2):
        writer.writerow([_cell(v, c, row, problems) for v, c in zip(values, columns, strict=True)])
    if problems:
        raise EventsError(problems)
    return out.getvalue()


def write_events(events: Events, path: str | Path) -> None:
    """Write events to a CSV file; what was read from a file is written byte for byte.

    Parameters
    ----------
    events : Events
        The events.
    path : str or Path
        The file, replaced in one step.
    """
    content = (events.header + "".join(row.raw for row in events.rows)).encode()
    target = Path(path)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(target)
    finally:
        Path(temporary).unlink(missing_ok=True)


def check_assets(events: Events, known: Sequence[str]) -> list[Problem]:
    """Return a problem for every asset that events name and that is not known.

    Parameters
    ----------
    events : Events
        The events.
    known : sequence of str
        Names of the assets studied.

    Returns
    -------
    list of Problem
        In the columns "assets" and "claims", with the nearest name.
    """
    problems = []
    for event in events:
        named = [("assets", asset) for asset in event.assets]
        named += [("claims", claim.asset) for claim in event.claims]
        problems += [
            Problem(
                events.source, event.line, column, asset, "unknown asset", nearest(asset, known)
            )
            for column, asset in named
            if asset not in known
        ]
    return problems
