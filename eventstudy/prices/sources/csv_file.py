"""Prices in the user's own CSV files."""

from __future__ import annotations

import csv
import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pandas as pd

from eventstudy.errors import (
    MOST_PROBLEMS,
    InvalidArgumentError,
    NoSuchSymbolError,
    PriceDataError,
    PriceError,
    Problem,
    nearest,
    stopped,
)
from eventstudy.files import FileKindError, LinesError, lines_of, read_file_bytes
from eventstudy.prices.clock import Clock
from eventstudy.prices.frames import ISO_DATE
from eventstudy.prices.source import PriceSeries
from eventstudy.prices.sources.any_form import FOREIGN, series_of

_TEXT_OPTIONS = (
    *("path", "date_column", "column", "clock", "delimiter", "decimal", "quote", "attribution"),
    *FOREIGN,
)
_DELIMITERS = {";": '";"', "\t": r'"\t" (a tab)', "|": '"|"', ",": '","'}
Records = Iterator[tuple[int, list[str]]]
"""The records of a file, each with the line on which it starts."""
YEARS = (1600, 2200)
"""First and last year that a date may have."""
_STEM = re.compile(r"[A-Za-z0-9_^=][A-Za-z0-9_^=.-]*")
_DATE_COLUMN = "date"
_PRICE_COLUMN = "close"


class CsvFile:
    """A file of the user's, or one file of a folder."""

    name = "csv"
    summary = "your own files: CSV, Excel, Parquet, Stata, JSON, exports of data vendors"
    examples: tuple[str, ...] = ("prices.csv",)
    options: tuple[str, ...] = (*_TEXT_OPTIONS, "ended", "folder")

    def load(self, symbol: str, options: Mapping[str, object]) -> PriceSeries:
        """Return the prices of a file.

        Parameters
        ----------
        symbol : str
            Path of the file; or, when the option ``path`` is a folder, the name of a file in
            it without ``.csv``.
        options : mapping
            ``path`` of the file or folder; ``date_column`` (default: "date", else the first);
            ``column`` of the prices (default: the only other one, else "close"); ``clock``
            such as "18:50 Europe/Moscow" (default: none, sessions are date labels);
            ``quote`` and ``attribution`` in words; ``ended`` (default false) when no later
            price will come; ``folder`` that a relative path starts from. Of a file that is
            not in the plain form (UTF-8, commas, YYYY-MM-DD, decimal points) these are worked
            out from the whole of it and said in the notes of the series, unless they are
            given: ``delimiter``, ``decimal``, ``encoding``, ``date_format`` as `strptime`
            takes it, ``sheet`` of a workbook, ``header`` (number of its line), ``ticker`` of
            a long table, ``kind`` ("prices", "returns", "percent-returns", "log-returns"),
            ``weekends`` ("keep", "drop", "join").

        Returns
        -------
        PriceSeries
            An empty price cell is a day without a session.

        Raises
        ------
        NoSuchSymbolError
            When there is no such file.
        PriceError
            When it cannot be read.
        PriceDataError
            When it is malformed; every problem is listed with its line.
        UnclearPricesError
            When it can be read in two ways; the text has the lines to write.
        InvalidArgumentError
            When an option cannot be used.
        """
        form = _form(options)
        file = _find(symbol, str(options.get("path", "")), Path(str(options.get("folder", ""))))
        inside = "" if file.symbol == file.shown else file.symbol
        prices, notes = series_of(file.path, inside, options, lambda: _Reader(file.path, form))
        return PriceSeries(
            table=prices.to_frame("close"),
            source=self.name,
            symbol=file.symbol,
            clock=Clock.parse(str(options["clock"])) if options.get("clock") else None,
            quote=str(options.get("quote", "")),
            attribution=str(options.get("attribution", "")) or f"Source: file {file.shown}",
            ended=bool(options.get("ended", False)),
            notes=notes,
        )

    def files(self, symbol: str, options: Mapping[str, object]) -> tuple[Path, ...]:
        """Return the file that a symbol stands for; arguments as those of `load`."""
        folder = Path(str(options.get("folder", "")))
        return (_find(symbol, str(options.get("path", "")), folder).path,)


@dataclass(frozen=True)
class _Form:
    """How a file is written."""

    date_column: str
    column: str
    delimiter: str
    decimal: str


@dataclass(frozen=True)
class _File:
    """A file to read; `symbol` and `shown` never tell where on the machine it lies."""

    path: Path
    symbol: str
    shown: str


