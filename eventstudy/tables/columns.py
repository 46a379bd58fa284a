"""One column of a table: its cells with their lines, and what is said of some of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from eventstudy.errors import Problem, lines_text
from eventstudy.tables.cell_kinds import is_missing
from eventstudy.tables.understood import shown

Cell = tuple[int, str]
"""The line and the text of a cell."""


@dataclass(frozen=True)
class Column:
    """A column of a table, or some cells of it.

    Parameters
    ----------
    source, name : str
        The file and the column, for errors.
    cells : sequence of (int, str)
        Line and text of each cell.
    """

    source: str
    name: str
    cells: Sequence[Cell]

    def __len__(self) -> int:
        return len(self.cells)

    @property
    def texts(self) -> list[str]:
        """The texts of all cells."""
        return [text for _, text in self.cells]

    @property
    def filled(self) -> list[str]:
        """The texts of cells that hold something."""
        return [text for _, text in self.cells if not is_missing(text)]

    def share(self, rule: Callable[[str], bool]) -> float:
        """Return the share of cells that hold something for which a rule holds; 0 of none."""
        filled = self.filled
        return sum(map(rule, filled)) / len(filled) if filled else 0.0

    @property
    def where(self) -> str:
        """The lines of the cells, and three of them as examples."""
        return f"({lines_text([line for line, _ in self.cells])}: {shown(self.texts)})"

    def of(self, cells: Sequence[Cell]) -> Column:
        """Return the column with other cells."""
        return replace(self, cells=cells)

    def only(self, rule: Callable[[str], object]) -> Column:
        """Return the cells whose text a rule holds for."""
        return self.of([(line, text) for line, text in self.cells if rule(text)])

    def problem(self, message: str, cure: str, line: int | None = None, value: str = "") -> Problem:
        """Return what is wrong with these cells, tied to a line, or to that of the first."""
        line = self.cells[0][0] if line is None else line
        return Problem(self.source, line, self.name, value, message, cure)
