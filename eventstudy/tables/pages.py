"""One page of many: what MOEX ISS says below a table of how many rows there are in all."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from eventstudy.tables.delimited import Row
from eventstudy.tables.understood import TableError, Understood, option_line

CURSOR = ("INDEX", "TOTAL", "PAGESIZE")
"""Columns of the table that says which page a file is."""
PAGES = {"tradedate": 100, "begin": 500}
"""Rows of a full page of MOEX ISS, by the column of its dates: of days, of candles."""


def refuse_page(source: str, first: int, total: int, rows: int, footer: str = "") -> None:
    """Raise an error when a file holds some rows of a longer table only.

    Parameters
    ----------
    source : str
        Path of the file.
    first, total, rows : int
        Rows before those of the file, rows of the whole table, rows of the file.
    footer : str
        The option that has this page read alone; empty when there is none.

    Raises
    ------
    TableError
    """
    if first == 0 and first + rows >= total:
        return
    message = (
        f"this is one page of MOEX ISS, rows {first + 1:,} to {first + rows:,} of {total:,}: "
        f"the others are lacking"
    )
    alone = f", or write {footer} to read this page alone" if footer else ""
    cure = f"Fetch all pages (start=0, {rows}, {2 * rows}, ...) into one file{alone}."
    raise TableError.of(source, message, cure)


def refuse_page_rows(source: str, footer: Sequence[Row], rows: int) -> None:
    """Raise an error when rows below a table say that it is one page; see `refuse_page`."""
    for names, numbers in pairwise(footer):
        cells = numbers.cells[:3]
        if names.cells[:3] == CURSOR and len(cells) == 3 and all(map(str.isdecimal, cells)):
            option = option_line("footer", str(len(footer)))
            refuse_page(source, int(cells[0]), int(cells[1]), rows, option)


def full_page(header: Sequence[str], rows: int) -> tuple[Understood, ...]:
    """Say that a table of MOEX ISS has as many rows as a page has, so that others may lack."""
    names = {name.casefold() for name in header}
    known = {"boardid", "secid"} <= names or {"begin", "end"} <= names
    if known and any(name in names and rows == count for name, count in PAGES.items()):
        text = f"{rows} rows are one page of MOEX ISS: there may be others, which are not here"
        return (Understood("page", text),)
    return ()
