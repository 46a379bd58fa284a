"""Add one event to an events file without changing any other byte of it."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from eventstudy.errors import (
    EventsError,
    InvalidArgumentError,
    NewEventError,
    Problem,
    StudyLockedError,
    nearest,
)
from eventstudy.events.assets import check_assets
from eventstudy.events.cells import COLUMNS, check_row
from eventstudy.events.csv_table import FORBIDDEN, NEWLINE, QUOTED, PlainRecord, Record
from eventstudy.events.events import Events
from eventstudy.events.reading import read_events
from eventstudy.events.table_faults import REQUIRED
from eventstudy.files import flush_folder, read_file_bytes

HABITS = 50
"""Last rows of a file from which its manner of quoting is learned."""

CELL = re.compile(r'"(?:[^"]|"")*"|[^,\r\n]*')
PATIENCE = 60.0
"""Seconds to wait for another process that adds an event."""


@dataclass(frozen=True)
class Appended:
    """An event that was added to a file, or would be.

    Parameters
    ----------
    event_id : str
        Its id.
    path : Path
        The events file.
    line : int
        One-based first line of its record.
    text : str
        Its record as written, without line ends around it.
    """

    event_id: str
    path: Path
    line: int
    text: str


@dataclass(frozen=True)
class Target:
    """A valid events file that an event is to be added to.

    Parameters
    ----------
    path : Path
        The file as given.
    timezone : str
        Zone of rows that name none; empty when there is none.
    assets : tuple of str
        Names that assets and claims may have.
    events : Events
        What it holds.
    """

    path: Path
    timezone: str
    assets: tuple[str, ...]
    events: Events

    @classmethod
    def read(cls, path: str | Path, timezone: str = "", assets: Sequence[str] = ()) -> Target:
        """Read and check the file.

        Raises
        ------
        EventsError
            When it is not valid; it lists every problem.
        """
        events = _checked(path, timezone, assets)
        if any(isinstance(row, PlainRecord) for row in events.rows):
            raise InvalidArgumentError(
                f"{path} is not in the plain form (UTF-8, commas, names of columns as they are "
                "here), and nothing is added to such a file. Run `eventstudy import` on it first"
            )
        return cls(Path(path), timezone, tuple(assets), events)

    def check_columns(self, names: Sequence[str]) -> None:
        """Refuse columns that the file does not have.

        Raises
        ------
        InvalidArgumentError
            When there is one; the message names the columns there are.
        """
        lacking = [name for name in names if name not in self.events.columns]
        if lacking:
            listed, there = ", ".join(lacking), ", ".join(self.events.columns)
            raise InvalidArgumentError(
                f"{self.path} has no column {listed}. It has: {there}. "
                "Leave the value out, or add the column to the file first."
            )


def _checked(path: str | Path, timezone: str, assets: Sequence[str]) -> Events:
    events = read_events(path, timezone=timezone or None)
    if wrong := check_assets(events, assets):
        raise EventsError(wrong)
    return events


def record_text(events: Events, cells: Mapping[str, str]) -> str:
    """Return an event as a record of its file: its columns, its manner of quoting.

    Parameters
    ----------
    events : Events
        What the file holds.
    cells : mapping of str to str
        Text by column; columns that are not named are empty.

    Returns
    -------
    str
        The record without a line end.
    """
    rows = [_quoted(row) for row in events.rows[-HABITS:]]
    free = [cell for row in rows or [_quoted(_header(events))] for cell in row if not cell.must]
    always = bool(free) and all(cell.quoted for cell in free)
    parts = []
    for column, name in enumerate(events.columns):
        text = cells.get(name, "")
        written = [row[column] for row in rows if not row[column].must]
        alike = [cell.quoted for cell in written if cell.filled == bool(text)]
        habit = all(alike) if alike else always
        parts.append('"' + text.replace('"', '""') + '"' if habit or QUOTED.search(text) else text)
    return ",".join(parts)


def _header(events: Events) -> Record:
    """Return the header of a file as a record."""
    text = events.head.removeprefix("\ufeff")
    return Record(1, events.columns, text.lstrip(" \t\r\n"))


class _Cell(NamedTuple):
    """How a cell is written: whether it is quoted, must be, holds anything; where it ends."""

    quoted: bool
    must: bool
    filled: bool
    end: int


def _quoted(row: Record | PlainRecord) -> list[_Cell]:
    cells: list[_Cell] = []
    for text in row.cells:
        match = CELL.match(row.raw, cells[-1].end + 1 if cells else 0)
        assert match is not None
        must = bool(QUOTED.search(text))
        cells.append(_Cell(match[0].startswith('"'), must, bool(text), match.end()))
    return cells


def _line_end(events: Events) -> str:
    """Return how the last record that ends ends; a line feed when none does."""
    for row in (*reversed(events.rows), _header(events)):
        if end := NEWLINE.match(row.raw, _quoted(row)[-1].end):
            return end[0]
    before = NEWLINE.search(events.head, 0, len(events.head) - len(_header(events).raw))
    return before[0] if before else "\n"


def append_event(target: Target, cells: Mapping[str, str], *, dry_run: bool = False) -> Appended:
    """Add an event at the end of its file; every byte that was there stays.

    The new file is written beside the old one, flushed, read again, compared, and renamed into
    its place. Others who add at the same time wait.

    Parameters
    ----------
    target : Target
        The file.
    cells : mapping of str to str
        Text by column.
    dry_run : bool
        Whether to check everything and write nothing.

    Returns
    -------
    Appended

    Raises
    ------
    InvalidArgumentError
        When the file lacks a column that is given.
    NewEventError
        When the event is not valid; it lists every problem.
    EventsError
        When the file has changed meanwhile and is no longer valid.
    StudyLockedError
        When another process has been writing there for `PATIENCE` seconds.
    OSError
        When the file cannot be written; it then stays as it was.
    """
    target.check_columns(list(cells))
    path = target.path.resolve()
    with _alone(path.parent):
        fresh, old = target, target.events.text
        if read_file_bytes(path) != old.encode():  # somebody else was faster
            fresh = Target.read(target.path, target.timezone, target.assets)
            old = fresh.events.text
        end = _line_end(fresh.events)
        ended = old.endswith(("\r", "\n"))
        text = record_text(fresh.events, cells)
        new = f"{old}{text}{end}" if ended else f"{old}{end}{text}"
        line = len(NEWLINE.findall(old)) + (1 if ended else 2)
        appended = Appended(cells.get("event_id", ""), target.path, line, text)
        with _written(path, new.encode()) as made:
            _compare(fresh, made, appended, cells)
            if not dry_run:
                _replace(path, made, old.encode())
    return appended


def _compare(target: Target, made: Path, appended: Appended, cells: Mapping[str, str]) -> None:
    """Read the new file: it holds what the old one held and the new event, or is refused."""
    try:
        events = _checked(made, target.timezone, target.assets)
    except EventsError as error:
        problems = [p for p in error.problems if p.line is None or p.line >= appended.line]
        raise NewEventError(
            [Problem("new event", None, p.field, p.value, p.message, p.cure) for p in problems]
        ) from None
    wanted = tuple(cells.get(name, "") for name in events.columns)
    same = events.records[:-1] == target.events.records and events.rows[-1].cells == wanted
    if not same or events.head != _head(target.events, events):
        raise InvalidArgumentError(f"{appended.path}: the new event would not read back as it is")


def _head(before: Events, after: Events) -> str:
    """Return the head that is due: a header alone may have got its line end."""
    return before.head if before.rows or before.head.endswith(("\r", "\n")) else after.head


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait for others who write in a folder, where the system can."""
    try:
        import fcntl
    except ImportError:  # Windows: `_replace` still sees that somebody was faster
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        end = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            if time.monotonic() > end:
                raise StudyLockedError(
                    f"another process has been writing in {folder} for {PATIENCE:.0f} seconds. "
                    "Wait until it has ended, or stop it."
                )
            time.sleep(0.02)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def _written(path: Path, content: bytes) -> Iterator[Path]:
    """Yield a temporary file beside a path, on the disk; those of killed writers are swept."""
    form = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{8}}\.tmp")
    for left in path.parent.iterdir():
        if form.fullmatch(left.name):
            left.unlink(missing_ok=True)
    made = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with made.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield made
    finally:
        made.unlink(missing_ok=True)


