"""Reading events from a CSV file, a DataFrame, or a list that others keep: all problems at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.errors import MOST_PROBLEMS, EventsError, InvalidArgumentError, Problem, stopped
from eventstudy.events.cells import COLUMNS
from eventstudy.events.csv_table import Table, TooManyEventsError, content_of, split
from eventstudy.events.events import Event, Events
from eventstudy.events.row_rules import RowRules
from eventstudy.events.table_faults import header_problems, hidden_characters
from eventstudy.timezones import zone_fault

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.events.importing import Wanted

MANY_LINES = 10_000
"""Lines from which columns are faster than records, with what must be imported for them."""


def read_events(
    source: str | Path | pd.DataFrame | Iterable[object], *, timezone: str | None = None
) -> Events:
    """Read and check events.

    Parameters
    ----------
    source : str, Path, DataFrame or list of dates
        A CSV file in UTF-8 with commas, or a table with the same columns (pandas, polars,
        pyarrow), or dates alone, see `Events.from_dates`. A file with another
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
        from eventstudy.events.frame_table import is_dates, read_frame

        if is_dates(source):
            return Events.from_dates(source, timezone=timezone or "")
        return _checked(read_frame(source), timezone or "")
    try:
        return _checked(_read_file(source), timezone or "")
    except TooManyEventsError:
        raise
    except EventsError as error:
        from eventstudy.events.foreign import otherwise

        table, understood = otherwise(source, timezone or "", error)
        events = _checked(table, timezone or "")
        return replace(events, understood=(*understood, *events.understood))


def _read_file(path: str | Path) -> Table:
    """Cut a CSV file into records, or a large one into columns where it is surely plain."""
    content = content_of(path)
    if content.count(b"\n") >= MANY_LINES:
        from eventstudy.events.csv_columns import columns_table

        if table := columns_table(str(path), content):
            return table
    return split(str(path), content)


def _checked(table: Table, timezone: str) -> Events:
    """Check the header and every row; raise all problems at once, in file order."""
    names = tuple(name.strip() for name in table.header.cells)
    problems = [*table.problems, *header_problems(table)]
    problems += hidden_characters(table.source, table.header, names)
    rules = RowRules(table.source, names, timezone)
    events, wrong = _read(table, rules, problems)
    filled, unfilled, notes = _completed(table, names, events)
    if problems := [*problems, *wrong, *unfilled]:
        raise EventsError(sorted(problems, key=lambda problem: problem.line or 0))
    rows = tuple(table.rows) if isinstance(table.rows, list) else table.rows
    if isinstance(filled, tuple):
        return Events(filled, table.source, names, table.head, rows, notes)
    from eventstudy.events.event_views import ColumnEvents

    return ColumnEvents(filled, table.source, names, table.head, rows, notes)


def _read(
    table: Table, rules: RowRules, problems: Sequence[Problem]
) -> tuple[Sequence[Event], list[Problem]]:
    """Return the events, and what is wrong with rows; `problems` were there before."""
    if isinstance(table.rows, list) or problems:
        return by_rows(table, rules, len(problems))
    from eventstudy.events.suspicious import by_columns

    return by_columns(table, rules)


def by_rows(
    table: Table, rules: RowRules, before: int = 0
) -> tuple[tuple[Event, ...], list[Problem]]:
    """Read all rows one by one.

    Parameters
    ----------
    table : Table
        The rows.
    rules : RowRules
        Rules that have read no row yet.
    before : int
        Problems that there were before.

    Returns
    -------
    events : tuple of Event
        Those of rows whose cells are right.
    problems : list of Problem
    """
    events: list[Event] = []
    problems: list[Problem] = []
    for row in table.rows:
        if before + len(problems) >= MOST_PROBLEMS:
            problems.append(stopped(table.source, row.line))
            break
        event, wrong = rules.read(row)
        problems += wrong
        events += [] if event is None else [event]
    return tuple(events), problems


def _completed(
    table: Table, names: tuple[str, ...], events: Sequence[Event]
) -> tuple[Sequence[Event], list[Problem], tuple[str, ...]]:
    """Fill times from timestamps, and refuse columns that are no attributes by their names."""
    if all(name in COLUMNS for name in names):
        return events, [], ()
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
