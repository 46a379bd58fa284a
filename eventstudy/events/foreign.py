"""Events out of a list that others keep, and what is said of an events file in another form."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from eventstudy.errors import EventsError, InputError, Problem, lines_text
from eventstudy.events.cells import COLUMNS
from eventstudy.events.csv_table import PlainRecord, Record, Table, csv_line, header_of
from eventstudy.events.import_columns import STAMPS, proposals
from eventstudy.events.importing import Imported, Wanted, list_of, read_list, refuse_bad
from eventstudy.files import FileKindError, read_file_bytes
from eventstudy.parsing import packaged_toml
from eventstudy.tables.columns import Column
from eventstudy.tables.dates import date_column
from eventstudy.tables.headers import event_column, same_name
from eventstudy.tables.table import Form, read_table
from eventstudy.tables.table import Table as TextTable
from eventstudy.tables.understood import CellsError, TableError, Understood, shown, toml_text
from eventstudy.tables.workbooks import kind_of

FEWEST = 2
"""Dates or times in another manner that are told as one, when most of the rows have them."""
NEEDED = ("event_id", "date", "title")
MEANT: dict[str, str] = packaged_toml("tables/words.toml")["attributes"]
"""Names that mean a standard column and would be an attribute only by accident."""


def list_table(path: str | Path, wanted: Wanted) -> tuple[Table, tuple[str, ...]]:
    """Read a list of others as an events table.

    Parameters
    ----------
    path : str or Path
        The list.
    wanted : Wanted
        What the study says of it.

    Returns
    -------
    Table
        As `eventstudy.events.csv_table.split` cuts it from a file.
    tuple of str
        What was understood, in sentences.

    Raises
    ------
    EventsError
        When it cannot be read, or rows were not understood.
    """
    try:
        made = read_list(path, wanted)
        refuse_bad(made)
    except InputError as error:
        raise EventsError(error.problems) from None
    except OSError as error:
        cure = "Check the path; it counts from the folder of the study."
        reason = error.strerror or str(error)
        raise EventsError.of(str(path), reason, cure) from None
    return as_table(made), tuple(map(str, made.notes))


def as_table(made: Imported) -> Table:
    """Return an imported list as a table that is checked as an events file is."""
    head = csv_line(made.columns)
    rows = [PlainRecord(row.line, row.cells) for row in made.rows]
    return Table(made.source, head, Record(1, made.columns, head), rows, [])


def otherwise(path: str | Path, timezone: str, error: EventsError) -> tuple[Table, tuple[str, ...]]:
    """Read an events file that is in another form than the plain one, or say what it is.

    Another form is another delimiter or encoding, a line ``sep=;``, rows above the header, or
    names of columns that differ by case, blanks or plural only. What only `eventstudy import`
    may decide (ids, which column is which) is an error with the lines to write.

    Parameters
    ----------
    path : str or Path
        The file.
    timezone : str
        Zone of rows that name none.
    error : EventsError
        What is wrong with it as a plain file, which is raised when it is one.

    Raises
    ------
    EventsError
        When it is a plain file with faults, or not clear.
    """
    try:
        table = read_table(path, Form())
    except TableError as unclear:
        if _no_text(path):
            raise EventsError(_for_events(str(path), unclear)) from None
        raise error from None
    except OSError:
        raise error from None
    plain = _plain(table)
    blanks: tuple[Understood, ...] = ()
    if plain and _blanks_between(table, path):
        text = "blanks around names of columns and cells are left out"
        plain, blanks = False, (Understood("columns", text),)
    if plain:
        try:
            told = _of_one_form(table, error)
        except CellsError:
            raise error from None
        except TableError as unclear:
            raise EventsError(_for_events(table.source, unclear)) from None
        raise EventsError(told) if told else error
    wanted = Wanted(timezone=timezone)
    names = {same_name(name, COLUMNS): name for name in table.header}
    if lacking := [name for name in NEEDED if name not in names]:
        raise EventsError([_foreign(table, lacking)]) from None
    try:
        made = list_of(table, wanted)
        refuse_bad(made)
    except TableError as told:
        raise EventsError(told.problems) from None
    return as_table(made), tuple(map(str, (*made.notes, *blanks, *_renamed(table))))


def _blanks_between(table: TextTable, path: str | Path) -> bool:
    """Whether names of columns have blanks around them, which the cells below may have too."""
    raw = header_of(path)
    return raw != table.header and tuple(name.strip() for name in raw) == table.header


def _no_text(path: str | Path) -> bool:
    """Whether a file is a workbook, JSON or a web page, so that its faults are none of a CSV."""
    try:
        return bool(kind_of(Path(path), read_file_bytes(path)))
    except (FileKindError, OSError):
        return False


def _for_events(source: str, error: TableError) -> list[Problem]:
    """Return problems whose option belongs in the table [events]."""
    path = toml_text(Path(source).name)
    option = re.compile(r'\b(\w+ = "(?:[^"\\]|\\.)*")')
    whole = f"events = {{{{ path = {path}, {{}} }}}}"
    return [
        replace(problem, cure=option.sub(lambda match: whole.format(match[1]), problem.cure))
        for problem in error.problems
    ]


def _plain(table: TextTable) -> bool:
    """Whether a file is in the plain form, so that its faults are those of cells."""
    header = table.header
    named = all(name in COLUMNS or not _meaning(name) for name in header)
    needed = all(name in header for name in NEEDED)
    other = {note.about for note in table.notes} & {"encoding", "delimiter", "header", "sheet"}
    return table.form.delimiter == "," and not other and (needed or named)


def _meaning(name: str) -> str:
    return same_name(name, COLUMNS) or event_column(name)


def _renamed(table: TextTable) -> list[Understood]:
    pairs = [
        f"{name!r} is taken for {standard}"
        for name in table.header
        if (standard := same_name(name, COLUMNS)) and standard != name
    ]
    return [Understood("columns", f"columns: {', '.join(pairs)}")] if pairs else []


def _foreign(table: TextTable, lacking: list[str]) -> Problem:
    """Say what a list is whose columns have other names, and the lines that have it read."""
    proposed = proposals(table, set())
    pairs = {name: table.header[position] for name, position in proposed.items()}
    if STAMPS in pairs and "date" not in pairs:
        pairs = {"date": pairs.pop(STAMPS), **pairs}
    meant = ", ".join(f"{column} is {name}" for name, column in pairs.items()) or "none is known"
    told = [str(note) for note in table.notes]
    message = f"the file has no column {' and no column '.join(lacking)}; by their names: {meant}"
    message += f". {' '.join(told)}" if told else ""
    still = [name for name in ("date", "title") if name not in pairs]
    flags = "".join(f' --{name} "COLUMN"' for name in still)
    columns = ", ".join(
        f"{name} = {toml_text(column)}" for name, column in pairs.items() if name != column
    )
    columns += "".join(f', {name} = "COLUMN"' for name in still)
    cure = (
        f"Run `eventstudy import {shlex.quote(table.source)}{flags} --link`, which has the study "
        "read it as it is (event_id: a short name for each row, such as fomc-2022-01-26, is made; "
        f"title: what was said); or write in study.toml: {_inline(table, columns)}"
    )
    return Problem(table.source, table.line, "", "", message.rstrip("."), f"{cure}.")


def _inline(table: TextTable, columns: str, *lines: str) -> str:
    """Return the table [events] on one line."""
    parts = [f"path = {toml_text(Path(table.source).name)}"]
    parts += [f"columns = {{ {columns} }}"] if columns else []
    return f"events = {{ {', '.join((*parts, *lines))} }}"


def _of_one_form(table: TextTable, error: EventsError) -> list[Problem]:
    """Return one problem for dates, and one for times, that are all written in another manner."""
    rows = len(table.rows)
    counts = Counter(problem.field for problem in error.problems)
    if not counts or set(counts) - {"date", "time"} or "date" not in table.header:
        return []
    if min(counts.values()) < max(FEWEST, rows / 2):
        return []
    dates = table.column(table.header.index("date"))
    lines = tuple(option for option in (_dates_told(dates).option,) if option)
    whole = _inline(table, "", *(lines if "date" in counts else ()))
    cure = f"Write in study.toml: {whole}."
    problems: list[Problem] = []
    for name in counts:
        position = table.header.index(name)
        bad = table.column(position).only(bool)
        message = f"{counts[name]:,} {name}s like {shown(bad.texts)}"
        if name == "date":
            message += f": {_dates_told(dates).text}"
        else:
            message += f" ({lines_text([line for line, _ in bad.cells])}) are not written as HH:MM"
        problems.append(bad.problem(message, cure))
        cure = "The same line reads them."
    return problems


def _dates_told(dates: Column) -> Understood:
    """Return what is understood of the dates of a plain file.

    Raises
    ------
    TableError
        When they have two readings, or none.
    """
    notes = date_column(dates).notes
    return notes[0] if notes else Understood("date_format", "they have one reading each")


def refuse_synonyms(source: str, line: int, names: tuple[str, ...]) -> list[Problem]:
    """Return a problem for each column that means a standard one and would be an attribute."""
    problems = []
    for name in names:
        plain = name.strip().casefold().replace(" ", "_").replace("-", "_")
        for standard, others in MEANT.items():
            if plain in others.split() and standard not in names:
                message = f"this column means {standard}, and would be kept as an attribute"
                cure = f"Rename it to {standard}."
                problems.append(Problem(source, line, name, "", message, cure))
    return problems


def wanted_of(table: Mapping[str, object], timezone: str, assets: tuple[str, ...]) -> Wanted:
    """Return what the table [events] of a study file says of a list."""
    tags = table.get("tags", ())
    listed = tuple(map(str, tags)) if isinstance(tags, list | tuple) else (str(tags),)
    columns, fixed = _texts(table.get("columns")), _texts(table.get("fixed"))
    zone = str(table.get("timezone", "")) or timezone
    return Wanted(columns, Form.of(table), zone, listed, assets, fixed)


def _texts(table: object) -> dict[str, str]:
    """Return a table of a study file as texts."""
    return {str(k): str(v) for k, v in table.items()} if isinstance(table, Mapping) else {}
