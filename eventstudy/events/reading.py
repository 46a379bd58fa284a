"""Reading events from a CSV file, a DataFrame, or a list that others keep: all problems at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.errors import (
    MOST_PROBLEMS,
    EventsError,
    Fault,
    InvalidArgumentError,
    Problem,
    stopped,
)
from eventstudy.events.cells import COLUMNS, check_row
from eventstudy.events.csv_table import PlainRecord, read_file, read_frame
from eventstudy.events.events import Event, Events
from eventstudy.events.table_faults import header_problems, hidden_characters, problem_of, ragged
from eventstudy.timezones import zone_fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from eventstudy.events.csv_table import Record, Table
    from eventstudy.events.importing import Wanted


def read_events(source: str | Path | pd.DataFrame, *, timezone: str | None = None) -> Events:
    """Read and check events.

    Parameters
    ----------
    source : str, Path or DataFrame
        A CSV file in UTF-8 with commas, or a table with the same columns. A file with another
        delimiter or encoding, or whose names of columns differ by case, blanks or plural, is
        read too, and `Events.understood` says how.
    timezone : str, optional
        IANA name of the zone of rows that name none.

    Returns
    -------
    Events

    Raises
    ------
    EventsError
        When the events are not valid; it lists every problem.
    InvalidArgumentError
        When the time zone is not known, or the source is neither a path nor a DataFrame.
    """
    if timezone is not None and (fault := zone_fault(timezone)):
        raise InvalidArgumentError(f"timezone: {timezone!r} {fault.message}. {fault.cure}")
    if not isinstance(source, str | Path):
        return _checked(read_frame(source), timezone or "")
    try:
        return _checked(read_file(source), timezone or "")
    except EventsError as error:
        from eventstudy.events.foreign import otherwise

        table, understood = otherwise(source, timezone or "", error)
        events = _checked(table, timezone or "")
        return replace(events, understood=(*understood, *events.understood))


def _checked(table: Table, timezone: str) -> Events:
    """Check the header and every row; raise all problems at once, in file order."""
    names = tuple(name.strip() for name in table.header.cells)
    problems = [*table.problems, *header_problems(table)]
    problems += hidden_characters(table.source, table.header, names)
    first_lines: dict[str, int] = {}
    events = []
    for row in table.rows:
        if len(problems) >= MOST_PROBLEMS:
            problems.append(stopped(table.source, row.line))
            break
        if len(row.cells) == len(names):
            cells = dict(zip(names, row.cells, strict=True))
            event = _event(row, cells, timezone)
            faults = event if isinstance(event, list) else []
            faults = [*faults, *_repeated(row, cells, first_lines)]
            wrong = [problem_of(table.source, row.line, fault) for fault in faults]
            wrong += hidden_characters(table.source, row, names)
            problems += sorted(wrong, key=lambda p: _place(p.field, names))
            events += [event] if isinstance(event, Event) else []
        else:
            problems.append(ragged(table.source, row, len(names)))
    filled, unfilled, notes = _completed(table, names, events)
    problems += unfilled
    if problems:
        raise EventsError(sorted(problems, key=lambda problem: problem.line or 0))
    return Events(filled, table.source, names, table.head, tuple(table.rows), notes)


def _completed(
    table: Table, names: tuple[str, ...], events: list[Event]
) -> tuple[tuple[Event, ...], list[Problem], tuple[str, ...]]:
    """Fill times from timestamps, and refuse columns that are no attributes by their names."""
    if all(name in COLUMNS for name in names):
        return tuple(events), [], ()
    from eventstudy.events.filled_times import filled
    from eventstudy.events.foreign import refuse_synonyms

    made, problems, notes = filled(table.source, events, names)
    problems += refuse_synonyms(table.source, table.header.line, names)
    return made, problems, tuple(map(str, notes))


def read_list_events(path: Path, wanted: Wanted) -> Events:
    """Read a list that others keep as events; it is read each time, and nothing is copied.

    Parameters
    ----------
    path : Path
        The list.
    wanted : Wanted
        What the study says of it.

    Raises
    ------
    EventsError
        When it cannot be read, or rows were not understood; one problem for each kind.
    """
    from eventstudy.events.foreign import list_table

    table, understood = list_table(path, wanted)
    events = _checked(table, wanted.timezone)
    return replace(events, understood=(*understood, *events.understood))


def _place(name: str, names: Sequence[str]) -> int:
    return names.index(name) if name in names else len(names)


def _event(
    row: Record | PlainRecord, cells: Mapping[str, str], timezone: str
) -> Event | list[Fault]:
    if not any(cell.strip() for cell in row.cells):
        return [Fault("the row is empty", "Delete it.")]
    standard = {name: text for name, text in cells.items() if name in COLUMNS}
    checked = check_row(standard, timezone)
    if isinstance(checked, list):
        return checked
    attributes = {name: text for name, text in cells.items() if name not in COLUMNS}
    return Event(**vars(checked), attributes=attributes, line=row.line)


def _repeated(
    row: Record | PlainRecord, cells: Mapping[str, str], first_lines: dict[str, int]
) -> list[Fault]:
    event_id = cells.get("event_id", "")
    if not event_id.strip():
        return []
    first = first_lines.setdefault(event_id, row.line)
    message = f"is the id of the event on line {first} already"
    cure = "Give each event its own id."
    return [] if first == row.line else [Fault(message, cure, "event_id", event_id)]
