"""The rules of one row of an events table: they alone say what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.errors import Fault, Problem
from eventstudy.events.cells import COLUMNS, check_row
from eventstudy.events.csv_table import PlainRecord, Record
from eventstudy.events.events import Event
from eventstudy.events.table_faults import hidden_characters, problem_of, ragged


class RowRules:
    """Reads rows one after the other.

    Parameters
    ----------
    source : str
        Path of the file, for errors.
    names : tuple of str
        Names of the columns.
    timezone : str
        Zone of rows that name none; empty when there is none.
    """

    def __init__(self, source: str, names: tuple[str, ...], timezone: str) -> None:
        self.source, self.names, self.timezone = source, names, timezone
        self._first_lines: dict[str, int] = {}

    def read(self, row: Record | PlainRecord) -> tuple[Event | None, list[Problem]]:
        """Return the event of a row, and what is wrong with the row.

        Parameters
        ----------
        row : Record or PlainRecord
            The row. Of rows with the same id the first one must be read too, and first.

        Returns
        -------
        event : Event or None
            None where its cells are not right.
        problems : list of Problem
            In the order of the columns.
        """
        if len(row.cells) != len(self.names):
            return None, [ragged(self.source, row, len(self.names))]
        cells = dict(zip(self.names, row.cells, strict=True))
        event = self._event(row, cells)
        faults = event if isinstance(event, list) else []
        faults = [*faults, *self._repeated(row, cells)]
        wrong = [problem_of(self.source, row.line, fault) for fault in faults]
        wrong += hidden_characters(self.source, row, self.names)
        problems = sorted(wrong, key=lambda problem: self._place(problem.field))
        return event if isinstance(event, Event) else None, problems

    def _place(self, name: str) -> int:
        return self.names.index(name) if name in self.names else len(self.names)

    def _event(self, row: Record | PlainRecord, cells: Mapping[str, str]) -> Event | list[Fault]:
        if not any(cell.strip() for cell in row.cells):
            return [Fault("the row is empty", "Delete it.")]
        standard = {name: text for name, text in cells.items() if name in COLUMNS}
        checked = check_row(standard, self.timezone)
        if isinstance(checked, list):
            return checked
        attributes = {name: text for name, text in cells.items() if name not in COLUMNS}
        return Event(**vars(checked), attributes=attributes, line=row.line)

    def _repeated(self, row: Record | PlainRecord, cells: Mapping[str, str]) -> list[Fault]:
        event_id = cells.get("event_id", "")
        if not event_id.strip():
            return []
        first = self._first_lines.setdefault(event_id, row.line)
        message = f"is the id of the event on line {first} already"
        cure = "Give each event its own id."
        return [] if first == row.line else [Fault(message, cure, "event_id", event_id)]