def _form(options: Mapping[str, object]) -> _Form:
    for key in _TEXT_OPTIONS:
        if not isinstance(options.get(key, ""), str | Path):
            raise InvalidArgumentError(f"option {key!r} must be text; found {options[key]!r}")
    if not isinstance(options.get("ended", False), bool):
        raise InvalidArgumentError(f"option 'ended' is true or false, not {options['ended']!r}")
    defaults = {"date_column": "", "column": "", "delimiter": ",", "decimal": "."}
    form = _Form(**{key: str(options.get(key, default)) for key, default in defaults.items()})
    if form.delimiter not in _DELIMITERS:
        raise InvalidArgumentError(
            f"option 'delimiter' is {form.delimiter!r}; it must be one of "
            + ", ".join(_DELIMITERS.values())
        )
    if form.decimal not in (".", ","):
        raise InvalidArgumentError(f'option \'decimal\' is {form.decimal!r}, not "." or ","')
    return form


def _find(symbol: str, path: str, folder: Path) -> _File:
    """Return the file that a symbol, or a path and a symbol, stand for."""
    written = path or symbol
    if not written:
        raise InvalidArgumentError('name a file, such as "csv:prices.csv"')
    full = folder / written
    shown = full.name if Path(written).is_absolute() else Path(written).as_posix()
    if full.is_dir():
        return _in_folder(full, symbol if path else "", shown)
    if not full.exists():
        raise _no_file(full.name, full.parent, f"there is no file {full}")
    return _File(full, (symbol if path else "") or shown, shown)


def _in_folder(folder: Path, symbol: str, shown: str) -> _File:
    """Return the file of a symbol in a folder, never one outside it."""
    if not symbol:
        raise InvalidArgumentError(
            f'{shown} is a folder; give it as "path", and as "symbol" the name of a file in it'
        )
    file = folder / f"{symbol}.csv"
    inside = _STEM.fullmatch(symbol) and file.resolve().is_relative_to(folder.resolve())
    if not inside:
        raise NoSuchSymbolError(
            f"{symbol!r} is not the name of a file in {shown}: letters, digits and _ ^ = . - only"
        )
    if not file.exists():
        raise _no_file(symbol, folder, f"there is no file {file}", stems=True)
    return _File(file, symbol, f"{shown}/{file.name}")


def _no_file(name: str, folder: Path, message: str, *, stems: bool = False) -> NoSuchSymbolError:
    there = sorted(folder.glob("*.csv")) if folder.is_dir() else []
    names = [file.stem if stems else file.name for file in there]
    return NoSuchSymbolError(f"{message}. {nearest(name, names)}")


