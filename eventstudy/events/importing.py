"""A list of events as somebody keeps it, turned into the rows of an events table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from eventstudy.errors import Problem, lines_text, nearest
from eventstudy.events.cells import COLUMNS, check_row
from eventstudy.events.csv_table import FORBIDDEN
from eventstudy.events.ids import given_ids
from eventstudy.events.import_columns import matched
from eventstudy.events.import_moments import Moments
from eventstudy.events.table_faults import problem_of
from eventstudy.tables.dates import date_column, readings, stamp
from eventstudy.tables.delimited import Row
from eventstudy.tables.table import Form, Table, read_table
from eventstudy.tables.times import Hours
from eventstudy.tables.understood import CellsError, Understood, shown

TICKER = re.compile(r"[A-Z0-9^=][A-Z0-9.^=_-]{0,11}")
HARD = re.compile(r"\s*[;,|/\n]\s*|\s+(?:&|and|und|и)\s+")


@dataclass(frozen=True)
class Wanted:
    """What a user says of a list of events.

    Parameters
    ----------
    columns : mapping of str to str
        Name of the list's column by standard column.
    form : Form
        How the file is written.
    timezone : str
        IANA name of the zone of times that name none.
    tags : tuple of str
        Tags that every event gets.
    assets : tuple of str
        Names that assets may have; empty = any.
    fixed : mapping of str to str
        Texts that every event gets, by standard column.
    hours : callable, optional
        Hours of exchanges by zone and day, for AMC and BMO.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    form: Form = field(default_factory=Form)
    timezone: str = ""
    tags: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)
    hours: Hours | None = None


Made = tuple[Row, dict[str, str]]
"""A row of a list, and the cells of the event that it holds."""


class BadRow(NamedTuple):
    """A row that was not understood: its line, its cells, and why."""

    line: int
    cells: tuple[str, ...]
    problem: Problem


@dataclass(frozen=True)
class Imported:
    """A list of events as rows of an events table.

    Parameters
    ----------
    source : str
        Path of the list.
    header : tuple of str
        Names of the columns of the list.
    columns : tuple of str
        Names of the columns of the table.
    rows : tuple of Row
        Its rows, each with the line of the list.
    bad : tuple of BadRow
        Rows that were not understood.
    notes : tuple of Understood
        What was understood.
    """

    source: str
    header: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    bad: tuple[BadRow, ...]
    notes: tuple[Understood, ...]

    def cells(self, row: Row) -> dict[str, str]:
        """Return the texts of a row by column."""
        return dict(zip(self.columns, row.cells, strict=True))


def read_list(path: str | Path, wanted: Wanted | None = None) -> Imported:
    """Read a list of events.

    Parameters
    ----------
    path : str or Path
        Any table; see `eventstudy.tables.table.read_table`.
    wanted : Wanted, optional
        What is known of it.

    Returns
    -------
    Imported

    Raises
    ------
    TableError
        When the table or a column can be read in two ways, or a column is lacking.
    OSError
        When there is no such file.
    """
    wanted = wanted or Wanted()
    return list_of(read_table(path, wanted.form), wanted)


def list_of(table: Table, wanted: Wanted) -> Imported:
    """Return the events of a table; arguments and errors as those of `read_list`."""
    matches = matched(table, wanted.columns, tuple(wanted.fixed))
    table, bad = _dated(table, matches.places["date"], wanted)
    dates = date_column(table.column(matches.places["date"]), table.form.date_format)
    moments = Moments(table, matches.places, wanted.timezone, wanted.hours)
    notes = [*table.notes, *matches.notes, *dates.notes]
    made: list[Made] = []
    for row, date, parts in zip(table.rows, dates.dates, dates.stamps, strict=True):
        cells = _texts(matches.places, matches.kept, row)
        told = moments.of(row, date, parts)
        assets = _assets(cells.get("assets", ""), wanted.assets)
        wrong = told if isinstance(told, str) else assets.wrong
        if wrong or isinstance(told, str):
            bad.append(_bad(table, row, "time" if isinstance(told, str) else "assets", wrong))
            continue
        cells |= told | ({"assets": assets.text} if assets.text else {})
        cells |= {name: text for name, text in wanted.fixed.items() if not cells.get(name)}
        made.append((row, cells))
    made, repeated = _once(table, made)
    bad += repeated
    notes += moments.notes()
    ids, told_ids = given_ids(table.source, [cells for _, cells in made])
    tags = ";".join(wanted.tags)
    rows = []
    for (row, cells), event_id in zip(made, ids, strict=True):
        tagged = ";".join(filter(None, (cells.get("tags", ""), tags)))
        rows.append((row, cells | {"event_id": event_id, "tags": tagged}))
    return _imported(table, rows, bad, (*notes, *told_ids), wanted)


