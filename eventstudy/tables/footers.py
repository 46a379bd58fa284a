"""Rows below a table that are not of it: totals, sources, notes, a cursor of pages."""

from __future__ import annotations

from collections.abc import Sequence

from eventstudy.tables.cell_kinds import is_date, is_missing, is_value
from eventstudy.tables.delimited import Row

SHORT = 0.5
"""A row below the table with no more than this part of its cells filled is a footer."""


def without_footer(rows: Sequence[Row], width: int) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """Part rows below a table, which hold words and hardly any of its cells, from the table."""
    cursor = [place for place, row in enumerate(rows) if row.cells[0].endswith(".cursor")]
    end = cursor[0] if cursor else len(rows)
    while end:
        cells = rows[end - 1].cells
        filled = [cell for cell in cells if cell]
        if width < 2 or any(map(is_date, cells)) or len(filled) > max(1, SHORT * width):
            break
        valued = len(filled) > 1 and any(is_value(c) or is_missing(c) for c in filled[1:])
        if len(cells) > SHORT * width and valued and not _sum(filled):
            break
        end -= 1
    end = end or len(rows)
    return tuple(rows[:end]), tuple(rows[end:])


def _sum(filled: Sequence[str]) -> bool:
    return filled[0].casefold().rstrip(":") in ("total", "sum", "summe", "итого", "average", "mean")
