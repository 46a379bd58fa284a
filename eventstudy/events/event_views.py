"""Events that are made when one is asked for, out of columns of cells that were checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.arrays import Ints, Rows
from eventstudy.events.cells import (
    COLUMNS,
    EDGES,
    Claim,
    listed,
    read_claims,
    read_clock,
    read_date,
    read_edge,
)
from eventstudy.events.csv_table import csv_line
from eventstudy.events.event_columns import CLOCKS, NO_CLOCK, EventColumns
from eventstudy.events.events import Event, Events

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.events.record_columns import ColumnRows


class EventViews(Rows[Event]):
    """Events that are made when one is asked for, out of cells that were checked.

    Parameters
    ----------
    rows : ColumnRows
        Their cells.
    names : tuple of str
        Names of all columns.
    by_column : EventColumns
        What a design needs of them.
    timezone : str
        Zone of rows that name none; empty when there is none.
    """

    def __init__(
        self, rows: ColumnRows, names: tuple[str, ...], by_column: EventColumns, timezone: str
    ) -> None:
        self.rows, self.names = rows, names
        self.by_column, self.timezone = by_column, timezone

    def __len__(self) -> int:
        return len(self.rows)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(other) != len(self):
            return NotImplemented if not isinstance(other, Sequence) else False
        return all(event == another for event, another in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def take(self, rows: Ints) -> EventViews:
        """Return some of the events, by position."""
        taken = self.rows.take(rows, range(len(self.names)))
        return EventViews(taken, self.names, self.by_column.take(rows), self.timezone)

    def _made(self, rows: Ints) -> Iterator[Event]:
        """Make the events of rows that are known to be right."""
        cells = dict(zip(self.names, self.rows.pick(rows), strict=True))
        empty = [""] * len(rows)
        further = [name for name in self.names if name not in COLUMNS]
        made = {name: cells.get(name, empty) for name in COLUMNS}
        columns: dict[str, Iterable[Any]] = {
            **made,
            "date": map(read_date, made["date"]),
            **{name: map(read_clock, made[name]) for name in CLOCKS},
            "timezone": [zone or self.timezone for zone in made["timezone"]],
            "tags": map(listed, made["tags"]),
            "assets": map(listed, made["assets"]),
            "claims": [read_claims(cell) if cell else () for cell in made["claims"]],
            **{name: map(read_edge, made[name]) for name in EDGES},
        }
        attributes = zip(*(cells[name] for name in further), strict=True) if further else None
        named = (dict(zip(further, each, strict=True)) for each in attributes or repeat(()))
        yield from map(Event, *columns.values(), named, self.rows.lines_of(rows))


class ColumnEvents(Events):
    """Many events, of which objects and text are made when one is asked for.

    Its `records` are `EventViews`, its `rows` are `ColumnRows`.
    """

    records: EventViews
    rows: ColumnRows

    @cached_property
    def event_ids(self) -> tuple[str, ...]:
        """Ids of the events in file order."""
        return tuple(self._cells("event_id"))

    @cached_property
    def _places(self) -> dict[str, int]:
        return {event_id: row for row, event_id in enumerate(self.event_ids)}

    @property
    def claims(self) -> list[Claim]:
        """The claims of all events, in file order."""
        if "claims" not in self.columns:
            return []
        return [claim for cell in self._cells("claims") if cell for claim in read_claims(cell)]

    def beyond(self, known: Iterable[str]) -> Iterable[Event]:
        """Return the events that may name an asset, also in a claim, that is none of these."""
        there, columns = set(known), self.records.by_column
        unknown = [not there.issuperset(named) for named in columns.asset_lists]
        marked = np.array(unknown, dtype=bool)[columns.concerned]
        if "claims" in self.columns:
            marked |= np.array([bool(cell) for cell in self._cells("claims")])
        return map(self.records.__getitem__, np.flatnonzero(marked).tolist())

    @property
    def frame(self) -> pd.DataFrame:
        """All columns as text exactly as written, one row per event; "" for empty."""
        import pandas as pd

        cells = {place: self._cells(name) for place, name in enumerate(self.columns)}
        frame = pd.DataFrame(cells, dtype=str)
        frame.columns = pd.Index(self.columns, dtype=str)
        return frame

    def values(self, attribute: str) -> list[tuple[str, ...]]:
        """Return the values of an attribute for each event; see `Events.values`."""
        if attribute not in self.columns:
            return super().values(attribute)
        if attribute == "tags":
            return [listed(cell) for cell in self._cells("tags")]
        return [(cell,) for cell in self._cells(attribute)]

    def in_order(self) -> Events:
        """Return the events by date, time and id, and their own columns by name."""
        further = sorted(name for name in self.columns if name not in COLUMNS)
        columns = (*(name for name in COLUMNS if name in self.columns), *further)
        given = self.records.by_column.clocks[:2]
        times = np.where(given[0] != NO_CLOCK, given[0], np.maximum(given[1], 0))
        ids = np.argsort(np.array(self.event_ids, dtype=object), kind="stable")
        order = ids[np.lexsort((times[ids], self.records.by_column.dates[ids]))]
        rows = self.rows.take(order, [self.columns.index(name) for name in columns], plain=True)
        by_column, zone = self.records.by_column.take(order), self.records.timezone
        views = EventViews(rows, columns, by_column, zone)
        return ColumnEvents(views, self.source, columns, csv_line(columns), rows)

    def select(self, event_ids: Iterable[str]) -> Events:
        """Return a subset in file order; see `Events.select`."""
        places = np.array(sorted({self.place(each) for each in event_ids}), dtype=np.intp)
        views = self.records.take(places)
        return ColumnEvents(views, self.source, self.columns, self.head, views.rows)

    def _cells(self, name: str) -> list[str]:
        return self.rows.column(self.columns.index(name))