def _once(table: Table, made: list[Made]) -> tuple[list[Made], list[BadRow]]:
    """Part rows that repeat another in every cell from the others."""
    lines: dict[tuple[str, ...], int] = {}
    different, bad = [], []
    for row, cells in made:
        first = lines.setdefault(tuple(cells.values()), row.line)
        if first == row.line:
            different.append((row, cells))
        else:
            bad.append(_bad(table, row, "", f"the row repeats {table.unit} {first}"))
    return different, bad


def _bad(table: Table, row: Row, field_: str, message: str) -> BadRow:
    cure = "Correct it, or leave the row out."
    problem = Problem(table.source, row.line, field_, "", message, cure)
    return BadRow(row.line, row.cells, problem)


def _dated(table: Table, position: int, wanted: Wanted) -> tuple[Table, list[BadRow]]:
    """Part rows whose date no reading fits from the others; all are kept when most are such."""
    if wanted.form.date_format:
        return table, []
    read, bad = [], []
    for row in table.rows:
        text = row.cells[position].strip()
        if not text:
            bad.append(_bad(table, row, "date", "the row has no date"))
        elif readings(stamp(text).date) or re.fullmatch(r"[0-9]{4,5}(\.[0-9]+)?", text):
            read.append(row)
        else:
            bad.append(_bad(table, row, "date", f"{text!r} is no date"))
    if not read and bad:
        return table, []
    return replace(table, rows=tuple(read)), bad


def _texts(places: Mapping[str, int], kept: Mapping[str, int], row: Row) -> dict[str, str]:
    """Return the texts of a row by column, without what cannot be seen."""
    texts = {name: row.cells[position] for name, position in places.items() if name in COLUMNS}
    texts |= {name: row.cells[position] for name, position in kept.items()}
    return {name: " ".join(FORBIDDEN.sub("", text).split()) for name, text in texts.items()}


class _Assets(NamedTuple):
    text: str
    wrong: str


def _assets(text: str, known: Sequence[str]) -> _Assets:
    """Return the assets of a cell as an events table has them, or what is wrong with one."""
    if not text or text in known:
        return _Assets(text, "")
    parts = [part.strip() for part in HARD.split(text) if part and part.strip()]
    words = text.split()
    if len(parts) == 1 and len(words) > 1 and all(TICKER.fullmatch(word) for word in words):
        parts = words
    if not known:
        return _Assets(";".join(dict.fromkeys(parts)), "")
    folded = {asset.casefold(): asset for asset in known}
    taken = [folded.get(part.casefold(), "") for part in parts]
    if "" in taken:
        unknown = parts[taken.index("")]
        hint = nearest(unknown, known)
        return _Assets("", f"{unknown!r} is no asset of the study. {hint} Add [assets.{unknown}]")
    return _Assets(";".join(dict.fromkeys(taken)), "")


def _imported(
    table: Table, rows: list[Made], bad: list[BadRow], notes: Sequence[Understood], wanted: Wanted
) -> Imported:
    """Check every row by the rules of events; order the columns as usual."""
    used = {name for _, cells in rows for name, text in cells.items() if text}
    further = list(dict.fromkeys(n for _, cells in rows for n in cells if n not in COLUMNS))
    needed = ("event_id", "date", "title")
    columns = (*(name for name in COLUMNS if name in used or name in needed), *further)
    sound = []
    for row, cells in rows:
        standard = {name: cells.get(name, "") for name in columns if name in COLUMNS}
        checked = check_row(standard, wanted.timezone)
        if isinstance(checked, list):
            problem = problem_of(table.source, row.line, checked[0])
            bad.append(BadRow(row.line, row.cells, problem))
        else:
            sound.append(Row(row.line, tuple(cells.get(name, "") for name in columns)))
    bad = sorted(bad, key=lambda row: row.line)
    return Imported(table.source, table.header, columns, tuple(sound), tuple(bad), tuple(notes))


def refuse_bad(made: Imported) -> None:
    """Raise an error that lists the rows that were not understood, one problem for each kind.

    Raises
    ------
    CellsError
        When there is one.
    """
    kinds: dict[tuple[str, str, str], list[BadRow]] = {}
    for row in made.bad:
        plain = re.sub(r"'[^']*'|\"[^\"]*\"", "…", row.problem.message)
        kinds.setdefault((row.problem.field, plain, row.problem.cure), []).append(row)
    problems = []
    for (name, _, cure), rows in kinds.items():
        message = rows[0].problem.message
        if len(rows) > 1:
            values = shown(row.problem.message for row in rows)
            lines = lines_text([row.line for row in rows])
            message = f"{len(rows):,} rows ({lines}): {values}"
        value = rows[0].problem.value if len(rows) == 1 else ""
        problems.append(Problem(made.source, rows[0].line, name, value, message, cure))
    if problems:
        raise CellsError(problems)
