"""Records of a table that is kept by columns; one is made when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from eventstudy.arrays import AT_ONCE, Ints, Mask, Rows
from eventstudy.events.csv_table import FORBIDDEN, PlainRecord, Record, csv_line
from eventstudy.events.text_columns import Texts

SEEN = bytes(
    byte
    for byte in range(256)
    if byte in b"\t\n\r" or (byte >= 0x20 and byte not in b"\x7f\xc2\xd8\xe1\xe2\xef\xf3")
)
"""Bytes that begin no character of `FORBIDDEN` in UTF-8."""


class RawText:
    """The text of records as written: the bytes of a file, and where each record begins.

    Parameters
    ----------
    content : bytes
        UTF-8.
    starts : ndarray of int, shape (records + 1,)
        Offsets of the records, and where the last one ends.
    """

    def __init__(self, content: bytes, starts: Ints) -> None:
        self.content, self.starts = content, starts

    def __getitem__(self, record: int) -> str:
        return self.content[self.starts[record] : self.starts[record + 1]].decode()

    def hidden(self) -> Mask:
        """Whether a record holds a character that cannot be seen."""
        marked = np.zeros(len(self.starts) - 1, dtype=bool)
        for first in range(0, len(marked), AT_ONCE):
            last = min(first + AT_ONCE, len(marked))
            part = self.content[self.starts[first] : self.starts[last]]
            if part.translate(None, SEEN) and FORBIDDEN.search(part.decode()):
                records = map(self.__getitem__, range(first, last))
                marked[first:last] = [FORBIDDEN.search(text) is not None for text in records]
        return marked


@dataclass(frozen=True, eq=False)
class ColumnRows(Rows[Record | PlainRecord]):
    """Records of a table that is kept by columns.

    Parameters
    ----------
    texts : sequence of Texts
        The columns.
    lines : ndarray of int, shape (records,)
        First line of each record.
    raw : RawText or None
        Their text as written; None = as a canonical CSV file would have it.
    order : ndarray of int or None
        Which records these are of those in `texts`; None = all.
    plain : bool
        Whether their text is made anew, whatever it was.
    """

    texts: Sequence[Texts]
    lines: Ints
    raw: RawText | None = None
    order: Ints | None = None
    plain: bool = False

    def __len__(self) -> int:
        return len(self.lines) if self.order is None else len(self.order)

    def pick(self, rows: Ints) -> list[list[str]]:
        """Return the cells of some records by column."""
        chosen = rows if self.order is None else self.order[rows]
        return [texts.pick(chosen) for texts in self.texts]

    def lines_of(self, rows: Ints) -> list[int]:
        """Return the first lines of some records."""
        lines: list[int] = self.lines[rows if self.order is None else self.order[rows]].tolist()
        return lines

    def column(self, place: int) -> list[str]:
        """Return all cells of a column."""
        return self.texts[place].pick(slice(None) if self.order is None else self.order)

    def take(self, rows: Ints, places: Sequence[int], *, plain: bool = False) -> ColumnRows:
        """Return some of the records with some of the columns; `plain` forgets their text."""
        order = rows if self.order is None else self.order[rows]
        texts = [self.texts[place] for place in places]
        return ColumnRows(texts, self.lines, self.raw, order, plain=plain or self.plain)

    def _made(self, rows: Ints) -> Iterator[Record | PlainRecord]:
        lines, by_record = self.lines_of(rows), zip(*self.pick(rows), strict=True)
        if self.plain:
            yield from map(PlainRecord, lines, by_record)
            return
        chosen = rows if self.order is None else self.order[rows]
        for place, line, cells in zip(chosen.tolist(), lines, by_record, strict=True):
            raw = csv_line(cells) if self.raw is None else self.raw[place]
            yield Record(line, cells, raw)
