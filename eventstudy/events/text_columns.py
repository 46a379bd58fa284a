"""Columns of text: as lists, as codes with their words, or as Arrow has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from eventstudy.arrays import Ints


class Texts(Protocol):
    """The cells of one column."""

    def __len__(self) -> int:
        """Return the number of rows."""

    def pick(self, rows: Ints | slice) -> list[str]:
        """Return the cells of some rows."""

    def coded(self) -> tuple[Ints, list[str]]:
        """Return the distinct cells, and for each row which of these it holds."""


class ListTexts:
    """Cells in a list.

    Parameters
    ----------
    cells : sequence of str
        The cells.
    """

    def __init__(self, cells: Sequence[str]) -> None:
        self.cells = cells

    def __len__(self) -> int:
        return len(self.cells)

    def pick(self, rows: Ints | slice) -> list[str]:
        """Return the cells of some rows."""
        if isinstance(rows, slice):
            return list(self.cells[rows])
        return [self.cells[row] for row in rows.tolist()]

    def coded(self) -> tuple[Ints, list[str]]:
        """Return the distinct cells, and for each row which of these it holds."""
        import pandas as pd

        codes, words = pd.factorize(np.array(self.cells, dtype=object))
        return codes, words.tolist()


class CodedTexts:
    """Cells of which few are distinct.

    Parameters
    ----------
    codes : ndarray of int, shape (rows,)
        Which of the words each row holds.
    words : list of str
        The distinct cells.
    """

    def __init__(self, codes: Ints, words: list[str]) -> None:
        self.codes, self.words = codes, words

    def __len__(self) -> int:
        return len(self.codes)

    def pick(self, rows: Ints | slice) -> list[str]:
        """Return the cells of some rows."""
        return [self.words[code] for code in self.codes[rows].tolist()]

    def coded(self) -> tuple[Ints, list[str]]:
        """Return the distinct cells, and for each row which of these it holds."""
        return self.codes, self.words


class ArrowTexts:
    """Cells as Arrow has them: their bytes one after the other.

    Parameters
    ----------
    cells : pyarrow.Array
        Strings, none of them null.
    """

    def __init__(self, cells: pa.Array) -> None:
        self.cells = cells

    def __len__(self) -> int:
        return len(self.cells)

    def pick(self, rows: Ints | slice) -> list[str]:
        """Return the cells of some rows."""
        if isinstance(rows, slice):
            picked = self.cells[rows]
        elif len(rows) == 1:
            return [self.cells[int(rows[0])].as_py()]
        else:
            picked = self.cells.take(rows)
        cells: list[str] = picked.to_pylist()
        return cells

    def coded(self) -> tuple[Ints, list[str]]:
        """Return the distinct cells, and for each row which of these it holds."""
        encoded = self.cells.dictionary_encode()
        codes = encoded.indices.to_numpy(zero_copy_only=False)
        return codes.astype(np.intp), encoded.dictionary.to_pylist()