class _Reader:
    """Reads one file and collects what is wrong with it."""

    def __init__(self, path: Path, form: _Form) -> None:
        self.path = path
        self.form = form
        self.problems: list[Problem] = []
        self.structured = False
        self.header: list[str] = []
        self.price_at = 0
        self.seen: list[int] = []
        mark = re.escape(form.decimal)
        self.number = re.compile(
            rf"[+-]?(?:[0-9]+(?:{mark}[0-9]*)?|{mark}[0-9]+)(?:[eE][+-]?[0-9]+)?"
        )

    def report(self, line: int | None, field: str, value: str, message: str, cure: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(str(self.path), line, field, value, message, cure))

    def fail(self, line: int | None, field: str, value: str, message: str, cure: str) -> NoReturn:
        """Raise an error that lists the problems so far and a last one."""
        self.report(line, field, value, message, cure)
        raise PriceDataError.of_file(self.problems)

    def prices(self) -> pd.Series[float]:
        """Return the prices of the file."""
        records = self.records(self.content())
        line, header = next(records, (0, []))
        if not header:
            self.fail(None, "", "", "the file is empty", "Write a header and a line for each day")
        header = [cell.strip() for cell in header]
        day_at, price_at = self.columns(line, header)
        self.structured, self.header, self.price_at = not self.problems, header, price_at
        prices = {} if self.problems else self.rows(records, header, day_at, price_at)
        if self.problems:
            raise PriceDataError.of_file(self.problems)
        if not prices:
            self.fail(None, header[price_at], "", "no price at all", "Add a line for each day")
        days = sorted(prices)
        return pd.Series([prices[day] for day in days], index=pd.DatetimeIndex(days))

    def content(self) -> bytes:
        """Return the content of the file, which is UTF-8."""
        try:
            content = read_file_bytes(self.path)
        except FileKindError as error:
            raise PriceDataError.of_file(error.problems) from error
        except OSError as error:
            raise PriceError(f"{self.path} cannot be read: {error.strerror}") from error
        try:
            content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            self.fail(line, "", "", "not UTF-8 text", "Save the file as UTF-8.")
        return content

    def records(self, content: bytes) -> Records:
        """Yield the records that hold anything, each with the line on which it starts."""
        lines = lines_of(content)
        reader, line = csv.reader(lines, delimiter=self.form.delimiter, strict=True), 1
        try:
            for cells in reader:
                if cells and (cells[0] or any(cell.strip() for cell in cells)):
                    yield line, cells
                line = reader.line_num + 1
        except LinesError as error:
            self.fail(error.line, "", "", error.message, error.cure)
        except csv.Error as error:
            self.fail(line, "", "", f"not CSV: {error}", "Correct the quotation marks.")

    def columns(self, line: int, header: list[str]) -> tuple[int, int]:
        """Return the positions of the date and the price."""
        if any(ISO_DATE.fullmatch(cell) for cell in header):
            cure = "Write a first line such as: date,close"
            self.report(line, "", header[0], "the file has no header", cure)
            return 0, 0
        if len(header) == 1:
            self.one_column(line, header[0])
            return 0, 0
        day_at = self.position(line, header, self.form.date_column, "date_column")
        if day_at is None:
            day_at = _named(header, _DATE_COLUMN, 0)
        price_at = self.position(line, header, self.form.column, "column")
        if price_at is None:
            others = [index for index in range(len(header)) if index != day_at]
            price_at = others[0] if len(others) == 1 else _named(header, _PRICE_COLUMN, -1)
        if self.problems:
            return 0, 0
        if price_at < 0:
            names = ", ".join(name for index, name in enumerate(header) if index != day_at)
            cure = f'Name one with column = "...": {names}'
            self.report(line, "", "", "it is not clear which column holds the prices", cure)
        elif price_at == day_at:
            cure = 'Name another column with column = "..."'
            self.report(line, "", header[day_at], "one column cannot be date and price", cure)
        return day_at, price_at

    def position(self, line: int, header: list[str], wanted: str, option: str) -> int | None:
        """Return the position of a column that an option names; None when it names none."""
        if not wanted:
            return None
        index = header.index(wanted) if wanted in header else _named(header, wanted, -1)
        if header.count(wanted) > 1 or index < 0:
            message = "occurs more than once" if index >= 0 else "there is no such column"
            self.report(line, option, wanted, message, nearest(wanted, header))
            return 0
        return index

    def one_column(self, line: int, header: str) -> None:
        """Report a file that has one column, and the delimiter it may have been written with."""
        likely = [shown for mark, shown in _DELIMITERS.items() if mark in header]
        cure = f"Set delimiter = {likely[0]}." if likely else "Write a line such as: date,close"
        message = "only one column is found with this delimiter"
        self.report(line, "", header, message, cure)

    def rows(
        self, records: Records, header: list[str], day_at: int, price_at: int
    ) -> dict[dt.date, float]:
        """Return the price of every day that has one."""
        prices: dict[dt.date, float] = {}
        lines: dict[dt.date, int] = {}
        for line, cells in records:
            self.seen.append(line)
            if len(self.problems) >= MOST_PROBLEMS:
                self.problems.append(stopped(str(self.path), line))
                break
            if len(cells) != len(header):
                message = f"{len(cells)} cells, but the header has {len(header)}"
                cure = "Quote a cell that contains the delimiter, and remove notes."
                self.report(line, "", self.form.delimiter.join(cells)[:200], message, cure)
                continue
            day = self.day(line, header[day_at], cells[day_at].strip())
            price = self.price(line, header[price_at], cells[price_at].strip())
            if day is None:
                continue
            if day in lines:
                message, cure = f"the date is already on line {lines[day]}", "Keep one price a day."
                self.report(line, header[day_at], str(day), message, cure)
            lines.setdefault(day, line)
            if price is not None:
                prices[day] = price
        return prices

    def day(self, line: int, field: str, text: str) -> dt.date | None:
        """Return a date."""
        try:
            day = dt.date.fromisoformat(text if ISO_DATE.fullmatch(text) else "")
        except ValueError:
            cure = "Write a date that exists as YYYY-MM-DD: 2022-01-13."
            self.report(line, field, text, "not a date" if text else "no date", cure)
            return None
        if YEARS[0] <= day.year <= YEARS[1]:
            return day
        message = f"the year is not within {YEARS[0]} to {YEARS[1]}"
        self.report(line, field, text, message, "Correct the year.")
        return None

    def price(self, line: int, field: str, text: str) -> float | None:
        """Return a price; None when there is none that day."""
        if not text:
            return None
        if not self.number.fullmatch(text):
            cure = "Leave the cell empty on a day without a price."
            if text.casefold() in ("true", "false"):
                cure = f"true or false is no price: write the number. {cure}"
            other = "," if self.form.decimal == "." else "."
            if other in text:
                cure = f'Set decimal = "{other}" if that is its mark; remove thousands separators.'
            self.report(line, field, text, "not a number", cure)
            return None
        value = float(text.replace(",", "."))
        if not math.isfinite(value) or value <= 0:
            cure = "Correct it, or leave the cell empty on a day without a price."
            self.report(line, field, text, "a price is finite and greater than zero", cure)
            return None
        return value


def _named(header: list[str], name: str, otherwise: int) -> int:
    """Return the position of the only column with a name, whatever its case."""
    columns = [i for i, cell in enumerate(header) if cell.casefold() == name.casefold()]
    return columns[0] if len(columns) == 1 else otherwise


CSV_FILE = CsvFile()
