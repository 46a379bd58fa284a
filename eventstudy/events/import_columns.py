"""Which column of a list of events is which: by flags, by its name, by what its cells hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from eventstudy.errors import Problem, nearest
from eventstudy.events.cells import COLUMNS
from eventstudy.tables.cell_kinds import is_date
from eventstudy.tables.headers import EVENTS, event_column, folded, same_name
from eventstudy.tables.table import Table
from eventstudy.tables.times import zone_name
from eventstudy.tables.understood import TableError, Understood
from eventstudy.timezones import zone_fault

STAMPS = "datetime"
"""A column of timestamps, which fill date and time."""


class Matches(NamedTuple):
    """Columns of a list: places by standard column, places of those kept as attributes, notes."""

    places: dict[str, int]
    kept: dict[str, int]
    notes: tuple[Understood, ...]


def matched(table: Table, given: Mapping[str, str], fixed: Sequence[str] = ()) -> Matches:
    """Say which column is which.

    Parameters
    ----------
    table : Table
        The list.
    given : mapping of str to str
        Name of the list's column by standard column, as the user says.
    fixed : sequence of str
        Standard columns whose text is the same for all events.

    Raises
    ------
    TableError
        When a column is named that does not exist, or no column of dates or titles is found.
    """
    places = _given(table, given)
    taken = set(places.values())
    proposed = proposals(table, taken)
    for name, position in proposed.items():
        zones = name != "timezone" or _zones(table, position)
        if name not in places and position not in taken and zones:
            places[name] = position
            taken.add(position)
    if STAMPS in places and "date" not in places:
        places["date"] = places[STAMPS]
    _refuse_lacking(table, {**dict.fromkeys(fixed, -1), **places})
    kept = _kept(table, taken)
    pairs = [f"{table.header[at]!r} is {name}" for name, at in places.items() if name != STAMPS]
    different = any(
        table.header[at] != name and (name in given or name in COLUMNS)
        for name, at in places.items()
    )
    notes = []
    if different:
        notes.append(Understood("columns", f"columns: {', '.join(pairs)}"))
    if kept and different:
        names = ", ".join(repr(name) for name in kept)
        notes.append(Understood("attributes", f"kept as attributes: {names}"))
    return Matches(places, kept, tuple(notes))


def _given(table: Table, given: Mapping[str, str]) -> dict[str, int]:
    places = {}
    problems = []
    for name, column in given.items():
        lower = [column.casefold() for column in table.header]
        if name not in (*COLUMNS, STAMPS):
            cure = nearest(name, COLUMNS)
            problems.append(
                Problem(table.source, None, "columns", name, "is no column of events", cure)
            )
        elif column in table.header:
            places[name] = table.header.index(column)
        elif lower.count(column.casefold()) == 1:
            places[name] = lower.index(column.casefold())
        else:
            cure = nearest(column, table.header)
            message = "the list has no such column"
            problems.append(Problem(table.source, table.line, name, column, message, cure))
    if problems:
        raise TableError(problems)
    return places


def proposals(table: Table, taken: set[int]) -> dict[str, int]:
    """Return the column that the header proposes for each standard column."""
    proposed: dict[str, int] = {}
    for rank in (_same, event_column):
        for position, name in enumerate(table.header):
            standard = rank(name)
            if not standard or position in taken or position in proposed.values():
                continue
            if standard not in proposed or (
                rank is event_column and _better(standard, name, table.header[proposed[standard]])
            ):
                proposed[standard] = position
    if "statement" not in proposed:
        spare = [
            position
            for position, name in enumerate(table.header)
            if folded(name) in ("description", "details", "описание", "beschreibung")
            and position not in (*taken, *proposed.values())
        ]
        proposed |= {"statement": spare[0]} if len(spare) == 1 else {}
    if "date" not in proposed and STAMPS not in proposed:
        dated = [
            position
            for position in range(len(table.header))
            if position not in taken and table.column(position).share(is_date) >= 0.8
        ]
        proposed |= {"date": dated[0]} if len(dated) == 1 else {}
    return proposed


def title_left(table: Table, proposed: Mapping[str, int]) -> dict[str, int]:
    """Return the first column of words that stands for nothing else, to be proposed as the title.

    Parameters
    ----------
    table : Table
        The list.
    proposed : mapping of str to int
        Columns that the header proposes already.
    """
    for position in range(len(table.header)):
        cells = table.column(position).filled
        words = [cell for cell in cells if any(letter.isalpha() for letter in cell)]
        if position not in proposed.values() and words and len(words) == len(cells):
            return {"title": position}
    return {}


def _same(name: str) -> str:
    return same_name(name, COLUMNS)


def _order(standard: str, name: str) -> int:
    names = [folded(synonym) for synonym in EVENTS[standard].split()]
    return names.index(folded(name)) if folded(name) in names else len(names)


def _better(standard: str, name: str, other: str) -> bool:
    """Whether a name says more clearly than another what its column is."""
    return not _same(other) and _order(standard, name) < _order(standard, other)


def _zones(table: Table, position: int) -> bool:
    """Whether some cell of a column is a time zone, not a country or a region."""
    cells = set(table.column(position).filled)
    return any(zone_name(cell) or not zone_fault(cell) for cell in cells)


def _refuse_lacking(table: Table, places: Mapping[str, int]) -> None:
    lacking = [name for name in ("date", "title") if name not in places]
    if not lacking:
        return
    taken = places.values()
    free = [name for at, name in enumerate(table.header) if name and at not in taken]
    problems = []
    for name in lacking:
        message, cure = f"it is not clear which column is the {name}", _cure(name, free)
        problems.append(Problem(table.source, table.line, name, "", message, cure))
    raise TableError(problems)


def _cure(name: str, free: Sequence[str]) -> str:
    listed = ", ".join(free) or "none"
    cure = f"Name it: --{name} COLUMN (columns left: {listed})"
    same = '; or give all rows the same: --set "title=FOMC decision"' if name == "title" else ""
    return f"{cure}{same}."


def _kept(table: Table, taken: set[int]) -> dict[str, int]:
    """Return the further columns, which are kept as attributes, by names of their own."""
    kept: dict[str, int] = {}
    for position, name in enumerate(table.header):
        if position in taken or not any(table.column(position).texts):
            continue
        label = name.strip() or f"column_{position + 1}"
        label = f"{label}_{position + 1}" if label in kept or label in COLUMNS else label
        kept[label] = position
    return kept
