"""One series of prices out of any table: which columns, which rows, which dates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from eventstudy.errors import nearest
from eventstudy.prices.sources.price_rows import refuse_order, refuse_repeated, said_of_rows
from eventstudy.prices.sources.returns_read import (
    KINDS,
    as_index,
    refuse_growth,
    refuse_no_prices,
    weekend_rows,
)
from eventstudy.tables.cell_kinds import is_date, is_number
from eventstudy.tables.dates import date_column
from eventstudy.tables.headers import folded, price_column
from eventstudy.tables.numbers import THOUSANDS, NumberForm, number_column, number_form, pooled
from eventstudy.tables.pages import full_page
from eventstudy.tables.table import Form, Table, read_table
from eventstudy.tables.understood import TableError, Understood, option_line, shown
from eventstudy.words.numbers import plural

APART = 0.0005
"""Difference of daily changes, as a fraction, from which two columns of closes differ."""
WEAK = ("value", "price", "last", "index_value", "obs_value", "legalcloseprice", "marketprice")
"""Names of prices that give way to a column that is named a close."""


class FileSeries(NamedTuple):
    """A series that was read from a table, and what was understood of it."""

    prices: pd.Series[float]
    notes: tuple[Understood, ...]


def read_series(path: Path, symbol: str, options: Mapping[str, object]) -> FileSeries:
    """Return one series of prices of a file.

    Parameters
    ----------
    path : Path
        The file.
    symbol : str
        Name of the column, or of the rows of a long table, where the file has several.
    options : mapping
        As those of `eventstudy.prices.sources.csv_file.CsvFile.load`.

    Returns
    -------
    FileSeries

    Raises
    ------
    TableError
        When the file cannot be read, or in two ways; every problem has the line to write.
    """
    table = read_table(path, Form.of(options))
    kind = str(options.get("kind", ""))
    if kind not in ("", *KINDS):
        lines = " or ".join(option_line("kind", known) for known in KINDS)
        raise _problem(table, "is no kind of series", f"Write {lines}.", "kind", kind)
    days_at = dates_at(table, str(options.get("date_column", "")))
    table = _of_ticker(table, days_at, str(options.get("ticker", "")), symbol)
    position, notes = _prices_at(table, days_at, str(options.get("column", "")), symbol, kind)
    table = table.noting(*notes)
    dates = date_column(table.column(days_at), table.form.date_format)
    form = _number_form(table, position, days_at)
    numbers = number_column(table.column(position), form)
    notes = (*table.notes, *dates.notes, *numbers.notes, *said_of_rows(dates))
    notes = (*notes, *full_page(table.header, len(table.rows)))
    refuse_order(table, dates, days_at)
    refuse_repeated(table, dates, days_at)
    days = [day for day in dates.dates if day]
    values = [v for v, day in zip(numbers.values, dates.dates, strict=True) if day]
    series = pd.Series(values, index=pd.DatetimeIndex(days), dtype=float).sort_index()
    lines = pd.Series([r.line for r in table.rows], index=pd.DatetimeIndex(dates.dates))
    series, said = weekend_rows(series, str(options.get("weekends", "")), kind)
    if kind.endswith("returns"):
        made, told = as_index(table.source, series, kind, percent=numbers.percent)
        return FileSeries(made, (*notes, *said, *told))
    refuse_no_prices(table, series, lines, position)
    if kind != "prices":
        refuse_growth(table.source, table.header[position], series)
    return FileSeries(series.dropna(), (*notes, *said))


def _problem(table: Table, message: str, cure: str, field: str = "", value: str = "") -> TableError:
    return TableError.of(table.source, message, cure, table.line or None, field=field, value=value)


def _named(table: Table, name: str, option: str) -> int:
    """Return the place of a column that an option names."""
    names, wanted = [*table.header], name
    if name not in names:
        names, wanted = [column.casefold() for column in names], name.casefold()
    places = [position for position, column in enumerate(names) if column == wanted]
    if len(places) == 1:
        return places[0]
    message = "occurs more than once" if places else "there is no such column"
    raise _problem(table, message, nearest(name, table.header), option, name)


def _meaning(table: Table, kind: str) -> list[int]:
    """Return the places of the columns that hold a kind by their names."""
    return [at for at, name in enumerate(table.header) if price_column(name) == kind]


def dates_at(table: Table, name: str) -> int:
    """Return the place of the column of dates."""
    if name:
        return _named(table, name, "date_column")
    by_name = _meaning(table, "date")
    every = range(len(table.header))
    dated = [position for position in every if table.column(position).share(is_date) >= 0.5]
    both = [position for position in by_name if position in dated] or by_name or dated
    plain = [
        position for position in both if folded(table.header[position]) in ("date", "datum", "дата")
    ]
    both = plain if len(plain) == 1 else both
    if len(both) == 1:
        return both[0]
    if len(both) > 1:
        lines = " or ".join(option_line("date_column", table.header[position]) for position in both)
        raise _problem(table, f"{len(both)} columns hold dates", f"Write {lines}.")
    cells = shown(table.header)
    cure = 'Name it with date_column = "...", and write days as 2022-01-13.'
    raise _problem(table, f"no column of dates was found among {cells}", cure)


def _of_ticker(table: Table, days_at: int, ticker: str, symbol: str) -> Table:
    """Return the rows of one instrument of a long table."""
    places = [position for position in _meaning(table, "symbol") if position != days_at]
    kinds = {at: list(dict.fromkeys(table.column(at).texts)) for at in places}
    days = Counter(table.column(days_at).texts)
    repeated = any(count > 1 for count in days.values())
    for position in places:
        names = kinds[position]
        wanted = ticker or (symbol if symbol in names else "")
        each = [wanted] if wanted in names else [name.strip() for name in wanted.split(";")]
        if set(each) <= set(names) and (ticker or len(names) > 1):
            rows = tuple(row for row in table.rows if row.cells[position] in each)
            name = table.header[position]
            text = f"{len(rows):,} of {len(table.rows):,} rows are of {wanted} ({name})"
            option = option_line("ticker", wanted)
            return replace(table, rows=rows).noting(Understood("ticker", text, option))
    if ticker:
        known = [name for names in kinds.values() for name in names]
        raise _problem(table, "no row has this ticker", nearest(ticker, known), "ticker", ticker)
    several = [position for position in places if len(kinds[position]) > 1]
    if several:
        names = kinds[several[0]]
        lines = " or ".join(option_line("ticker", name) for name in names[:3])
        if not repeated:
            joined = option_line("ticker", "; ".join(names[:3]))
            lines += f"; or {joined} when they are one series under several names"
        count = f"{table.header[several[0]]} has {len(names):,} different names"
        raise _problem(table, f"the table holds several series: {count}", f"Write {lines}.")
    return table


def _kinds(table: Table) -> list[str]:
    """Return what each column holds, by its name or by the first word of it that tells."""
    return [
        price_column(name) or next(filter(None, map(price_column, name.split())), "")
        for name in table.header
    ]


def _likeliest(header: Sequence[str], places: list[int], wanted: str) -> list[int]:
    """Return those of some columns whose names say most plainly what is wanted."""
    names = {place: header[place].casefold().strip("<>") for place in places}
    strong = [place for place, name in names.items() if name not in WEAK] or places
    first = [place for place in strong if names[place].split()[:1] == [wanted]]
    return first if len(strong) > 1 and len(first) == 1 else strong


def _prices_at(
    table: Table, days_at: int, column: str, symbol: str, kind: str
) -> tuple[int, tuple[Understood, ...]]:
    """Return the place of the column of prices, and what is to be said of it."""
    if column:
        return _named(table, column, "column"), ()
    kinds, header = _kinds(table), table.header
    others = [position for position in range(len(header)) if position != days_at]
    exact = [position for position in others if header[position].casefold() == symbol.casefold()]
    if len(exact) == 1:
        return exact[0], _column_said(header[exact[0]])
    of_symbol = (at for at in others if symbol.casefold() in header[at].casefold().split())
    others = list(of_symbol) or others
    wanted = "return" if kind.endswith("returns") else "close"
    right = _likeliest(header, [at for at in others if kinds[at] == wanted], wanted)
    adjusted = [position for position in others if kinds[position] == "adjusted"]
    if len(right) == 1 and adjusted and wanted == "close":
        return right[0], (adjusted_note(table, right[0], adjusted[0]),)
    if len(right) == 1:
        return right[0], _column_said(header[right[0]]) if len(others) > 1 else ()
    if not right and len(adjusted) == 1:
        return adjusted[0], _column_said(header[adjusted[0]])
    numeric = [
        position
        for position in others
        if kinds[position] not in ("symbol", "time")
        and table.column(position).share(is_number) >= 0.5
    ]
    if not right and len(numeric) == 1:
        return numeric[0], _column_said(header[numeric[0]]) if len(others) > 1 else ()
    raise _no_column(table, right or numeric, kind)


def _no_column(table: Table, places: Sequence[int], kind: str) -> TableError:
    if not places:
        names = shown(table.header)
        what = "returns" if kind.endswith("returns") else "prices"
        cure = 'Name the column with column = "...".'
        return _problem(table, f"no column of {what} was found among {names}", cure)
    names = ", ".join(table.header[position] for position in places[:12])
    such = option_line("column", table.header[places[0]])
    cure = f'Name one with column = "...": {names}; such as {such}.'
    return _problem(table, "it is not clear which column holds the prices", cure)


def _column_said(name: str) -> tuple[Understood, ...]:
    return (Understood("column", f"the column {name!r} is read", option_line("column", name)),)


def adjusted_note(table: Table, close: int, adjusted: int) -> Understood:
    """Say that unadjusted closes are used, and on how many days adjusted ones moved otherwise."""
    names = table.header[close], table.header[adjusted]
    text = f"{names[0]!r} is used, not {names[1]!r}"
    try:
        apart = _changes_apart(table, close, adjusted)
    except TableError:
        return Understood("column", text, option_line("column", names[0]))
    if len(apart):
        days = plural(len(apart), "day")
        most = f"{apart.max():.1%} ({apart.idxmax():%Y-%m-%d})"
        text += f": their changes differ on {days}, most by {most}"
    else:
        text += ": their daily changes are the same"
    return Understood("column", text, option_line("column", names[0]))


def _changes_apart(table: Table, close: int, adjusted: int) -> pd.Series[float]:
    """Return by how much the daily changes of two columns differ, on the days on which they do."""
    days_at = dates_at(table, "")
    dates = date_column(table.column(days_at), table.form.date_format).dates
    changes = []
    for position in (close, adjusted):
        form = _number_form(table, position, days_at)
        numbers = number_column(table.column(position), form)[0]
        series = pd.Series(numbers, index=pd.DatetimeIndex(dates), dtype=float)
        changes.append(series.sort_index().pct_change(fill_method=None))
    apart = (changes[0] - changes[1]).abs()
    return apart[apart > APART]


def closes_apart(path: Path, options: Mapping[str, object]) -> pd.Series[float] | None:
    """Return on which days adjusted closes of a file moved otherwise than those that are used.

    Parameters
    ----------
    path : Path
        The file.
    options : mapping
        What the user says of it.

    Returns
    -------
    Series or None
        Differences of daily changes as fractions, by session; None when the file has no adjusted
        closes beside those that are used, or cannot be read.
    """
    try:
        table = read_table(path, Form.of(options))
        kinds = _kinds(table)
        if kinds.count("adjusted") != 1:
            return None
        days_at = dates_at(table, str(options.get("date_column", "")))
        column = str(options.get("column", ""))
        close, _ = _prices_at(table, days_at, column, "", str(options.get("kind", "")))
        adjusted = kinds.index("adjusted")
        return None if close == adjusted else _changes_apart(table, close, adjusted)
    except (TableError, OSError):
        return None


def _number_form(table: Table, position: int, days_at: int) -> NumberForm:
    """Return how numbers are written: proved by the column, else by all of the table."""
    decimal = table.form.decimal
    thousands = table.form.thousands
    if thousands not in ("", *THOUSANDS) or thousands == decimal != "":
        cure = "Leave the option thousands out: marks are worked out, and said."
        raise _problem(table, "cannot stand between thousands", cure, "thousands", thousands)
    if not decimal and thousands in (".", ","):
        decimal = "," if thousands == "." else "."
    return _proved_form(table, position, days_at, decimal)._replace(thousands=thousands)


def _proved_form(table: Table, position: int, days_at: int, decimal: str) -> NumberForm:
    """Return how numbers are written, without the mark of thousands."""
    column = table.column(position)
    try:
        return number_form(column, decimal)
    except TableError as error:
        others = [place for place in range(len(table.header)) if place not in (position, days_at)]
        try:
            form = number_form(column.of(pooled(table.rows, others)))
        except TableError:
            raise error from None
        if form.proof is None:
            raise
        return form
