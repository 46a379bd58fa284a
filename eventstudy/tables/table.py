"""Any file as a table of text: a header, rows with their lines, and what was understood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from eventstudy.errors import lines_text
from eventstudy.files import FileKindError, read_file_bytes
from eventstudy.tables.cell_kinds import is_date, is_value
from eventstudy.tables.columns import Column
from eventstudy.tables.delimited import DELIMITERS, Cut, Row, cut
from eventstudy.tables.encodings import decoded
from eventstudy.tables.footers import without_footer
from eventstudy.tables.headers import event_column, price_column
from eventstudy.tables.pages import refuse_page_rows
from eventstudy.tables.understood import CellsError, TableError, Understood, option_line, shown
from eventstudy.tables.workbooks import WEB_PAGE, kind_of, read_workbook
from eventstudy.words.numbers import plural


@dataclass(frozen=True)
class Form:
    """What a user says of a file; what is empty is worked out, and said.

    Parameters
    ----------
    delimiter, decimal, date_format, encoding : str
        How a text is written.
    sheet : str
        Name of the sheet of a workbook.
    header : str
        Number of the line that names the columns.
    footer : str
        How many rows below the table are none of its.
    missing : str
        Texts that say that there is nothing, with semicolons between them.
    thousands : str
        Mark between thousands, or ``"none"``.
    order : str
        ``"newest-first"`` or ``"oldest-first"``.
    """

    delimiter: str = ""
    decimal: str = ""
    thousands: str = ""
    date_format: str = ""
    encoding: str = ""
    sheet: str = ""
    header: str = ""
    footer: str = ""
    missing: str = ""
    order: str = ""

    @classmethod
    def of(cls, options: Mapping[str, object]) -> Form:
        """Return the form that options of a request name."""
        return cls(**{name: str(options[name]) for name in OPTIONS if options.get(name)})


OPTIONS = tuple(each.name for each in fields(Form))
"""What can be said of a file in place of what is worked out."""


@dataclass(frozen=True)
class Table:
    """A table of text.

    Parameters
    ----------
    source : str
        Path of the file.
    header : tuple of str
        Names of the columns.
    line : int
        Line (of a sheet: row) of the header.
    rows : tuple of Row
        Its rows, each with as many cells as the header.
    above : tuple of Row
        Rows above the header.
    notes : tuple of Understood
        What was understood so far.
    unit : {"line", "row"}
        What the numbers of rows count.
    form : Form
        How it is written, as far as that was said.
    """

    source: str
    header: tuple[str, ...]
    line: int
    rows: tuple[Row, ...]
    above: tuple[Row, ...] = ()
    notes: tuple[Understood, ...] = ()
    unit: str = "line"
    form: Form = field(default_factory=Form)

    def column(self, position: int) -> Column:
        """Return a column with its cells and their lines."""
        cells = [(row.line, row.cells[position]) for row in self.rows]
        return Column(self.source, self.header[position], cells)

    def noting(self, *notes: Understood) -> Table:
        """Return the same with more that was understood."""
        return replace(self, notes=(*self.notes, *notes))


def read_table(path: str | Path, form: Form | None = None) -> Table:
    """Read a file into a table of text.

    Parameters
    ----------
    path : str or Path
        Delimited text in any encoding, a workbook (``.xlsx``, ``.xls``, ``.ods``), Parquet,
        Stata or JSON.
    form : Form, optional
        What is known of it.

    Returns
    -------
    Table

    Raises
    ------
    TableError
        When it cannot be read, or in two ways.
    OSError
        When there is no such file.
    """
    try:
        content = read_file_bytes(path)
    except FileKindError as error:
        raise CellsError(error.problems) from None
    return table_of(Path(path), content, form or Form())


def table_of(path: Path, content: bytes, form: Form) -> Table:
    """Return the table that a content holds; arguments as those of `read_table`."""
    source = str(path)
    kind = kind_of(path, content)
    if kind == WEB_PAGE:
        cure = "Save the table as CSV or as a workbook."
        raise TableError.of(source, "is a web page or XML, not a table", cure)
    if kind:
        sheet = read_workbook(source, content, kind, form.sheet)
        dotted = replace(form, decimal=form.decimal or ".")
        unit = "line" if kind == ".jsonl" else "row"
        return _framed(Table(source, (), 0, tuple(sheet.rows), (), sheet.notes, unit, dotted))
    text = decoded(source, content, form.encoding)
    if form.delimiter and form.delimiter not in DELIMITERS:
        listed = " or ".join(option_line("delimiter", mark) for mark in DELIMITERS)
        raise TableError.of(source, "is no delimiter", f"Write {listed}.", value=form.delimiter)
    parts = cut(source, text.text, form.delimiter)
    _refuse_delimiter(source, text.text, form.delimiter, parts)
    if form.encoding == "" and "\x00" in text.text:
        raise TableError.of(source, "holds NUL characters", "Give a text or a workbook.")
    form = replace(form, delimiter=parts.delimiter)
    rows, notes = tuple(parts.rows), (*text.notes, *parts.notes)
    return _framed(Table(source, (), 0, rows, (), notes, "line", form))


def _refuse_delimiter(source: str, text: str, delimiter: str, parts: Cut) -> None:
    """Raise an error when a delimiter that is given cuts nothing, and another one does."""
    if delimiter and all(len(row.cells) == 1 for row in parts.rows):
        better = cut(source, text)
        if better.delimiter != delimiter and any(len(row.cells) > 1 for row in better.rows):
            line = parts.rows[0].line
            message = f"cells are separated by {DELIMITERS[better.delimiter]}, not by it"
            cure = f"Write {option_line('delimiter', better.delimiter)}."
            raise TableError.of(source, message, cure, line, field="delimiter", value=delimiter)


def _framed(table: Table) -> Table:
    """Find the header; tell rows above it and below the table from the table itself."""
    rows = table.rows
    if not rows:
        cure = "Give a file that holds a table."
        raise CellsError.of(table.source, "the file is empty", cure)
    position = _header_at(table)
    header = _names(rows, position)
    while (
        header
        and not header[-1]
        and all(len(r.cells) < len(header) or not r.cells[-1] for r in rows[position + 1 :])
    ):
        width = len(header) - 1
        header = header[:-1]
        rows = tuple(
            Row(r.line, r.cells[:width] if len(r.cells) == width + 1 else r.cells) for r in rows
        )
    above, below = rows[: position - _stacked(rows, position + 1)], rows[position + 1 :]
    body, footer = _parted(table, below, len(header))
    framed = replace(table, header=header, line=rows[position].line, rows=body, above=above)
    notes = []
    if above:
        text = f"the header is {table.unit} {framed.line}; above it {_examples(table, above)}"
        notes.append(Understood("header", text, option_line("header", str(framed.line))))
    if footer:
        text = f"below the table {_examples(table, footer)} left out"
        notes.append(Understood("footer", text, option_line("footer", str(len(footer)))))
    return _emptied(_even(framed.noting(*notes)))


def _examples(table: Table, rows: Sequence[Row]) -> str:
    """Return which rows these are, and three of them."""
    lines = lines_text([row.line for row in rows], table.unit)
    return f"{lines} ({shown(' '.join(filter(None, row.cells)) for row in rows)})"


def _parted(
    table: Table, below: Sequence[Row], width: int
) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """Part what is below the header into the table and the rows below it."""
    if not table.form.footer:
        body, footer = without_footer(below, width)
        refuse_page_rows(table.source, footer, len(body))
        return body, footer
    if not table.form.footer.isdecimal() or int(table.form.footer) > len(below):
        message = "is not how many rows are below the table"
        cure = "Leave the option footer out: rows below the table are told from it, and said."
        raise TableError.of(table.source, message, cure, field="footer", value=table.form.footer)
    end = len(below) - int(table.form.footer)
    return tuple(below[:end]), tuple(below[end:])


def _emptied(table: Table) -> Table:
    """Empty the cells that say that there is nothing, as the user says."""
    marks = {mark.strip().casefold() for mark in table.form.missing.split(";") if mark.strip()}
    if not marks:
        return table
    count = sum(cell.casefold() in marks for row in table.rows for cell in row.cells)
    rows = tuple(
        Row(row.line, tuple("" if cell.casefold() in marks else cell for cell in row.cells))
        for row in table.rows
    )
    noun = plural(count, "cell holds", "cells hold")
    note = Understood("missing", f"{noun} nothing, as missing says")
    return replace(table, rows=rows).noting(note)


def _header_at(table: Table) -> int:
    """Return the place of the header: the last row of names above the first row of values."""
    rows = table.rows
    if table.form.header:
        wanted = table.form.header
        position = [place for place, row in enumerate(rows) if str(row.line) == wanted]
        if not position:
            message = f"there is nothing on this {table.unit}"
            raise TableError.of(table.source, message, 'Write such as header = "3".', value=wanted)
        return position[0]
    first = _first_dated(rows)
    if first < len(rows) and _stacked(rows, first):
        return first - 1
    names = [position for position in range(first) if not any(map(is_value, rows[position].cells))]
    if names:
        return _likeliest(rows, names)
    if first < len(rows):
        cells = shown([" ".join(rows[0].cells)])
        message = f"the table has no header: {table.unit} {rows[0].line} holds {cells}"
        cure = "Write a first line with the names of the columns, such as: date,close"
        raise TableError.of(table.source, message, cure, rows[0].line)
    return 0


def _likeliest(rows: Sequence[Row], names: Sequence[int]) -> int:
    """Return which row of words is the header: most known names, the widest, the first."""

    def known(position: int) -> tuple[int, int]:
        cells = [cell for cell in rows[position].cells if cell]
        return sum(bool(event_column(cell) or price_column(cell)) for cell in cells), len(cells)

    return min(names, key=lambda position: (*(-count for count in known(position)), position))


def _first_dated(rows: Sequence[Row]) -> int:
    """Return the place of the first row of the table: its date stands in the column of dates."""
    counts: Counter[int] = Counter()
    for row in rows:
        counts.update(position for position, cell in enumerate(row.cells) if is_date(cell))
    if counts:
        position = min(counts, key=lambda place: (-counts[place], place))
        dated = (
            p
            for p, row in enumerate(rows)
            if position < len(row.cells) and is_date(row.cells[position])
        )
        return next(dated)
    return next((p for p, row in enumerate(rows) if p and any(map(is_value, row.cells))), len(rows))


def _stacked(rows: Sequence[Row], first: int) -> int:
    """Return how many rows above a lone name of dates name the other columns (yfinance: two)."""
    if first >= len(rows):
        return 0
    lone, width = rows[first - 1].cells, len(rows[first].cells)
    if first < 2 or not lone[0] or any(lone[1:]) or len(lone) != width:
        return 0
    above = [row for row in rows[max(0, first - 3) : first - 1] if len(row.cells) == width]
    return len(above) if above and all(all(row.cells[1:]) for row in above) else 0


def _names(rows: Sequence[Row], position: int) -> tuple[str, ...]:
    """Return the names of the columns; of a header of three rows both parts of each."""
    count = _stacked(rows, position + 1)
    if not count:
        return rows[position].cells
    parts = [row.cells[1:] for row in rows[position - count : position]]
    named = (" ".join(filter(None, names)) for names in zip(*parts, strict=True))
    return rows[position].cells[0], *named


def _even(table: Table) -> Table:
    """Give every row as many cells as the header; refuse rows that have more."""
    width, source = len(table.header), table.source
    wide = [row for row in table.rows if any(row.cells[width:])]
    short = [row for row in table.rows if len(row.cells) < width]
    if wide:
        raise _too_wide(table, wide)
    if short and table.unit == "line":
        lines = [row.line for row in short]
        if len({len(row.cells) for row in short}) > 1 or len(short) < len(table.rows):
            noun = plural(len(short), "row has", "rows have")
            message = f"{noun} fewer cells than the header, which has {width} ({lines_text(lines)})"
            cure = "Add the missing delimiters; empty cells need theirs too."
            raise CellsError.of(source, message, cure, lines[0])
    rows = tuple(
        Row(row.line, (*row.cells, *[""] * (width - len(row.cells)))[:width]) for row in table.rows
    )
    return replace(table, rows=rows)


def _too_wide(table: Table, wide: Sequence[Row]) -> TableError:
    """Say that rows have too many cells; of a comma of decimals between commas, what it is."""
    width, lines = len(table.header), [row.line for row in wide]
    example = wide[0]
    mark = table.form.delimiter
    counts = f"{len(wide[0].cells)} cells where the header has {width}"
    often = mark == "," and len(wide) >= 0.5 * len(table.rows)
    if often and all(_split_number(r) for r in wide[:100]):
        message = (
            f"{len(wide):,} rows ({lines_text(lines)}) have {counts}: the numbers are written "
            f"with a decimal comma in a file that commas separate (line {example.line}: "
            f"{mark.join(example.cells)[:60]})"
        )
        first, second = option_line("delimiter", ";"), option_line("decimal", ",")
        cure = f"Save it with semicolons between cells, then {first} and {second}."
        return TableError.of(table.source, message, cure, lines[0])
    noun = plural(len(wide), "row has", "rows have")
    message = f"{noun} {counts} ({lines_text(lines)}: {mark.join(example.cells)[:60]})"
    cure = "Put quotation marks around text that contains the delimiter, and remove notes."
    return CellsError.of(table.source, message, cure, lines[0])


def _split_number(row: Row) -> bool:
    return any(
        one.lstrip("-").isdecimal() and two.isdecimal()
        for one, two in zip(row.cells, row.cells[1:], strict=False)
    )
