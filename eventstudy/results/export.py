"""Tables as one Excel workbook or as Parquet files, and how to cite a study."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd

from eventstudy.errors import InvalidArgumentError
from eventstudy.files import replacing
from eventstudy.prices import Prices
from eventstudy.results.measured_study import MeasuredStudy
from eventstudy.versions import reported_versions
from eventstudy.words.numbers import date, plural

MOST_CELLS = 400_000
"""A table of more is left to its CSV file: a spreadsheet cannot be worked with it."""
MADE = dt.datetime(2000, 1, 1)
NOTES = "notes"
RETURNS = frozenset(
    {"ar", "aar", "car", "caar", "abhar", "bhar", "se", "median", "return", "normal", "sigma"}
    | {"ci_low", "ci_high", "ci_low_t", "ci_high_t", "band_low", "band_high", "mde", "residual"}
)
"""Columns of returns: fractions, shown in per cent."""


def result_tables(study: Any) -> dict[str, pd.DataFrame]:
    """Return the tables of an `EventStudyResults` by name."""
    frames = ("alignment", "ar", "estimation", "left_out", "scaled_car", "ewma_sq")
    calls = ["car", "mean_car", "aar", "caar", "tests", "situations"]
    calls += ["joint"] if study.dated else []
    tables = {name: getattr(study, name) for name in frames}
    tables |= {name: getattr(study, name)() for name in calls}
    return tables | (study.minutes.tables() if study.minutes is not None else {})


def workbook(tables: Mapping[str, pd.DataFrame]) -> bytes:
    """Return tables as an Excel workbook: a sheet each, and one of notes first.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Tables by name; names have at most 31 letters.

    Returns
    -------
    bytes
        The same tables give the same bytes. Text is never a formula.
    """
    import xlsxwriter

    held = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    with xlsxwriter.Workbook(held, options) as book:
        book.set_properties({"created": MADE, "author": "", "comments": ""})
        formats = {
            "head": book.add_format({"bold": True, "bottom": 1}),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
            "return": book.add_format({"num_format": "0.00%"}),
            "number": book.add_format({"num_format": "0.0000"}),
        }
        notes = book.add_worksheet(NOTES)
        left = [name for name, table in tables.items() if table.size > MOST_CELLS]
        _write_notes(notes, formats, tables, left)
        for name, table in tables.items():
            if name not in left:
                _write(book.add_worksheet(name[:31]), formats, table)
    return held.getvalue()


def _write_notes(
    sheet: Any, formats: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], left: list[str]
) -> None:
    """Write what the numbers are, and what is on which sheet."""
    lines = [
        ("Returns are fractions, shown in per cent; −0.0274 is −2.74 %.", ""),
        ("Windows are sessions from day 0, both ends included. Empty cells have no value.", ""),
        ("Lists of names have “; ” between them.", ""),
        ("", ""),
        *((name, f"{len(table):,} rows") for name, table in tables.items() if name not in left),
        *((name, f"{len(tables[name]):,} rows, too many here: see {name}.csv") for name in left),
    ]
    for row, (first, second) in enumerate(lines):
        sheet.write_string(row, 0, first)
        sheet.write_string(row, 1, second)
    sheet.set_column(0, 0, 24)
    versions = ", ".join(f"{name} {version}" for name, version in reported_versions().items())
    sheet.write_string(len(lines) + 1, 0, f"Made with {versions}", formats["number"])


def _cell(value: Any) -> Any:
    """Return a value as a workbook knows it; None for none."""
    if isinstance(value, (list, tuple)):
        return "; ".join(map(str, value))
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return None
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return "inf" if value > 0 else "-inf"
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value.isoformat()  # a workbook knows no zones
    return value


def _write(sheet: Any, formats: Mapping[str, Any], table: pd.DataFrame) -> None:
    """Write one table, column by column."""
    sheet.freeze_panes(1, 0)
    for place, (name, column) in enumerate(table.items()):
        sheet.write_string(0, place, str(name), formats["head"])
        kind = column.dtype.kind
        values = column.to_list()
        if kind == "M" and column.dt.tz is None:
            for row, value in enumerate(values, 1):
                if value is not pd.NaT:
                    sheet.write_datetime(row, place, value.to_pydatetime(), formats["day"])
            sheet.set_column(place, place, 11)
            continue
        look = formats["return"] if name in RETURNS else formats["number"] if kind == "f" else None
        for row, value in enumerate(values, 1):
            shown = _cell(value)
            if shown is not None:
                _put(sheet, row, place, shown, look)
        longest = max((len(str(v)) for v in values[:200]), default=8) if kind in "OM" else 10
        sheet.set_column(place, place, min(max(longest, len(str(name))) + 1, 48))
    if len(table.columns) and len(table):
        sheet.autofilter(0, 0, len(table), len(table.columns) - 1)


def _put(sheet: Any, row: int, place: int, value: Any, look: Any) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, place, value)
    elif isinstance(value, (int, float)):
        sheet.write_number(row, place, value, look)
    elif isinstance(value, (dt.datetime, dt.date)):
        sheet.write_datetime(row, place, value, look)
    else:
        sheet.write_string(row, place, str(value))


def write_excel(study: Any, path: str | Path) -> Path:
    """Write `EventStudyResults.to_excel`."""
    target = Path(path).resolve()
    if target.suffix.lower() != ".xlsx":
        message = f"a workbook is called NAME.xlsx, not {target.name!r}"
        raise InvalidArgumentError(f"{message}. Write {target.stem}.xlsx, or use to_parquet.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with replacing(target) as file:
        file.write(workbook(result_tables(study)))
    return target


def write_parquet(study: Any, folder: str | Path) -> Path:
    """Write `EventStudyResults.to_parquet`."""
    if find_spec("pyarrow") is None:
        raise InvalidArgumentError(
            "Parquet files need pyarrow, which is not installed. "
            "Run: pip install 'market-eventstudy[files]'"
        )
    home = Path(folder).resolve()
    home.mkdir(parents=True, exist_ok=True)
    for name, table in result_tables(study).items():
        with replacing(home / f"{name}.parquet") as file:
            table.to_parquet(file, engine="pyarrow", index=False)
    return home


def citation(results: MeasuredStudy, kind: str = "text") -> str:
    """Return how to cite a study; see `EventStudyResults.cite`."""
    title, versions = results.about.title, reported_versions()
    version = versions.get("eventstudy", "")
    days = sorted(event.date for event in results.events if results.dated)
    period = f", {' to '.join(map(date, dict.fromkeys((days[0], days[-1]))))}" if days else ""
    study = f"event study of {plural(len(results.events), 'event')}{period}"
    sources: list[str] = []
    if isinstance(results.prices, Prices):
        names = [o.attribution or o.source for o in results.prices.provenance.values()]
        sources = list(dict.fromkeys(n.removeprefix("Source: ").rstrip(".") for n in names))
    prices = f" Prices: {'; '.join(sources)}." if sources else ""
    if kind == "text":
        return f"“{title}”, {study}, made with eventstudy {version}.{prices}"
    if kind == "bibtex":
        note = f"{study[0].upper()}{study[1:]}, made with eventstudy {version}.{prices}"
        year = f"  year = {{{days[-1].year}}},\n" if days else ""
        safe = {"title": title, "note": note}
        for sign in "\\{}":
            safe = {name: text.replace(sign, "") for name, text in safe.items()}
        return (
            "@misc{eventstudy,\n"
            f"  title = {{{safe['title']}}},\n{year}  note = {{{safe['note']}}}\n}}"
        )
    raise InvalidArgumentError(f"kind is {kind!r}; write 'text' or 'bibtex'")
