"""What is wrong with an events table as a table: its header, its rows, what cannot be seen."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from eventstudy.errors import Fault, Problem, nearest
from eventstudy.events.cells import COLUMNS
from eventstudy.events.csv_table import FORBIDDEN, NEWLINE, PlainRecord, Record, Table

REQUIRED = ("event_id", "date", "title")
"""The columns that must be there and filled."""


def problem_of(source: str, line: int, fault: Fault) -> Problem:
    """Return the problem that a fault of a cell is."""
    return Problem(source, line, fault.field, fault.value, fault.message, fault.cure)


def header_problems(table: Table) -> list[Problem]:
    """Return what is wrong with the names of columns."""
    line, names = table.header.line, table.header.cells
    faults = []
    for place, name in enumerate(names, 1):
        if not name.strip():
            faults.append(Fault(f"column {place} has no name", "Name it or remove it.", "", name))
        elif name != name.strip():
            cure = f"Remove the blanks: {name.strip()!r}."
            faults.append(Fault("the name has blanks around it", cure, name.strip(), name))
        elif name in names[: place - 1]:
            message = f"columns {names.index(name) + 1} and {place} have the same name"
            faults.append(Fault(message, "Rename or remove one of them.", name, name))
    stripped = [name.strip() for name in names]
    others = [name for name in stripped if name and name not in COLUMNS]
    for name in REQUIRED:
        if name not in stripped:
            cure = f"Add it to the header. {nearest(name, others) if others else ''}".rstrip()
            if not set(stripped) & set(COLUMNS):
                cure = "Begin the file with the line event_id,date,title."
            faults.append(Fault("this column is required and is missing", cure, name))
    return [problem_of(table.source, line, fault) for fault in faults]


def ragged(source: str, row: Record | PlainRecord, expected: int) -> Problem:
    """Say that a row has more or fewer cells than the header."""
    count = len(row.cells)
    if count > expected:
        cure = "Put quotation marks around text that contains commas."
    else:
        cure = "Add the missing commas; empty cells need theirs too. Delete it if it is a note."
    message = f"{count} field{'s' * (count > 1)} where the header has {expected}"
    return Problem(source, row.line, "", "", message, cure)


def hidden_characters(
    source: str, row: Record | PlainRecord, names: Sequence[str]
) -> list[Problem]:
    """Report the first invisible or reordering character of each cell."""
    if not FORBIDDEN.search(row.raw):
        return []
    owners = [
        name for name, cell in zip(names, row.cells, strict=True) for _ in FORBIDDEN.findall(cell)
    ]
    # the text of a broken record that follows may hold more of them, which have no owner
    hits = dict(reversed(list(zip(owners, FORBIDDEN.finditer(row.raw), strict=False))))
    problems = []
    for name, hit in hits.items():
        *lines_before, last = NEWLINE.split(row.raw[: hit.start()])
        name_of = unicodedata.name(hit.group(), "unprintable")
        code = f"U+{ord(hit.group()):04X}"
        message = f"contains {code} ({name_of}) as character {len(last) + 1} of its line"
        line = row.line + len(lines_before)
        problems.append(Problem(source, line, name, hit.group(), message, "Delete it."))
    return problems