def _replace(path: Path, made: Path, old: bytes) -> None:
    if not os.access(path, os.W_OK):
        raise PermissionError(13, "Permission denied", str(path))
    shutil.copymode(path, made)
    if read_file_bytes(path) != old:
        raise InvalidArgumentError(f"{path} was changed by somebody else meanwhile. Try again.")
    made.replace(path)
    flush_folder(path.parent)


def field_problem(target: Target, cells: Mapping[str, str], names: Sequence[str]) -> str:
    """Return what is wrong with some fields of an event that is being typed; empty when nothing.

    Parameters
    ----------
    target : Target
        The file that it is for.
    cells : mapping of str to str
        What was typed so far, by column.
    names : sequence of str
        Columns that were answered already.

    Returns
    -------
    str
        The problem and its cure.
    """
    for name in names:
        if hit := FORBIDDEN.search(cells.get(name, "")):
            return f"It holds a character that cannot be seen, U+{ord(hit[0]):04X}. Delete it."
    if "event_id" in names and cells.get("event_id") in target.events.event_ids:
        line = target.events[cells["event_id"]].line
        taken = f"{cells['event_id']!r} is the id of the event on line {line} already"
        return f"{taken}. Give each event its own id."
    standard = {name: text for name, text in cells.items() if name in COLUMNS}
    standard = dict.fromkeys(REQUIRED, "") | {"event_id": "new"} | standard
    row = check_row(standard, target.timezone)
    if isinstance(row, list):
        first = next((fault for fault in row if fault.field in names), None)
        return f"{first.value!r} {first.message}. {first.cure}".removeprefix("'' ") if first else ""
    named = [*row.assets, *(claim.asset for claim in row.claims)]
    unknown = next((asset for asset in named if asset not in target.assets), None)
    return f"{unknown!r} is no asset. {nearest(unknown, target.assets)}" if unknown else ""
